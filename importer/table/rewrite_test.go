package table

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bulkonboard/bulkonboard/importer"
)

func TestRewrite(t *testing.T) {
	shout := func(row importer.Row, fault *importer.RowError) (map[int]string, error) {
		if fault != nil {
			return nil, nil
		}
		if row.Cells[0] == "ann" {
			return map[int]string{0: "ANN", 1: "=1"}, nil
		}
		return nil, nil
	}
	for _, c := range []struct{ name, encoding, in, want string }{
		{"nothing to change", "", "name,mail\nbob,b\n", "name,mail\nbob,b\n"},
		{"one cell", "", "name,mail\nann,x\nbob,\"b,\"\"c\"\" \"\n", "name,mail\nANN,=1\nbob,\"b,\"\"c\"\" \"\n"},
		{"blank lines, rows of blanks, and blanks around", "", "\n name ;mail\n\nann;x\n\n;\nbob;\" b\nc\"\n",
			"\n\" name \";mail\n\nANN;=1\n\n;\nbob;\" b\nc\"\n"},
		{"line ends", "", "name,mail\r\nann,x\r\nbob,b", "name,mail\nANN,=1\nbob,b\n"},
		{"a mark", "", "\uFEFFname,mail\nann,x\n", "\uFEFFname,mail\nANN,=1\n"},
		{"Excel's first line", "", "sep=;\nname;mail\nann;x,y\n", "sep=;\nname;mail\nANN;=1\n"},
		{"another encoding", "windows-1252", "name,mail\nann,x\nJ\xfcrgen,b\n", "\uFEFFname,mail\nANN,=1\nJürgen,b\n"},
		{"a row that is cut off", "", "name,mail,z\nann\nann,x,y\n", "name,mail,z\nann\nANN,=1,y\n"},
		{"rejects of ours", "", "name,mail,_job,_key,_row\nann,'=2,j#1,k,2\nbob,''x,j#1,l,3\n",
			"name,mail,_job,_key,_row\nANN,'=1,j#1,k,2\nbob,''x,j#1,l,3\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "in.csv")
			if err := os.WriteFile(path, []byte(c.in), 0o600); err != nil {
				t.Fatal(err)
			}
			in, err := Open(context.Background(), path, Options{Encoding: c.encoding})
			if err != nil {
				t.Fatal(err)
			}
			defer in.Close()
			var out strings.Builder
			if err := in.Rewrite(context.Background(), &out, shout); err != nil {
				t.Fatal(err)
			}
			if out.String() != c.want {
				t.Errorf("copy is\n%q\nwant\n%q", out.String(), c.want)
			}
		})
	}
}
