// Bulkonboard turns a spreadsheet of customers into live client accounts.
//
// This package parses flags, calls a job and prints; what it prints is held by
// the script tests in testdata. It alone reads the environment, writes to the
// terminal and ends the process.
package main

import (
	"io"
	"log"
	"os"
)

func main() {
	// net/http tells of odd servers through this logger, in their own words,
	// which may hold anything; and our log is lines of JSON.
	log.SetOutput(io.Discard)
	economise()
	os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
