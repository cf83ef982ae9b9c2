package xlsx

import (
	"context"
	"path"
	"strings"
)

// A relType is what one part is to another.
type relType int8

const (
	relOther relType = iota
	relDocument
	relSheet
	relTexts
	relStyles
)

const (
	// maxRelations bounds what a part names, and maxRelated the bytes of their
	// names and places.
	maxRelations = 1 << 16
	maxRelated   = 8 << 20
)

// A relation is a part that another one names.
type relation struct {
	kind   relType
	target string // as partName has it; "" for one outside
}

// relTypeOf knows a relation by its full name.
func relTypeOf(t string) relType {
	name, ok := strings.CutPrefix(t, relSpace+"/")
	if !ok {
		if name, ok = strings.CutPrefix(t, relStrict+"/"); !ok {
			return relOther
		}
	}
	switch name {
	case "officeDocument":
		return relDocument
	case "worksheet":
		return relSheet
	case "sharedStrings":
		return relTexts
	case "styles":
		return relStyles
	}
	return relOther
}

// relations reads what a part names, by its id; a part without any has none.
func (a *Archive) relations(ctx context.Context, of string) (map[string]relation, error) {
	dir := path.Dir(of)
	name := path.Join(dir, "_rels", path.Base(of)+".rels")
	if of == "" {
		dir, name = "", "_rels/.rels"
	}
	if a.parts[name] == nil {
		return nil, nil
	}
	out, size := map[string]relation{}, 0
	err := a.each(ctx, name, "Relationships", func(m *markup) error {
		if m.level != 2 || string(m.local) != "Relationship" {
			return nil
		}
		id, target := m.value("Id"), strings.ReplaceAll(m.value("Target"), `\`, "/")
		r := relation{kind: relTypeOf(m.value("Type"))}
		if m.value("TargetMode") != "External" {
			if !strings.HasPrefix(target, "/") {
				target = dir + "/" + target
			}
			r.target = partName(path.Clean("/" + target))
		}
		if _, twice := out[id]; twice {
			return faulty("it has the name %.100q twice", id)
		}
		if size += len(id) + len(r.target); size > maxRelated || len(out) == maxRelations {
			return faulty("it names more than %d parts, or more than %d MiB of them", maxRelations, maxRelated>>20)
		}
		out[id] = r
		return nil
	})
	return out, err
}

// only finds the one part that a part has of some kind; "" for none. The same one
// twice is one.
func only(rels map[string]relation, kind relType, what string) (string, error) {
	part := ""
	for _, r := range rels {
		if r.kind != kind || r.target == part || r.target == "" {
			continue
		}
		if part != "" {
			return "", damaged("it has two parts with "+what+", and nobody could tell which one counts", nil)
		}
		part = r.target
	}
	return part, nil
}
