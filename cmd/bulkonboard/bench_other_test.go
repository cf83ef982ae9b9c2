//go:build !unix

package main

// bare and measured are for benchmarks, which count what a process takes as Unix tells it.
func bare() {}

func measured() {}
