//go:build !unix

package main

// bare is for benchmarks, which count what a process takes as Unix tells it.
func bare() {}
