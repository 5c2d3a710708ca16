package command

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"ostiary/server/config"
)

type configCmd struct {
	Init     configInitCmd     `cmd:"" help:"Write a commented config.toml with every setting and its default. Never overwrites."`
	Validate configValidateCmd `cmd:"" help:"Check the configuration and print every problem at once."`
	Show     configShowCmd     `cmd:"" help:"Show every setting with its value and where that comes from."`
}

type configInitCmd struct{}

// Run writes the example, to the path of --config or to ./config.toml.
func (*configInitCmd) Run(c *console) error {
	path := "config.toml"
	if c.asked.Config != nil {
		path = *c.asked.Config
	}
	// 0600: people put secrets into it later.
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return &failure{message: path + " exists; nothing was written",
			fixes: []string{"ostiary config init --config OTHER_FILE", "or see what counts now: ostiary config show"}}
	}
	if err != nil {
		return &failure{message: "cannot write " + path, cause: err.Error()}
	}
	_, err = file.WriteString(config.Example())
	if err = errors.Join(err, file.Close()); err != nil {
		return &failure{message: "cannot write " + path, cause: err.Error()}
	}
	c.say("wrote %s\n", printable(path))
	c.remark("every setting is in it with its default; check it with: ostiary config validate")
	return nil
}

type configValidateCmd struct {
	JSON bool `name:"json" help:"Print JSON."`
}

// Run prints all problems. Warnings and notes are no failure.
func (v *configValidateCmd) Run(c *console) error {
	loaded, problems := c.load(nil)
	if v.JSON {
		if problems == nil {
			problems = config.Problems{}
		}
		if err := c.json(map[string]any{"file": loaded.Path, "problems": problems}); err != nil {
			return err
		}
	} else {
		problems.Render(c.err)
	}
	if problems.Errors() > 0 {
		return ended(exitFailed)
	}
	if !v.JSON {
		c.say("%s: %d settings checked, no errors\n", printable(sourceName(loaded)), len(loaded.Settings()))
	}
	return nil
}

func sourceName(loaded config.Loaded) string {
	if loaded.Path == "" {
		return "no configuration file, defaults"
	}
	return loaded.Path
}

type configShowCmd struct {
	JSON bool `name:"json" help:"Print JSON."`
}

// Run shows the settings even when some are wrong: that is when people look.
func (s *configShowCmd) Run(c *console) error {
	loaded, problems := c.load(nil)
	settings := loaded.Settings()
	if key, err := readMaster(loaded.Config); err == nil && key.found && loaded.Config.Secret.Key == "" {
		settings = settingsOf(loaded, key.secret)
	}
	if s.JSON {
		if err := c.json(map[string]any{"file": loaded.Path, "items": settings}); err != nil {
			return err
		}
	} else {
		printSettings(c, settings)
	}
	if problems.Errors() > 0 {
		return c.rejected(problems)
	}
	return nil
}

func printSettings(c *console, settings []config.Setting) {
	rows := make([][]string, len(settings))
	for i, setting := range settings {
		value := setting.Value
		if value == "" {
			value = `""`
		}
		rows[i] = []string{setting.Name, value, shorten(setting.Origin)}
	}
	c.table([]string{"SETTING", "VALUE", "FROM"}, rows, "")
}

// shorten takes the folder away that somebody stands in.
func shorten(origin string) string {
	here, err := os.Getwd()
	if err != nil || !filepath.IsAbs(origin) {
		return origin
	}
	if relative, err := filepath.Rel(here, origin); err == nil && filepath.IsLocal(relative) {
		return fmt.Sprintf(".%c%s", filepath.Separator, relative)
	}
	return origin
}
