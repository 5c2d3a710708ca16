package credential

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

func TestMasterText(t *testing.T) {
	m := NewMaster()
	if m == NewMaster() {
		t.Fatal("two masters are one")
	}
	for _, text := range []string{m.Text(), m.Text() + "\n", "  " + m.Text() + "\r\n"} {
		if got, err := ParseMaster(text); err != nil || got != m {
			t.Fatalf("%v", err)
		}
	}
}

func TestParseMasterRefuses(t *testing.T) {
	encode := base64.RawURLEncoding.EncodeToString
	good := NewMaster().Text()
	weak := map[string]string{
		"empty": "", "short": good[:42], "long": good + "A", "padded": good + "=", "a word": "changeme",
		"all zero": encode(make([]byte, 32)), "one byte": encode(bytes.Repeat([]byte{7}, 32)),
		"two bytes": encode(bytes.Repeat([]byte{7, 200}, 16)), "a phrase": encode([]byte("The quick brown fox jumps over !")),
		"same letter": strings.Repeat("A", 43),
	}
	for name, text := range weak {
		_, err := ParseMaster(text)
		if !errors.Is(err, ErrWeak) {
			t.Errorf("%s: %v", name, err)
		}
		if len(text) > 8 && strings.Contains(fmt.Sprint(err), text) {
			t.Errorf("%s: the error repeats the secret", name)
		}
	}
	for name, text := range map[string]string{
		"standard alphabet": good[:20] + "+/" + good[22:], "line break": good[:20] + "\n" + good[21:], "stray bits beyond the 256th": good[:42] + "_",
	} {
		if _, err := ParseMaster(text); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

// HKDF written out after RFC 5869, sections 2.2 and 2.3.
func TestDeriveIsHKDF(t *testing.T) {
	m := NewMaster()
	mac := func(key, data []byte) []byte {
		h := hmac.New(sha256.New, key)
		h.Write(data)
		return h.Sum(nil)
	}
	extracted := mac(make([]byte, 32), m[:])
	want := mac(extracted, append([]byte("ostiary/csrf"), 1))
	if got := m.Derive("csrf"); !bytes.Equal(got[:], want) {
		t.Fatalf("%x, want %x", got, want)
	}
	if m.Derive("csrf") == m.Derive("audit") || m.Derive("csrf") == NewMaster().Derive("csrf") {
		t.Fatal("two keys are one")
	}
}

func TestFingerprint(t *testing.T) {
	a := Fingerprint("tokens", []byte("secret"))
	if len(a) != 8 || a != Fingerprint("tokens", []byte("secret")) {
		t.Fatalf("fingerprint %q", a)
	}
	if a == Fingerprint("extension", []byte("secret")) || a == Fingerprint("tokens", []byte("secreT")) {
		t.Fatal("two fingerprints are one")
	}
}

func TestMasterIsNeverPrinted(t *testing.T) {
	m := NewMaster()
	wrapped := struct{ Key Master }{m}
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "key", m, "in", wrapped)
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "key", m, "in", wrapped)
	encoded, err := json.Marshal(wrapped)
	if err != nil {
		t.Fatal(err)
	}
	for _, out := range []string{
		fmt.Sprint(m), fmt.Sprintf("%v %+v %#v %x %d %s %q", m, m, m, m, m, m, m), fmt.Sprintf("%v %+v %#v", wrapped, wrapped, &wrapped),
		log.String(), string(encoded), fmt.Errorf("key %v", m).Error(),
	} {
		for _, form := range []string{m.Text(), fmt.Sprintf("%x", m[:4]), fmt.Sprintf("%d %d %d", m[0], m[1], m[2]), fmt.Sprintf("%d,%d,%d", m[0], m[1], m[2])} {
			if strings.Contains(out, form) {
				t.Errorf("printed as %s", out)
			}
		}
		if !strings.Contains(out, m.Fingerprint()) {
			t.Errorf("no fingerprint in %s", out)
		}
	}
}
