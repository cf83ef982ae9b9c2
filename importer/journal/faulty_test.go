package journal

import (
	"flag"
	"os"
	"strings"
	"sync"
	"testing"
	"unsafe"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// A fault is what a file layer answers in the place of SQLite's own.
type fault struct {
	name string
	op   string // that it spoils
	code int32
	// on makes it last: a full disk stays full. Else the next one is well again.
	on bool
	// half lets half of a write come through.
	half bool
}

var (
	diskFull   = fault{name: "disk full", op: "write", code: sqlite3.SQLITE_FULL, on: true, half: true}
	badWrite   = fault{name: "write error", op: "write", code: sqlite3.SQLITE_IOERR | 3<<8}
	badSync    = fault{name: "sync error", op: "sync", code: sqlite3.SQLITE_IOERR | 4<<8}
	badRead    = fault{name: "read error", op: "read", code: sqlite3.SQLITE_IOERR | 1<<8}
	badReading = fault{name: "no more reading", op: "read", code: sqlite3.SQLITE_IOERR | 1<<8, on: true}
)

// disk is the file layer below all of SQLite in this process. It lets everything
// through until somebody arms it for the files of one folder. Nothing is synced
// but for benchmarks, since no test cuts the power.
var disk faultyDisk

func TestMain(m *testing.M) {
	flag.Parse()
	if flag.Lookup("test.bench").Value.String() == "" {
		disk.install()
		hashesMost, hashesAtOnce = 32, 5 // few rows are many batches
	}
	os.Exit(m.Run())
}

type faultyDisk struct {
	mu sync.Mutex

	folder string // whose files are watched; "" none
	fault  fault
	after  int // the one of its ops that it spoils, from 0; -1 none
	count  map[string]int
	hit    bool
	onHit  func() // is called when the fault is there, before anybody knows of it

	names   map[uintptr]string  // of open files
	methods map[uintptr]uintptr // ours, by SQLite's
	layers  map[uintptr]*sqlite3.Tsqlite3_io_methods
	open    uintptr
}

// arm watches a folder until the test ends. The n-th op from now on is spoilt.
func (d *faultyDisk) arm(t *testing.T, folder string, f fault, n int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.folder, d.fault, d.after, d.count, d.hit, d.onHit = folder, f, n, map[string]int{}, false, nil
	t.Cleanup(d.disarm)
}

func (d *faultyDisk) disarm() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.after, d.onHit = -1, nil
}

// spoils counts an op, and says what to answer in its place; 0: let it through.
func (d *faultyDisk) spoils(file uintptr, op string) (code int32) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.folder == "" || !strings.HasPrefix(d.names[file], d.folder) {
		return 0
	}
	n := d.count[op]
	d.count[op]++
	if d.after < 0 || op != d.fault.op || n < d.after || n > d.after && !d.fault.on {
		return 0
	}
	if !d.hit && d.onHit != nil {
		d.onHit()
	}
	d.hit = true
	return d.fault.code
}

// at makes memory of SQLite's a Go value.
func at[T any](p uintptr) *T { return *(**T)(unsafe.Pointer(&p)) }

// pointer makes a Go function one that SQLite calls, and call the other way round.
func pointer(f any) uintptr {
	pointed = append(pointed, f)
	return (*[2]uintptr)(unsafe.Pointer(&f))[1]
}

// pointed is what only SQLite knows of.
var pointed []any

func call[F any](p uintptr) F { return *(*F)(unsafe.Pointer(&p)) }

type (
	openFunc  = func(*libc.TLS, uintptr, uintptr, uintptr, int32, uintptr) int32
	ioFunc    = func(*libc.TLS, uintptr, uintptr, int32, int64) int32
	sizeFunc  = func(*libc.TLS, uintptr, int64) int32
	flagFunc  = func(*libc.TLS, uintptr, int32) int32
	closeFunc = func(*libc.TLS, uintptr) int32
)

func (d *faultyDisk) install() {
	d.names, d.methods, d.layers = map[uintptr]string{}, map[uintptr]uintptr{}, map[uintptr]*sqlite3.Tsqlite3_io_methods{}
	tls := libc.NewTLS()
	vfs := at[sqlite3.Tsqlite3_vfs](sqlite3.Xsqlite3_vfs_find(tls, 0))
	d.open = vfs.FxOpen
	vfs.FxOpen = pointer(openFunc(d.xOpen))
}

func (d *faultyDisk) xOpen(tls *libc.TLS, vfs, name, file uintptr, flags int32, out uintptr) int32 {
	rc := call[openFunc](d.open)(tls, vfs, name, file, flags, out)
	f := at[sqlite3.Tsqlite3_file](file)
	if rc != sqlite3.SQLITE_OK || f.FpMethods == 0 || name == 0 {
		return rc
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.names[file] = libc.GoString(name)
	ours := d.methods[f.FpMethods]
	if ours == 0 {
		ours = libc.Xmalloc(tls, libc.Tsize_t(unsafe.Sizeof(sqlite3.Tsqlite3_io_methods{})))
		theirs := *at[sqlite3.Tsqlite3_io_methods](f.FpMethods)
		m := theirs
		m.FxWrite, m.FxRead, m.FxSync, m.FxTruncate, m.FxClose = pointer(ioFunc(d.xWrite)), pointer(ioFunc(d.xRead)), pointer(flagFunc(
			d.xSync)), pointer(sizeFunc(d.xTruncate)), pointer(closeFunc(d.xClose))
		*at[sqlite3.Tsqlite3_io_methods](ours) = m
		d.methods[f.FpMethods], d.layers[ours] = ours, &theirs
	}
	f.FpMethods = ours
	return rc
}

func (d *faultyDisk) below(file uintptr) *sqlite3.Tsqlite3_io_methods {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.layers[at[sqlite3.Tsqlite3_file](file).FpMethods]
}

func (d *faultyDisk) xWrite(tls *libc.TLS, file, buf uintptr, n int32, offset int64) int32 {
	code := d.spoils(file, "write")
	write := call[ioFunc](d.below(file).FxWrite)
	if code != 0 {
		if d.fault.half {
			write(tls, file, buf, n/2, offset)
		}
		return code
	}
	return write(tls, file, buf, n, offset)
}

func (d *faultyDisk) xRead(tls *libc.TLS, file, buf uintptr, n int32, offset int64) int32 {
	if code := d.spoils(file, "read"); code != 0 {
		return code
	}
	return call[ioFunc](d.below(file).FxRead)(tls, file, buf, n, offset)
}

func (d *faultyDisk) xSync(_ *libc.TLS, file uintptr, _ int32) int32 {
	return d.spoils(file, "sync")
}

func (d *faultyDisk) xTruncate(tls *libc.TLS, file uintptr, size int64) int32 {
	if code := d.spoils(file, "write"); code != 0 {
		return code
	}
	return call[sizeFunc](d.below(file).FxTruncate)(tls, file, size)
}

func (d *faultyDisk) xClose(tls *libc.TLS, file uintptr) int32 {
	m := d.below(file)
	d.mu.Lock()
	delete(d.names, file)
	d.mu.Unlock()
	return call[closeFunc](m.FxClose)(tls, file)
}
