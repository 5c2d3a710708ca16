package command

import (
	"io"
	"strings"
)

// longestPassword bounds what is read, in bytes; the server takes 256 code
// points at most and says so itself.
const longestPassword = 8 << 10

// password gets the password that a command needs: from the flag, from
// standard input, or by asking twice.
func (c *console) password(flag *string, fromStdin bool) (string, error) {
	switch {
	case flag != nil:
		return *flag, notEmpty(*flag)
	case fromStdin:
		return c.readPassword()
	case c.inTTY:
		return c.askPassword()
	}
	return "", &failure{exit: exitUsage, message: "a password is needed", cause: "there is no terminal to ask for it on",
		fixes: []string{"--password-stdin, and the password on standard input"}}
}

// readPassword takes all of standard input less one line end. A second line is
// more likely a mistake than a part of the password.
func (c *console) readPassword() (string, error) {
	raw, err := io.ReadAll(io.LimitReader(c.in, longestPassword+1))
	if err != nil {
		return "", &failure{message: "the password could not be read", cause: err.Error()}
	}
	text := strings.TrimSuffix(strings.TrimSuffix(string(raw), "\n"), "\r")
	if len(raw) > longestPassword || strings.ContainsAny(text, "\r\n") {
		return "", &failure{exit: exitUsage, message: "standard input holds more than one line", fixes: []string{"send the password alone"}}
	}
	return text, notEmpty(text)
}

func (c *console) askPassword() (string, error) {
	typed, err := c.hidden("Password: ")
	if err != nil {
		return "", &failure{message: "the password could not be read", cause: err.Error()}
	}
	if err := notEmpty(typed); err != nil {
		return "", err
	}
	again, err := c.hidden("Again:    ")
	if err != nil {
		return "", &failure{message: "the password could not be read", cause: err.Error()}
	}
	if typed != again {
		return "", &failure{message: "the two passwords differ", fixes: []string{"try again"}}
	}
	return typed, nil
}

// notEmpty refuses an empty password here: to the API none means an account
// that cannot sign in by password, and nobody means that by an empty variable.
func notEmpty(password string) error {
	if password == "" {
		return &failure{exit: exitUsage, message: "the password is empty"}
	}
	return nil
}
