package refusal

import (
	"errors"
	"fmt"
	"time"
)

// Field is one thing that is wrong with one field of a request body.
type Field struct {
	Pointer string `json:"pointer"` // RFC 6901, such as "/email"
	Code    Code   `json:"code"`
	Text    string `json:"text"`
}

// Error is a refusal on its way to the caller: the code, and what is special about
// this one. Everything but Private and Err may be sent; those two are for the
// operator alone.
type Error struct {
	Code       Code
	Detail     string // what happened, for this request; "" for the title of the entry
	Cause      string // why, for this request; "" for the cause of the entry
	Fixes      []Fix  // what helps here; empty for the fixes of the entry
	Context    map[string]any
	Fields     []Field
	RetryAfter time.Duration // how long to wait; 0 when waiting is not the answer
	Private    string        // the reason that only `ostiary explain` and admins see
	Err        error         // what went wrong underneath; logged, never sent
}

// New starts a refusal. The builder methods change it and hand it back.
func New(code Code) *Error { return &Error{Code: code} }

// Say tells what happened, in the place of the title.
func (e *Error) Say(detail string) *Error {
	e.Detail = detail
	return e
}

// Because tells why, in the place of the catalogue's cause.
func (e *Error) Because(cause string) *Error {
	e.Cause = cause
	return e
}

// Fix adds what helps here. Once there is one, the catalogue's fixes are not shown.
func (e *Error) Fix(fixes ...Fix) *Error {
	e.Fixes = append(e.Fixes, fixes...)
	return e
}

// With adds a fact that this caller may see to the refusal's context.
func (e *Error) With(key string, value any) *Error {
	if e.Context == nil {
		e.Context = make(map[string]any, 4)
	}
	e.Context[key] = value
	return e
}

// At adds what is wrong with one field; pointer is a JSON pointer (RFC 6901).
func (e *Error) At(pointer string, code Code, text string) *Error {
	e.Fields = append(e.Fields, Field{Pointer: pointer, Code: code, Text: text})
	return e
}

// Wait tells how long to wait before trying again.
func (e *Error) Wait(d time.Duration) *Error {
	e.RetryAfter = d
	return e
}

// Privately keeps the reason that the caller must not learn.
func (e *Error) Privately(format string, args ...any) *Error {
	e.Private = fmt.Sprintf(format, args...)
	return e
}

// Wrap keeps the error underneath, for the log and for errors.Is.
func (e *Error) Wrap(err error) *Error {
	e.Err = err
	return e
}

// Error is for logs: it holds the private part, so it is never sent to a caller.
func (e *Error) Error() string {
	text := string(e.Code)
	if e.Detail != "" {
		text += ": " + e.Detail
	}
	if e.Private != "" {
		text += " (" + e.Private + ")"
	}
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// Unwrap hands out the error underneath.
func (e *Error) Unwrap() error { return e.Err }

// Entry is the catalogue's entry for the code. A code that the catalogue does not
// know is a bug of ours and is answered as one: server.internal.
func (e *Error) Entry() Entry {
	if entry, ok := Lookup(e.Code); ok {
		return entry
	}
	entry, _ := Lookup(ServerInternal)
	return entry
}

// Is tells whether err is, or wraps, a refusal with this code.
func Is(err error, code Code) bool {
	var refused *Error
	return errors.As(err, &refused) && refused.Code == code
}
