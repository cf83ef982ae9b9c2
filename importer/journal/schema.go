package journal

// applicationID marks our files ("bobj"), formatVersion their format. A journal
// of the format before is carried over when it is opened (carry.go).
const (
	applicationID = 0x626f626a
	formatVersion = 4
	formatBefore  = 3
)

// inDoubt is importer.InDoubt, as it stands in the file: these numbers are part
// of the format.
const inDoubt = "2"

// schema is a journal without entries.
//
// What a reader of the bare file should know: times are microseconds since 1970,
// hashes the first 64 bits of a SHA-256. last is the number of an entry's last
// attempt or decision; attempt says that the entry tells that attempt's outcome
// itself, so that attempts has no row of it. keys, clients and marks are found by
// hash; they may lag behind the entries by those after state.hashed.
const schema = `
CREATE TABLE header (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE session (nonce TEXT NOT NULL, before TEXT NOT NULL, open INTEGER NOT NULL);
CREATE TABLE state (
  last INTEGER NOT NULL, run INTEGER NOT NULL, run_open INTEGER NOT NULL, changes INTEGER NOT NULL,
  hashed INTEGER NOT NULL, nonce TEXT NOT NULL, fresh INTEGER NOT NULL
);
CREATE TABLE runs (id INTEGER PRIMARY KEY, record TEXT NOT NULL);
CREATE TABLE entries (
  id INTEGER PRIMARY KEY,
  key TEXT NOT NULL,
  status INTEGER NOT NULL,
  open INTEGER NOT NULL,
  last INTEGER NOT NULL, attempt INTEGER,
  sheet TEXT, row INTEGER,
  client_id TEXT, client_name TEXT, primary_email TEXT, asset_group_id TEXT,
  http_status INTEGER, code TEXT, message TEXT, advice TEXT,
  attempts INTEGER NOT NULL, begun_at INTEGER, finished_at INTEGER,
  fingerprint TEXT, secrets_mac TEXT, run INTEGER, note TEXT,
  resend INTEGER, marks TEXT, same_as TEXT, snapshot TEXT
);
CREATE INDEX entries_by_status ON entries (status, last);
CREATE INDEX entries_by_same_as ON entries (same_as) WHERE same_as IS NOT NULL;
CREATE TABLE keys (hash INTEGER NOT NULL, entry INTEGER NOT NULL, fingerprint INTEGER NOT NULL, PRIMARY KEY (hash, entry)) WITHOUT ROWID;
CREATE TABLE clients (hash INTEGER NOT NULL, entry INTEGER NOT NULL, PRIMARY KEY (hash, entry)) WITHOUT ROWID;
CREATE TABLE marks (hash INTEGER NOT NULL, entry INTEGER NOT NULL, PRIMARY KEY (hash, entry)) WITHOUT ROWID;
CREATE TABLE attempts (
  id INTEGER PRIMARY KEY,
  entry INTEGER NOT NULL, run INTEGER NOT NULL, resend INTEGER NOT NULL,
  begun_at INTEGER NOT NULL, finished_at INTEGER NOT NULL,
  status INTEGER NOT NULL, http_status INTEGER, code TEXT, message TEXT
);
CREATE TABLE timeline (
  run INTEGER NOT NULL, second INTEGER NOT NULL, begun INTEGER NOT NULL, created INTEGER NOT NULL, limited INTEGER NOT NULL,
  PRIMARY KEY (run, second)
) WITHOUT ROWID;
CREATE TABLE decisions (id INTEGER PRIMARY KEY, key TEXT NOT NULL, record TEXT NOT NULL);
CREATE INDEX decisions_by_key ON decisions (key);
CREATE TABLE deleted (client_id TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE aliases (
  old TEXT NOT NULL, cells TEXT NOT NULL, new TEXT NOT NULL, run INTEGER NOT NULL, PRIMARY KEY (old, cells)
) WITHOUT ROWID;
CREATE TABLE views (name TEXT PRIMARY KEY, digest TEXT NOT NULL);
CREATE TABLE seen (key INTEGER PRIMARY KEY, run INTEGER NOT NULL);
CREATE TABLE faults (input TEXT NOT NULL, fault INTEGER NOT NULL, PRIMARY KEY (input, fault)) WITHOUT ROWID;
CREATE TABLE seals (
  attempt INTEGER PRIMARY KEY, entry INTEGER NOT NULL,
  begun_at INTEGER NOT NULL, handed_at INTEGER, sealed BLOB NOT NULL
);
CREATE INDEX seals_by_entry ON seals (entry);
INSERT INTO state VALUES (0, 0, 0, 0, 0, '', 0);
`

// tables are all that a journal has.
var tables = []string{"header", "session", "state", "runs", "entries", "keys", "clients", "marks", "attempts", "timeline", "decisions",
	"deleted",
	"aliases", "views", "seen", "faults", "seals"}
