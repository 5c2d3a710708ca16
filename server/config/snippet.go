package config

import (
	"fmt"
	"strings"
	"unicode"
)

// mask stands for a secret wherever a line is shown.
const mask = "***"

// longestLine is how much of a line is shown, in characters.
const longestLine = 160

// excerpt is a line ready to be shown and where the carets go, in characters.
type excerpt struct {
	text       string
	start, end int
}

// show prepares text: hidden ranges become ***, what a terminal would obey
// becomes "?", and mark (a range of bytes) is carried along.
func show(text string, hidden []span, mark span) excerpt {
	hidden = append(hidden, passwordsIn(text)...)
	var e excerpt
	var out []rune
	for i, r := range text {
		if i == mark.start {
			e.start = len(out)
		}
		if i == mark.end {
			e.end = len(out)
		}
		switch covered, begins := covers(hidden, i); {
		case begins:
			out = append(out, []rune(mask)...)
		case covered:
		case r == '\t' || unicode.IsPrint(r):
			out = append(out, r)
		default:
			out = append(out, '?')
		}
	}
	if mark.start >= len(text) {
		e.start = len(out)
	}
	if mark.end >= len(text) {
		e.end = len(out)
	}
	return e.fit(out)
}

// fit cuts a long line and keeps the carets inside of it, one at least.
func (e excerpt) fit(line []rune) excerpt {
	if len(line) > longestLine {
		line = append(line[:longestLine:longestLine], '…')
	}
	e.text = string(line)
	e.start = min(e.start, len(line))
	e.end = min(max(e.end, e.start+1), max(len(line), e.start+1))
	return e
}

func covers(hidden []span, offset int) (covered, begins bool) {
	for _, h := range hidden {
		if h.start <= offset && offset < h.end {
			return true, h.start == offset
		}
	}
	return false, false
}

// passwordsIn finds user:password@ in the URLs of a line.
func passwordsIn(text string) []span {
	var found []span
	for from := 0; ; {
		i := strings.Index(text[from:], "://")
		if i < 0 {
			return found
		}
		start := from + i + len("://")
		end := len(text)
		if j := strings.IndexAny(text[start:], "/ \t,'\""); j >= 0 {
			end = start + j
		}
		if at := strings.LastIndexByte(text[start:end], '@'); at > 0 {
			found = append(found, span{start, start + at})
		}
		from = end
	}
}

// lines draws the excerpt with its carets and the words beside them. The
// number is left out when it is 0.
func (e excerpt) lines(number int, label string) string {
	gutter, empty := "  ", "  "
	if number > 0 {
		gutter = fmt.Sprintf("%2d", number)
		empty = strings.Repeat(" ", len(gutter))
	}
	// Tabs stay tabs under a tab, whatever width the terminal gives them.
	indent := strings.Map(func(r rune) rune {
		if r == '\t' {
			return r
		}
		return ' '
	}, string([]rune(e.text)[:min(e.start, len([]rune(e.text)))]))
	carets := strings.TrimRight(indent+strings.Repeat("^", e.end-e.start)+" "+label, " ")
	return fmt.Sprintf("%s |\n%s | %s\n%s | %s", empty, gutter, e.text, empty, carets)
}

// snippet shows the line of the document where at begins.
func (d *document) snippet(at span, label string) string {
	start := d.lineStart(at.start)
	end := d.lineEnd(start)
	text := strings.TrimSuffix(string(d.data[start:end]), "\r")
	hidden := d.hiddenBetween(start, end)
	number, _ := d.position(at.start)
	return show(text, hidden, span{at.start - start, min(at.end-start, len(text))}).lines(number, label)
}

// hiddenBetween returns what must not be shown of a line, counted from its start.
func (d *document) hiddenBetween(start, end int) []span {
	var all []span
	hide := func(h span) {
		if h.start <= end && h.end >= start {
			// A secret that goes on from the line above is hidden from the first byte on.
			all = append(all, span{max(h.start-start, 0), h.end - start})
		}
	}
	for _, h := range d.hidden {
		hide(h)
	}
	for _, e := range d.entries {
		at, empty := e.value.at, e.value.text == "" && len(e.value.items) == 0
		if !e.table && !empty && at.start <= end && at.end >= start && d.isSecret != nil && d.isSecret(e.path) {
			hide(at)
		}
	}
	return all
}
