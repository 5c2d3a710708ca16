package refusal

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
)

const (
	most    = 5  // suggestions; more are no help
	longest = 64 // bytes in which to look for a typing mistake
)

// Nearest finds the codes that a person may have meant: by the code itself, by an
// area ("session"), by words of other systems' guides or error messages ("CSRF token
// mismatch"), by a title, and last by spelling. The likeliest comes first; there are
// five at most, but for an area, which is listed whole. Nothing near is nil.
func Nearest(text string) []Code {
	asked := plain(text)
	if asked == "" {
		return nil
	}
	all := All()
	if found := byName(all, asked); found != nil {
		return found
	}
	if found := byWords(all, asked); found != nil {
		return found
	}
	return bySpelling(all, asked)
}

// plain makes texts comparable: lower case, letters and digits, single spaces.
func plain(text string) string {
	return strings.Join(strings.FieldsFunc(strings.ToLower(text), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r)
	}), " ")
}

func byName(all []Entry, asked string) []Code {
	var area []Code
	for _, entry := range all {
		if plain(string(entry.Code)) == asked {
			return []Code{entry.Code}
		}
		if entry.Code.Area() == asked {
			area = append(area, entry.Code)
		}
	}
	return area
}

// match is how well a code fits: the greater the weight, the better.
type match struct {
	code   Code
	weight int
}

// byWords looks for a phrase of the guides in what was asked, or the other way. The
// longer the part that both have, the surer the match.
func byWords(all []Entry, asked string) []Code {
	var found []match
	for _, entry := range all {
		best := 0
		for _, phrase := range append([]string{entry.Title}, entry.Words...) {
			best = max(best, overlap(plain(phrase), asked))
		}
		if best > 0 {
			found = append(found, match{entry.Code, best})
		}
	}
	return ranked(found)
}

// overlap weighs two plain texts of which one holds the other as whole words; 0 when
// neither does. Equal ones weigh most.
func overlap(phrase, asked string) int {
	switch {
	case phrase == asked:
		return 2 * len(phrase)
	case strings.Contains(" "+asked+" ", " "+phrase+" "):
		return len(phrase)
	case len(asked) > 3 && strings.Contains(" "+phrase+" ", " "+asked+" "):
		return len(asked)
	}
	return 0
}

// bySpelling is for typing mistakes: a third of the letters may be wrong. Leaving the
// area out is no mistake.
func bySpelling(all []Entry, asked string) []Code {
	if len(asked) > longest {
		return nil // no code is as long, and a pasted page must not cost anything
	}
	var found []match
	for _, entry := range all {
		whole := plain(string(entry.Code))
		reason := strings.TrimPrefix(whole, entry.Code.Area()+" ")
		off := min(distance(asked, whole), distance(asked, reason))
		if off <= max(len(asked)/3, 1) {
			found = append(found, match{entry.Code, -off})
		}
	}
	return ranked(found)
}

func ranked(found []match) []Code {
	slices.SortStableFunc(found, func(a, b match) int { return cmp.Compare(b.weight, a.weight) })
	var codes []Code
	for _, m := range found[:min(len(found), most)] {
		codes = append(codes, m.code)
	}
	return codes
}

// distance is Levenshtein's: how many letters to add, drop or change.
func distance(a, b string) int {
	from, to := []rune(a), []rune(b)
	row := make([]int, len(to)+1)
	for j := range row {
		row[j] = j
	}
	for i, r := range from {
		diagonal := row[0]
		row[0] = i + 1
		for j, s := range to {
			change := diagonal
			if r != s {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(to)]
}
