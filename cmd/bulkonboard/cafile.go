package main

import (
	"os"

	"github.com/spf13/pflag"
)

// caFlag names further certificate authorities, besides the system's.
type caFlag struct{ file string }

func (f *caFlag) add(fs *pflag.FlagSet) {
	fs.StringVar(&f.file, "ca-file", "", "a `file` of certificate authorities (PEM) to trust besides the system's, as a company's proxy "+
		"may need")
}

// read returns the file's content; nil if none is named.
func (f *caFlag) read() ([]byte, error) {
	if f.file == "" {
		return nil, nil
	}
	b, err := os.ReadFile(f.file)
	if err != nil {
		return nil, usagef("", "--ca-file: %v", err)
	}
	return b, nil
}
