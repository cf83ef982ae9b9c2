package main

import (
	"archive/tar"
	"archive/zip"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"strings"
	"time"
)

// An entry is a file on its way into an archive.
type entry struct {
	from, name string
	mode       int64
}

// pack writes a .zip or a .tar.gz in which nothing depends on the machine: no
// owners, one time for all, the order as given.
func pack(path string, entries []entry, at time.Time) (err error) {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if strings.HasSuffix(path, ".zip") {
		z := zip.NewWriter(f)
		for _, e := range entries {
			h := &zip.FileHeader{Name: e.name, Method: zip.Deflate, Modified: at}
			h.SetMode(os.FileMode(e.mode))
			w, err := z.CreateHeader(h)
			if err != nil {
				return err
			}
			if err := copyInto(w, e.from); err != nil {
				return err
			}
		}
		return z.Close()
	}
	g := gzip.NewWriter(f)
	t := tar.NewWriter(g)
	for _, e := range entries {
		info, err := os.Stat(e.from)
		if err != nil {
			return err
		}
		if err := t.WriteHeader(&tar.Header{Name: e.name, Mode: e.mode, Size: info.Size(), ModTime: at, Format: tar.FormatPAX}); err != nil {
			return err
		}
		if err := copyInto(t, e.from); err != nil {
			return err
		}
	}
	return errors.Join(t.Close(), g.Close())
}

func copyInto(w io.Writer, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	_, err = io.Copy(w, f)
	return err
}
