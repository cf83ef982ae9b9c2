package mapping

import (
	"fmt"
	"strings"

	"github.com/bulkonboard/bulkonboard/mapping/internal/paths"
)

// ProviderID reads a voice provider's id as people copy it: its encoded form,
// TenantVoiceProvider:123, or 123 alone. It says what is wrong with any other.
func ProviderID(s string) (id, fault string) {
	s = paths.Trim(s)
	if s != "" && strings.Trim(s, "0123456789") == "" {
		return paths.EncodeID(paths.ProviderType + ":" + s), ""
	}
	id, typ, form := paths.GlobalID(s)
	switch {
	case form == paths.FormUnknown:
		return "", fmt.Sprintf("%q is no id of a voice provider; it looks like %s:123, or %s", s, paths.ProviderType, paths.EncodeID(paths.ProviderType+":123"))
	case typ != paths.ProviderType:
		return "", fmt.Sprintf("%q is the id of a %s, not of a %s", s, typ, paths.ProviderType)
	}
	return id, ""
}
