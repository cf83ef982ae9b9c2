package xlsx

import (
	"errors"
	"fmt"
	"strings"
)

// An Error says why a workbook cannot be used, and what now. What the file's own
// reader said, or the end of a context, comes as it is.
type Error struct {
	Cause, Advice string
	Err           error // may be nil
}

func (e *Error) Error() string { return e.Cause }
func (e *Error) Unwrap() error { return e.Err }

func refused(advice, format string, a ...any) *Error {
	return &Error{Cause: fmt.Sprintf(format, a...), Advice: advice}
}

const (
	adviceDamaged = "get the file again from where it came, or open it in Excel, " +
		"let it be repaired, look that nothing is missing, and save it again"
	adviceAnew = "save the customers alone in a new workbook, or as CSV UTF-8"
)

// damaged is an error about a workbook that is not whole, or that no spreadsheet
// program wrote.
func damaged(cause string, err error) error {
	var own *Error
	if errors.As(err, &own) {
		return own
	}
	if errors.Is(err, errTooLong) {
		return &Error{fmt.Sprintf("%s: a cell or a tag has more than %d MiB", cause, maxToken>>20),
			"remove that cell's content: a spreadsheet's cell holds 32,767 characters at most", err}
	}
	if err != nil {
		cause += ": " + strings.TrimPrefix(err.Error(), errFaulty.Error()+": ")
	}
	return &Error{"this workbook is damaged: " + cause, adviceDamaged, err}
}
