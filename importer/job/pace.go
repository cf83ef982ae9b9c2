package job

// rateFound is the rate that the last run found the server to accept, where
// that is below what is asked for; else 0.
func (r *runner) rateFound() float64 {
	if f := r.last.RateFound; f < r.o.Rate {
		return f
	}
	return 0
}
