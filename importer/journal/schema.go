package journal

// applicationID marks our files ("bobj"), userVersion their format.
const (
	applicationID = 0x626f626a
	formatVersion = 3
)

// inDoubt is importer.InDoubt, as it stands in the file: these numbers are part
// of the format.
const inDoubt = "2"

// An attempt that is open stands in its entry; in attempts it stands once it is
// finished, which is written once and never again.
const schema = `
CREATE TABLE header (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE runs (id INTEGER PRIMARY KEY, record TEXT NOT NULL);
CREATE TABLE entries (
  id INTEGER PRIMARY KEY,
  key TEXT NOT NULL UNIQUE,
  status INTEGER NOT NULL,
  open INTEGER NOT NULL,
  last INTEGER NOT NULL,
  sheet TEXT, row INTEGER,
  client_id TEXT, client_name TEXT, primary_email TEXT, asset_group_id TEXT,
  http_status INTEGER, code TEXT, message TEXT, advice TEXT,
  attempts INTEGER NOT NULL, begun_at INTEGER, finished_at INTEGER,
  snapshot TEXT, fingerprint TEXT, secrets_mac TEXT, run INTEGER, note TEXT,
  resend INTEGER -- while it is open
);
CREATE INDEX entries_by_status ON entries (status, last);
CREATE TABLE attempts (
  id INTEGER PRIMARY KEY,
  entry INTEGER NOT NULL, run INTEGER NOT NULL, resend INTEGER NOT NULL,
  begun_at INTEGER NOT NULL, finished_at INTEGER NOT NULL,
  status INTEGER NOT NULL, http_status INTEGER, code TEXT, message TEXT
);
CREATE TABLE idents (value INTEGER NOT NULL, entry INTEGER NOT NULL, PRIMARY KEY (value, entry)) WITHOUT ROWID;
CREATE TABLE decisions (id INTEGER PRIMARY KEY, key TEXT NOT NULL, record TEXT NOT NULL);
CREATE INDEX decisions_by_key ON decisions (key);
CREATE TABLE aliases (old TEXT NOT NULL, cells TEXT NOT NULL, new TEXT NOT NULL, run INTEGER NOT NULL, PRIMARY KEY (old, cells)) WITHOUT ROWID;
CREATE TABLE views (name TEXT PRIMARY KEY, digest TEXT NOT NULL);
CREATE TABLE seen (key INTEGER PRIMARY KEY, run INTEGER NOT NULL);
CREATE TABLE faults (input TEXT NOT NULL, fault INTEGER NOT NULL, PRIMARY KEY (input, fault)) WITHOUT ROWID;
CREATE TABLE sequence (name TEXT PRIMARY KEY, value INTEGER NOT NULL);
INSERT INTO sequence VALUES ('last', 0);
` + sealsTable

// sealsTable came later than the first journals: Open adds it where it is
// missing. Programs that do not know it leave it alone.
const sealsTable = `
CREATE TABLE IF NOT EXISTS seals (
  attempt INTEGER PRIMARY KEY, entry INTEGER NOT NULL,
  begun_at INTEGER NOT NULL, handed_at INTEGER, sealed BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS seals_by_entry ON seals (entry);
`
