//go:build tools

// Package tools pins the programs that .ci/run uses, apart from the module
// itself so that its users do not inherit them.
package tools

import _ "honnef.co/go/tools/cmd/staticcheck"
