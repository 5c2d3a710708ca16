package server

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"github.com/gofiber/fiber/v2"
)

// json answers with a value of a wire type.
func (r *request) json(status int, value any) error {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return fmt.Errorf("encode answer: %w", err)
	}
	return r.raw(status, bytes.TrimSuffix(b.Bytes(), []byte("\n")))
}

// raw answers with JSON that was encoded before.
func (r *request) raw(status int, body []byte) error {
	r.status = status
	r.f.Response.Header.SetStatusCode(status)
	r.f.Response.Header.SetCanonical(hContentType, vJSON)
	r.f.Response.SetBodyRaw(body)
	return nil
}

func (r *request) noContent() error {
	r.status = fiber.StatusNoContent
	r.f.Response.Header.SetStatusCode(fiber.StatusNoContent)
	return nil
}

// page answers with one of the hosted pages.
func (r *request) renderPage(status int, name string, view any) error {
	var b bytes.Buffer
	if err := r.s.pages.Render(&b, name, view); err != nil {
		return fmt.Errorf("render %s: %w", name, err)
	}
	r.status = status
	r.f.Response.Header.SetStatusCode(status)
	r.pageHeaders()
	r.f.Response.SetBodyRaw(b.Bytes())
	return nil
}

// seeOther sends a browser to one of our own pages, by GET.
func (r *request) seeOther(page string) error { return r.sendTo(r.s.site.Prefix + page) }

// sendTo sends a browser to a path that was judged before.
func (r *request) sendTo(path string) error {
	r.redirect(path)
	return nil
}

func (r *request) redirect(target string) {
	r.status = fiber.StatusSeeOther
	r.f.Response.Header.SetStatusCode(fiber.StatusSeeOther)
	r.f.Response.Header.Set("Location", target)
}

// stamp is a moment as the whole API writes it: RFC 3339, UTC, exactly three
// fraction digits. Some JavaScript clients misread any other count.
func stamp(at time.Time) string { return at.UTC().Format("2006-01-02T15:04:05.000Z") }

// stampOrNull is null for a moment that has not come.
func stampOrNull(at time.Time) *string {
	if at.IsZero() {
		return nil
	}
	text := stamp(at)
	return &text
}

// list is how the API answers with many.
type list[T any] struct {
	Items      []T    `json:"items"`
	NextCursor string `json:"next_cursor,omitempty"`
}
