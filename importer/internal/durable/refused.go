package durable

import "io/fs"

// A Refused is why a file or folder is not used although it is there.
type Refused struct {
	Path   string
	What   string // as in "is a link"
	Advice string
}

func (e *Refused) Error() string { return e.Path + ": " + e.What }

// Hint says what to do about it.
func (e *Refused) Hint() string { return e.Advice }

// Exit is the exit code of a wrong argument: whoever named it decides.
func (e *Refused) Exit() int { return 2 }

// plain refuses what is no plain file.
func plain(path string, mode fs.FileMode) error {
	what := ""
	switch {
	case mode.IsRegular():
		return nil
	case mode&fs.ModeSymlink != 0:
		what = "is a link"
	case mode.IsDir():
		what = "is a folder"
	case mode&fs.ModeNamedPipe != 0:
		what = "is a pipe"
	default:
		what = "is a device or something of the kind"
	}
	return &Refused{Path: path, What: what + ", where only a plain file is used", Advice: "remove it, or name another file or folder"}
}
