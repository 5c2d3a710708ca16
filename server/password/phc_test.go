package password

import (
	"errors"
	"strings"
	"testing"

	"github.com/alexedwards/argon2id"
)

const (
	goodSalt = "c29tZXNhbHRzb21lc2FsdA"
	goodKey  = "CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
)

func malformedHashes() []string {
	costs := func(c string) string { return "$argon2id$v=19$" + c + "$" + goodSalt + "$" + goodKey }
	return []string{
		"x", "$", "$$$$$", "$argon2id$", "plain password", costs(""), costs("m=64"), costs("m=64,t=1"),
		costs("m=64,t=1,p=0"), costs("m=64,t=0,p=1"), costs("m=0,t=1,p=1"), costs("m=7,t=1,p=1"), costs("m=15,t=1,p=2"),
		costs("m=4294967295,t=1,p=1"), costs("m=1048577,t=1,p=1"), costs("m=99999999999999,t=1,p=1"), costs("m=64,t=17,p=1"),
		costs("m=64,t=4294967295,p=1"), costs("m=1048576,t=1,p=17"), costs("m=1048576,t=1,p=256"), costs("m=-64,t=1,p=1"), costs("m=+64,t=1,p=1"),
		costs("m=064,t=1,p=1"), costs("m=64,t=1,p=1,keyid=abc"), costs("m=64,t=1,p=1x"), costs("m=64, t=1,p=1"), costs("t=1,m=64,p=1"),
		costs("m=64,t=1,p=1,"), costs("M=64,t=1,p=1"), costs("m=,t=,p="), costs("m=٦٤,t=1,p=1"),
		"$argon2id$v=16$m=64,t=1,p=1$" + goodSalt + "$" + goodKey, "$argon2id$m=64,t=1,p=1$" + goodSalt + "$" + goodKey,
		"$argon2i$v=19$m=64,t=1,p=1$" + goodSalt + "$" + goodKey, "$argon2d$v=19$m=64,t=1,p=1$" + goodSalt + "$" + goodKey,
		"$ARGON2ID$v=19$m=64,t=1,p=1$" + goodSalt + "$" + goodKey, "$2b$12$abcdefghijklmnopqrstuuA9Y1dXvVfK5a6n7Gq1JbW2cZxQeRsTu",
		"$argon2id$v=19$m=64,t=1,p=1$" + goodSalt + "$", "$argon2id$v=19$m=64,t=1,p=1$" + goodSalt, "$argon2id$v=19$m=64,t=1,p=1$$" + goodKey,
		"$argon2id$v=19$m=64,t=1,p=1$c2FsdA$" + goodKey, "$argon2id$v=19$m=64,t=1,p=1$" + goodSalt + "$CTFhFdXPJO1aFaMaO6Mm5Q"[:len(goodSalt)],
		"$argon2id$v=19$m=64,t=1,p=1$" + goodSalt + "=$" + goodKey, "$argon2id$v=19$m=64,t=1,p=1$" + goodSalt + "$" + goodKey + "=",
		"$argon2id$v=19$m=64,t=1,p=1$" + goodSalt + "$" + goodKey + "$", "$argon2id$v=19$m=64,t=1,p=1$" + goodSalt + "$" + goodKey + "\n",
		"$argon2id$v=19$m=64,t=1,p=1$" + goodSalt + "$" + goodKey[:20] + "\n" + goodKey[20:], "$argon2id$v=19$m=64,t=1,p=1$" + goodSalt + "$" + strings.Repeat("A", 4000),
		"$argon2id$v=19$m=64,t=1,p=1$" + goodSalt + "$" + goodKey[:42] + "d", " " + costs("m=64,t=1,p=1"), costs("m=64,t=1,p=1") + " ",
	}
}

func FuzzReadPHC(f *testing.F) {
	for _, phc := range malformedHashes() {
		f.Add(phc)
	}
	f.Add(cheap.dummy())
	f.Fuzz(func(t *testing.T, phc string) {
		got, err := readPHC(phc)
		if err != nil {
			if !errors.Is(err, ErrMalformedHash) {
				t.Fatal(err)
			}
			return
		}
		params, salt, key, err := argon2id.DecodeHash(phc)
		if err != nil || params.Memory != got.MemoryKiB || params.Iterations != got.Iterations ||
			params.Parallelism != got.Parallelism || len(salt) != got.salt || len(key) != got.key {
			t.Fatalf("%q: we read %+v, the library %+v, %v", phc, got, params, err)
		}
		if got.possible() != got.Params || got.key < minKey || got.key > maxKey || got.salt < minSalt || got.salt > maxSalt {
			t.Fatalf("%q: %+v is out of bounds", phc, got)
		}
	})
}
