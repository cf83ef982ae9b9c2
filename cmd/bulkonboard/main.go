// Bulkonboard turns a spreadsheet of customers into live client accounts.
//
// This package parses flags, calls a job and prints; what it prints is held by
// the script tests in testdata. It alone reads the environment, writes to the
// terminal and ends the process.
package main

import "os"

func main() {
	os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
