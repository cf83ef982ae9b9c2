package journal

// A filter tells of most hashes that it does not have that it has not, and never
// of one that it has. nil tells nothing.
type filter []uint64

// filterBits is two megabytes: of a million hashes, 1 in 70 is asked for in vain.
const filterBits = 1 << 24

func (f filter) add(hash int64) {
	if f == nil {
		return
	}
	for _, bit := range filterPlaces(hash) {
		f[bit/64] |= 1 << (bit % 64)
	}
}

func (f filter) lacks(hash int64) bool {
	if f == nil {
		return false
	}
	for _, bit := range filterPlaces(hash) {
		if f[bit/64]&(1<<(bit%64)) == 0 {
			return true
		}
	}
	return false
}

func filterPlaces(hash int64) [2]uint64 {
	return [2]uint64{uint64(hash) % filterBits, uint64(hash) >> 32 % filterBits}
}
