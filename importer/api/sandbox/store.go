package sandbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/bulkonboard/bulkonboard/importer/internal/durable"
)

// A store holds the clients and, with a file, keeps them across processes. Its
// owner locks it.
type store struct {
	clients              []Client
	byID                 map[string]int  // position in clients
	emails               map[string]bool // of clients, lower case
	lastClient, lastUser int

	file   *os.File // nil: memory only
	size   int64    // of the whole lines in file
	broken error    // the file's end is unknown: nothing more may be appended
}

// open reads what path holds. "" means memory only.
func (s *store) open(path string) error {
	s.byID, s.emails = map[string]int{}, map[string]bool{}
	if path == "" {
		return nil
	}
	f, err := durable.Update(path)
	if err != nil {
		return fmt.Errorf("sandbox: %w", err)
	}
	if err := s.load(f, path); err != nil {
		return errors.Join(err, f.Close())
	}
	s.file = f
	return nil
}

func (s *store) load(f *os.File, path string) error {
	data, err := io.ReadAll(f)
	if err != nil {
		return fmt.Errorf("sandbox: %w", err)
	}
	for number := 1; ; number++ {
		line, rest, whole := bytes.Cut(data, []byte("\n"))
		if !whole {
			// A crash tore it before it was answered. Cut it off, or the next
			// client would be appended to its stump.
			if err := f.Truncate(s.size); err != nil {
				return fmt.Errorf("sandbox: %w", err)
			}
			return nil
		}
		var c Client
		err := json.Unmarshal(line, &c)
		if err == nil {
			err = s.take(c)
		}
		if err != nil {
			return fmt.Errorf("sandbox: %s:%d: not a client of a sandbox: %w", path, number, err)
		}
		s.size += int64(len(line)) + 1
		data = rest
	}
}

// take keeps a client that was read back. Numbers go on behind the highest, not
// behind the count: lines may have been removed by hand, and an id must never
// come twice.
func (s *store) take(c Client) error {
	n, err := decodeID("Client", c.ID)
	if err != nil {
		return err
	}
	if _, twice := s.byID[c.ID]; twice {
		return fmt.Errorf("the id %s comes twice", c.ID)
	}
	for _, u := range c.Users {
		m, err := decodeID("User", u.ID)
		if err != nil {
			return err
		}
		s.lastUser = max(s.lastUser, m)
	}
	s.lastClient = max(s.lastClient, n)
	s.byID[c.ID] = len(s.clients)
	s.emails[strings.ToLower(c.Email)] = true
	s.clients = append(s.clients, c)
	return nil
}

func (s *store) holds(email string) bool {
	return s.emails[strings.ToLower(email)]
}

// add creates a client, durably if there is a file. After an error nothing was
// created.
func (s *store) add(d draft, now time.Time) (Client, error) {
	n := s.lastClient + 1
	c := Client{
		ID:             encodeID("Client", n),
		Name:           d.name,
		Email:          d.email,
		AssetGroupID:   encodeID("AssetGroup", n),
		AssetGroupName: d.group,
		ProviderID:     d.provider,
		CreatedAt:      now.UTC().Truncate(time.Microsecond),
	}
	for i, email := range d.users {
		c.Users = append(c.Users, User{ID: encodeID("User", s.lastUser+1+i), Email: email})
	}
	if err := s.append(c); err != nil {
		return Client{}, err
	}
	return c, s.take(c)
}

func (s *store) append(c Client) error {
	if s.file == nil {
		return nil
	}
	if s.broken != nil {
		return s.broken
	}
	line, err := json.Marshal(c)
	if err != nil {
		return err
	}
	line = append(line, '\n')
	_, err = s.file.WriteAt(line, s.size)
	if err == nil {
		err = s.file.Sync()
	}
	if err != nil {
		// The line may lie there in part or in whole: take it back.
		if undo := s.file.Truncate(s.size); undo != nil {
			s.broken = errors.Join(err, undo)
		}
		return err
	}
	s.size += int64(len(line))
	return nil
}

func (s *store) close() error {
	if s.file == nil {
		return nil
	}
	if err := s.file.Close(); err != nil {
		return fmt.Errorf("sandbox: %w", err)
	}
	return nil
}
