package password

import (
	_ "embed"
	"strings"
	"unicode/utf8"
)

// common is the list of well-known passwords, folded, sorted by bytes, each
// ended by a newline. It stays in the binary and is searched where it lies: a
// map of it would cost every start 26 MB and 30 ms. Sources in
// common_generate_test.go, licence in common.LICENSE.txt.
//
//go:embed common.txt
var common string

// isCommon reports whether a folded password is well known: on the list, or a
// run through the alphabet, the digits or a row of the keyboard; or whether it
// only repeats such a one, or up to three characters.
func isCommon(password string) bool {
	for unit := range units(password) {
		short := unit != password && utf8.RuneCountInString(unit) <= 3
		if short || listed(unit) || isSequence(unit) {
			return true
		}
	}
	return false
}

// listed looks a whole line up by binary search over the text.
func listed(password string) bool {
	if password == "" || strings.IndexByte(password, '\n') >= 0 {
		return false
	}
	low, high := 0, len(common)
	for low < high {
		// Lines between low and high, both of which are beginnings of lines.
		middle := low + (high-low)/2
		begin := strings.LastIndexByte(common[low:middle], '\n') + 1 + low
		end := begin + strings.IndexByte(common[begin:], '\n')
		switch strings.Compare(common[begin:end], password) {
		case 0:
			return true
		case -1:
			low = end + 1
		default:
			high = begin
		}
	}
	return false
}

// isSequence reports whether each character follows the one before in one of
// the orders that fingers know, forwards or backwards, with the end joined to
// the beginning.
func isSequence(password string) bool {
	if len(password) < 4 {
		return false
	}
	for _, order := range [...]string{
		"0123456789", "abcdefghijklmnopqrstuvwxyz", "1234567890qwertyuiopasdfghjklzxcvbnm",
		"qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertzuiop", "azertyuiop",
	} {
		if runs(password, order, 1) || runs(password, order, len(order)-1) {
			return true
		}
	}
	return false
}

// runs reports whether each byte of s stands step places after the one before.
func runs(s, order string, step int) bool {
	at := strings.IndexByte(order, s[0])
	if at < 0 {
		return false
	}
	for i := 1; i < len(s); i++ {
		at = (at + step) % len(order)
		if s[i] != order[at] {
			return false
		}
	}
	return true
}
