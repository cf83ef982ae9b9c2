package mapping

import (
	"github.com/bulkonboard/bulkonboard/importer"
	"github.com/bulkonboard/bulkonboard/mapping/internal/paths"
)

// ProviderID reads a voice provider's id as people copy it: its encoded form,
// TenantVoiceProvider:123, or 123 alone. It is what is sent: the same as when
// the answer were given with --set. A fault says that it cannot be one; a doubt
// that nobody has seen such an id, and that it is sent if a person is sure.
func ProviderID(s string) (id, doubt, fault string) {
	s = importer.Trim(s)
	if fault := paths.TargetFault(paths.Provider, s, ""); fault != "" {
		return "", "", fault
	}
	c := paths.CheckID(paths.Provider, s)
	return c.Sent, c.Warning, ""
}
