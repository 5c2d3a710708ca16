package server_test

import (
	"context"
	"strings"
	"testing"

	"ostiary/server/servertest"
)

// phcVectors are hashes of the argon2 reference implementation.
type phcVectors struct {
	Vectors []struct {
		MemoryKiB int    `json:"m_kib"`
		Password  string `json:"password"`
		Encoded   string `json:"encoded"`
	} `json:"vectors"`
}

// Hashes that other software made open accounts, and are made anew under
// today's costs by the first login that succeeds, and by no other.
func TestPWD05ForeignHashes(t *testing.T) {
	t.Parallel()
	s := servertest.New(t, noLimits)
	b := s.Browser()
	b.SignUp("ada@example.com")
	id := userID(t, s, "ada@example.com")
	for _, v := range fromJSON[phcVectors](t, "password/testdata/argon2id_phc.json").Vectors {
		if v.MemoryKiB > 64<<10 {
			continue // the same reading at four times the memory; the password package has it
		}
		storeHash(t, s, id, v.Encoded)
		tryLogin(s, "ada@example.com", v.Password+"x").Want(401, "login.invalid_credentials")
		tryLogin(s, "ada@example.com", servertest.Password).Want(401, "login.invalid_credentials")
		if got := hashOf(t, s, id); got != v.Encoded {
			t.Errorf("a login that failed changed %s to %s", v.Encoded, got)
		}
		tryLogin(s, "ada@example.com", v.Password).Want(200, "")
		anew := hashOf(t, s, id)
		if !strings.HasPrefix(anew, "$argon2id$v=19$m=64,t=1,p=1$") {
			t.Errorf("%s was left as %s", v.Encoded, anew)
		}
		tryLogin(s, "ada@example.com", v.Password).Want(200, "")
		tryLogin(s, "ada@example.com", v.Password+"x").Want(401, "login.invalid_credentials")
		if got := hashOf(t, s, id); got != anew {
			t.Errorf("a current hash was made anew: %s, %s", anew, got)
		}
	}
	b.Do("GET", api+"/me", nil).Want(200, "") // the password is the same: no session ends
}

// hashOf is the stored hash of a user.
func hashOf(t *testing.T, s *servertest.Server, id string) string {
	t.Helper()
	user, err := s.DB.UserByID(context.Background(), id)
	if err != nil {
		t.Fatal(err)
	}
	return user.PasswordHash
}

// A hash that cannot be read opens nothing, ends nothing and costs nothing
// beyond a current one: the library behind it would panic, or take the
// memory that the row asks for.
func TestPWD05HashesThatCannotBeRead(t *testing.T) {
	t.Parallel()
	const salt, key = "c29tZXNhbHQ", "nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"
	phc := func(kind, version, costs string) string {
		return "$" + kind + "$" + version + "$" + costs + "$" + salt + "$" + key
	}
	const good = "$argon2id$v=19$m=256,t=2,p=1$" + salt + "$" + key
	s := servertest.New(t, noLimits)
	b := s.Browser()
	b.SignUp("ada@example.com")
	id := userID(t, s, "ada@example.com")
	storeHash(t, s, id, good)
	tryLogin(s, "ada@example.com", "password").Want(200, "")
	for _, hash := range []string{
		"", "password", "x", "$", "$$$$$", "$argon2id$", "$argon2id$v=19$", "*", "!",
		phc("argon2i", "v=19", "m=256,t=2,p=1"), phc("argon2d", "v=19", "m=256,t=2,p=1"), phc("ARGON2ID", "v=19", "m=256,t=2,p=1"),
		phc("argon2id", "v=16", "m=256,t=2,p=1"), phc("argon2id", "v=20", "m=256,t=2,p=1"), phc("argon2id", "v=", "m=256,t=2,p=1"),
		phc("argon2id", "v=19", "m=0,t=2,p=1"), phc("argon2id", "v=19", "m=256,t=0,p=1"), phc("argon2id", "v=19", "m=256,t=2,p=0"),
		phc("argon2id", "v=19", "m=4294967295,t=2,p=1"), phc("argon2id", "v=19", "m=256,t=4294967295,p=1"), phc("argon2id", "v=19", "m=256,t=2,p=255"),
		phc("argon2id", "v=19", "m=-1,t=2,p=1"), phc("argon2id", "v=19", "m=256,t=2"), phc("argon2id", "v=19", "m=1e3,t=2,p=1"), phc("argon2id", "v=19", "t=2,m=256,p=1"),
		strings.Replace(good, salt, "", 1), strings.Replace(good, salt, "c29t", 1), strings.Replace(good, salt, "%%%%", 1), strings.Replace(good, key, "", 1),
		strings.Replace(good, key, "nf65", 1), good + "=", good + "$", good + "\n", " " + good, good[:len(good)-3], good + strings.Repeat("A", 4096),
		"$2b$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW", "$pbkdf2-sha256$29000$x$y", "$6$salt$hash", "{SSHA}x", "\x00\xff",
	} {
		storeHash(t, s, id, hash)
		for _, password := range []string{"password", hash, servertest.Password} {
			if a := tryLogin(s, "ada@example.com", password); a.Status != 401 && a.Status != 422 {
				t.Errorf("the hash %.60q opens for %.20q: %d %s", hash, password, a.Status, a.Raw)
			}
		}
		b.Do("POST", api+"/password/change", map[string]any{"current_password": "password", "password": secondPassword}).Want(403, "account.wrong_password")
	}
	b.Do("GET", api+"/me", nil).Want(200, "")
}
