package password

import (
	"strings"
	"testing"
)

// disguised are the words that stand for "let me in", with letters turned into
// digits and signs, and what people add to them.
func disguised(add func(...string)) {
	tails := []string{
		"1", "12", "123", "1234", "12345", "123456", "!", "!!", "1!", "123!", "1234!", "!1", "!123", "@1", "@12", "@123", "@1234", "#1", "#123", "$1", "$123", ".123", "_123", "01", "007",
	}
	for _, year := range years(2018, 2028) {
		tails = append(tails, year, year+"!", "@"+year, "#"+year)
	}
	for _, word := range []string{
		"password", "passwort", "welcome", "administrator", "admin", "letmein", "changeme", "secret", "default", "temporary",
		"qwerty", "summer", "winter", "company", "iloveyou", "superman", "starwars", "trustno", "princess", "sunshine", "football",
	} {
		for _, form := range leet(word) {
			for _, tail := range tails {
				long(add, form, tail)
			}
		}
	}
}

// leet are the usual disguises of a word: each of them alone, and all of them.
func leet(word string) []string {
	forms := []string{word}
	for _, swap := range [][]string{
		{"a", "@"}, {"o", "0"}, {"e", "3"}, {"i", "1"}, {"s", "$"},
		{"a", "@", "o", "0"}, {"a", "@", "o", "0", "e", "3", "i", "1"}, {"a", "@", "s", "$", "o", "0", "e", "3", "i", "1"},
	} {
		if form := strings.NewReplacer(swap...).Replace(word); form != word {
			forms = append(forms, form)
		}
	}
	return forms
}

// calendar are months, seasons and days with a year: what a rule of changing
// passwords every so often makes people choose.
func calendar(add func(...string)) {
	names := strings.Fields(`
		january february march april may june july august september october november december
		spring summer autumn winter monday tuesday wednesday thursday friday saturday sunday
		januar februar maerz märz april mai juni juli august oktober dezember fruehling frühling sommer herbst
		montag dienstag mittwoch donnerstag freitag samstag sonntag
		janvier fevrier mars avril juin juillet aout septembre octobre novembre decembre printemps ete automne hiver
		lundi mardi mercredi jeudi vendredi samedi dimanche
		enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre primavera verano otono invierno
		lunes martes miercoles jueves viernes sabado domingo christmas easter halloween birthday holiday`)
	for _, name := range names {
		for _, year := range years(2018, 2028) {
			for _, tail := range []string{"", "!", "!!", "1", ".", "#", "?"} {
				long(add, name, year, tail)
			}
			for _, between := range []string{"-", "_", ".", "@", " "} {
				long(add, name, between, year)
			}
			long(add, year, name)
		}
	}
}

// phrases that everybody thinks of.
func phrases(t *testing.T, add func(...string)) {
	for _, line := range lines(t, "testdata/phrases.txt") {
		words := strings.Fields(line)
		for _, tail := range []string{"", "1", "12", "123", "1234", "!", "1!", "2024", "2025", "2026"} {
			add(strings.Join(words, ""), tail)
		}
		for _, between := range []string{" ", "-", "_", "."} {
			add(strings.Join(words, between))
			add(strings.Join(words, between), "!")
		}
	}
}
