package main

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

const (
	// heapRoom is how many bytes a heap may grow before it is collected: below
	// that memory is cheaper than time.
	heapRoom = 32 << 20
	// tightPercent is how much a larger one may grow. Most of it is what a run
	// remembers of its rows, which holds no pointers and is collected quickly.
	tightPercent = 33
	// roomyPercent is how much a small one may: what it holds comes back.
	roomyPercent = 400
)

// economise makes large heaps be collected sooner, until the process ends. Who
// sets GOGC has decided otherwise.
func economise() {
	if os.Getenv("GOGC") != "" {
		return
	}
	follow(&gcWatch{live: []metrics.Sample{{Name: "/gc/heap/live:bytes"}}, percent: 100})
}

// A gcWatch follows the heap from collection to collection.
type gcWatch struct {
	live    []metrics.Sample
	percent int
}

// follow adjusts after each collection: a finalizer is what the runtime calls
// then.
func follow(w *gcWatch) {
	runtime.SetFinalizer(w, func(w *gcWatch) {
		metrics.Read(w.live)
		percent := w.percent
		if w.live[0].Value.Kind() == metrics.KindUint64 {
			live := max(w.live[0].Value.Uint64(), 1)
			percent = max(tightPercent, min(roomyPercent, int(100*heapRoom/live)))
		}
		if percent != w.percent {
			w.percent = percent
			debug.SetGCPercent(percent)
		}
		follow(w)
	})
}
