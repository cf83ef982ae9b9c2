package sandbox

import "time"

// A window allows so many takes in any sliding second. Its owner locks it.
type window struct {
	most  int // 0: no limit
	taken []time.Time
}

func (w *window) take(now time.Time) bool {
	if w.most == 0 {
		return true
	}
	for len(w.taken) > 0 && now.Sub(w.taken[0]) >= time.Second {
		w.taken = w.taken[1:]
	}
	if len(w.taken) >= w.most {
		return false
	}
	w.taken = append(w.taken, now)
	return true
}
