package password

import (
	"flag"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

var update = flag.Bool("update", false, "write common.txt anew")

// common.txt is made here and nowhere else:
//
//	go test ./server/password -run Generate -update
//
// Its first part is a public list of the 10 000 most used passwords
// (testdata/top10000.txt). Hardly any of those has twelve characters, so the
// rest is what people make of them when they must: walks over the keyboard, a
// word with digits or a year, two words, months, and phrases that everybody
// knows. Repetitions and plain sequences need no list (see isCommon).
func TestGenerateCommonList(t *testing.T) {
	list := generate(t)
	if *update {
		if err := os.WriteFile("common.txt", []byte(list), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if list != common && !*update {
		t.Fatal("common.txt is not what the generator makes: run it with -update")
	}
	if len(list) > 600_000 {
		t.Fatalf("%d bytes: more than a binary should carry for this", len(list))
	}
}

func generate(t *testing.T) string {
	t.Helper()
	top := lines(t, "testdata/top10000.txt")
	words := lettersOnly(top)
	list := map[string]bool{}
	for _, p := range top {
		list[fold(p)] = true
	}
	for _, source := range []func(add func(...string)){
		walks, columns, zigzags, patterns, calendar,
		func(add func(...string)) { phrases(t, add) },
		func(add func(...string)) { suffixed(words, add) },
		func(add func(...string)) { paired(words, add) },
		disguised,
	} {
		source(func(parts ...string) {
			if p := fold(strings.Join(parts, "")); len(p) >= 10 && len(p) <= 40 {
				list[p] = true
			}
		})
	}
	sorted := make([]string, 0, len(list))
	for p := range list {
		if !refusedUnlisted(p, list) {
			sorted = append(sorted, p)
		}
	}
	slices.Sort(sorted)
	return strings.Join(sorted, "\n") + "\n"
}

func lines(t *testing.T, file string) []string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSpace(string(text)), "\n")
}

// refusedUnlisted is isCommon without the entry itself.
func refusedUnlisted(p string, list map[string]bool) bool {
	for unit := range units(p) {
		if isSequence(unit) || unit != p && (list[unit] || utf8.RuneCountInString(unit) <= 3) {
			return true
		}
	}
	return false
}

// lettersOnly keeps the order of use.
func lettersOnly(list []string) (words []string) {
	for _, p := range list {
		if len(p) >= 4 && strings.IndexFunc(p, func(r rune) bool { return !unicode.IsLetter(r) }) < 0 {
			words = append(words, p)
		}
	}
	return words
}

// long adds a password only when it meets the minimum of twelve that is the
// default: shorter ones would fill the list and meet nobody.
func long(add func(...string), parts ...string) {
	if len(strings.Join(parts, "")) >= 12 {
		add(parts...)
	}
}

// walks are pieces of the rows, one after the other.
func walks(add func(...string)) {
	for _, pieces := range [][]string{
		{"qwe", "asd", "zxc", "123", "rty", "456"},
		{"qwer", "asdf", "zxcv", "1234", "rewq", "fdsa", "4321"},
		{"qwert", "asdfg", "zxcvb", "12345", "trewq", "54321", "yuiop", "67890"},
		{"qwerty", "asdfgh", "zxcvbn", "123456", "ytrewq", "654321", "qwertz", "azerty", "йцукен", "фывапр"},
		{"qwertyu", "asdfghj", "zxcvbnm", "1234567"},
		{"qwertyuiop", "asdfghjkl", "zxcvbnm", "1234567890", "123456789", "qwertzuiop", "azertyuiop", "poiuytrewq", "0987654321", "йцукенгшщзхъ"},
	} {
		chain(pieces, 4, func(walk string) { long(add, walk) })
	}
}

// chain joins up to n different pieces in every order, up to 18 characters.
func chain(pieces []string, n int, found func(string)) {
	for i, piece := range pieces {
		found(piece)
		if n == 1 {
			continue
		}
		rest := slices.Delete(slices.Clone(pieces), i, i+1)
		chain(rest, n-1, func(tail string) {
			if len(piece)+len(tail) <= 18 {
				found(piece + tail)
			}
		})
	}
}

// columns walk down the keyboard: 1qaz2wsx3edc, and back: zaq12wsxcde3.
func columns(add func(...string)) {
	down := []string{"1qaz", "2wsx", "3edc", "4rfv", "5tgb", "6yhn", "7ujm", "8ik,", "9ol.", "0p;/"}
	for from := range down {
		for to := from + 2; to <= len(down); to++ {
			run := down[from:to]
			turned, snake := slices.Clone(run), slices.Clone(run)
			slices.Reverse(turned)
			for i := range snake {
				if i%2 == 1 {
					snake[i] = backwards(snake[i])
				}
			}
			for _, walk := range [][]string{run, turned, snake} {
				joined := strings.Join(walk, "")
				for _, tail := range []string{"", "1", "12", "123", "1234", "!", "!@#$"} {
					add(joined, tail)
					add(backwards(joined), tail)
				}
			}
		}
	}
}

func zigzag(a, b string, step int) (out string) {
	for i := 0; i < len(a); i += step {
		end := min(i+step, len(a))
		out += a[i:end] + b[i:end]
	}
	return out
}

func backwards(s string) string {
	runes := []rune(s)
	slices.Reverse(runes)
	return string(runes)
}

// zigzags take from two rows in turn: 1q2w3e4r5t6y, and rows that run beside
// the digits or the alphabet: a1b2c3d4e5f6, abc123def456.
func zigzags(add func(...string)) {
	rows := []string{"1234567890", "qwertyuiop", "asdfghjkl;", "zxcvbnm,./", "abcdefghij", "0987654321", "qazwsxedcr", "!@#$%^&*()"}
	for _, a := range rows {
		for _, b := range rows {
			for n := 5; n <= 10 && a != b; n++ {
				for _, step := range []int{1, 2, 3} {
					add(zigzag(a[:n], b[:n], step))
					add(zigzag(a[:n], b[:n], step), "!")
				}
			}
		}
	}
}

// patterns are runs of doubled and tripled characters, and runs there and back.
func patterns(add func(...string)) {
	for _, order := range []string{"1234567890", "abcdefghijklm", "qwertyuiop", "9876543210", "0123456789", "asdfghjkl", "zxcvbnm"} {
		for times := 2; times <= 4; times++ {
			all := ""
			for _, c := range order {
				all += strings.Repeat(string(c), times)
				add(all)
			}
		}
		for n := 3; n <= len(order); n++ {
			add(order[:n], backwards(order[:n]))
			add(order[:n], backwards(order[:n-1]))
			for _, tail := range []string{"!", "!!", "abc", "abcd", "abcdef", "qwe", "qwerty", "asd", "a", "q", "000", "0000", "123", "1234", "12345", "123456"} {
				add(order[:n], tail)
				add(tail, order[:n])
			}
		}
	}
}

// suffixed are the most used words with what people add to them.
func suffixed(words []string, add func(...string)) {
	tails := []string{
		"1", "12", "123", "1234", "12345", "123456", "1234567", "12345678", "123456789", "1234567890",
		"321", "4321", "54321", "654321", "111", "1111", "000", "0000", "007",
		"!", "!!", "1!", "123!", "1234!", "12345!", "@123", "@1234", "#123", "qwerty", "abc123",
	}
	for _, word := range words[:400] {
		for _, tail := range tails {
			long(add, word, tail)
		}
		for _, head := range []string{"123", "1234", "12345", "123456", "my", "ilove"} {
			long(add, head, word)
		}
	}
	for _, word := range words[:400] {
		for _, year := range years(2015, 2027) {
			long(add, word, year)
		}
	}
}

func years(from, to int) (list []string) {
	for y := from; y <= to; y++ {
		list = append(list, string([]byte{byte('0' + y/1000), byte('0' + y/100%10), byte('0' + y/10%10), byte('0' + y%10)}))
	}
	return list
}

func paired(words []string, add func(...string)) {
	for _, a := range words[:70] {
		for _, b := range words[:70] {
			long(add, a, b)
		}
	}
}
