package command

import (
	"io"
	"log/slog"
	"strings"

	"ostiary/server/config"
)

// newLogger writes to standard error: text for a person, JSON for a program.
// Its level may be changed while it is in use.
func newLogger(settings config.Log, to io.Writer, terminal bool) (*slog.Logger, *slog.LevelVar) {
	level := new(slog.LevelVar)
	_ = level.UnmarshalText([]byte(settings.Level)) // one of four words, which config has checked
	options := &slog.HandlerOptions{Level: level}
	if settings.Format == "text" || settings.Format == "" && terminal {
		return slog.New(slog.NewTextHandler(to, options)), level
	}
	return slog.New(slog.NewJSONHandler(to, options)), level
}

// variable is the value of an environment variable; of several of one name
// the last counts, as in os.Getenv.
func variable(environ []string, name string) (value string) {
	for _, pair := range environ {
		if key, text, _ := strings.Cut(pair, "="); key == name {
			value = text
		}
	}
	return value
}
