package main

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

const (
	// roomyHeap is the size, in bytes, up to which a heap may double before it
	// is collected: below it memory is cheaper than time.
	roomyHeap = 24 << 20
	// tightPercent is how much a larger one may grow. Most of it is what a run
	// remembers of its rows, which holds no pointers and is collected quickly.
	tightPercent = 33
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
		percent := 100
		if w.live[0].Value.Kind() == metrics.KindUint64 && w.live[0].Value.Uint64() > roomyHeap {
			percent = tightPercent
		}
		if percent != w.percent {
			w.percent = percent
			debug.SetGCPercent(percent)
		}
		follow(w)
	})
}
