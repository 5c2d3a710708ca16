package config

import "strings"

// nearest returns the candidate that text was probably meant to be, or "".
// Case, "_", "-" and "." do not count as differences between the two; at most
// a third of the letters may be wrong.
func nearest(text string, candidates []string) string {
	plain := bare(text)
	best, bestDistance := "", max(1, (len(plain)+1)/3)+1
	for _, candidate := range candidates {
		if d := distance(plain, bare(candidate)); d < bestDistance {
			best, bestDistance = candidate, d
		}
	}
	return best
}

func bare(text string) string {
	return strings.Map(func(r rune) rune {
		if r == '_' || r == '-' || r == '.' {
			return -1
		}
		return r
	}, strings.ToLower(text))
}

// longestGuess bounds the work that a hostile name can ask for.
const longestGuess = 100

// distance is the edit distance of Levenshtein, in bytes.
func distance(a, b string) int {
	if len(a) > longestGuess || len(b) > longestGuess {
		return longestGuess
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

// suggestName returns the whole name of the setting, or of the section, that
// path was probably meant to be; its first known names lead to parent.
//
// A neighbour with a similar name wins; else a setting of the same name in
// another section: one of the top level written below a [section] is a classic
// of TOML.
func suggestName(root, parent *node, known int, path []string, section bool) string {
	var neighbours []string
	for _, c := range parent.children {
		if c.isSection() == section {
			neighbours = append(neighbours, c.last())
		}
	}
	if near := nearest(path[known], neighbours); near != "" {
		return strings.Join(append(append([]string{}, path[:known]...), near), ".")
	}
	if section {
		return ""
	}
	for _, leaf := range root.leaves() {
		if wrong := bare(path[known]); bare(leaf.last()) == wrong || bare(leaf.name()) == wrong {
			return leaf.name()
		}
	}
	return ""
}
