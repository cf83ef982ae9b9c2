package importer_test

import (
	"bytes"
	"encoding/json"
	"testing"
	"unicode"

	"github.com/rs/zerolog"

	"github.com/bulkonboard/bulkonboard/importer"
)

// TestLogLines: what is logged comes back as it was, and steers nobody meanwhile.
func TestLogLines(t *testing.T) {
	for _, s := range []string{"plain", "Müller 日本 😀", "\x1b[31m", "a\u202eb", "\u009b2J", "\x7f", "x\u2028y", "line\nbreak\ttab", `back\slash "quoted"`} {
		var b bytes.Buffer
		l := zerolog.New(importer.LogLines(&b))
		l.Info().Str("key", s).Msg("attempt")
		for _, r := range b.String() {
			if r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028') {
				t.Errorf("%q: %U stands in the log", s, r)
			}
		}
		var got struct{ Key string }
		if err := json.Unmarshal(b.Bytes(), &got); err != nil || got.Key != s {
			t.Errorf("%q comes back as %q, %v", s, got.Key, err)
		}
	}
}
