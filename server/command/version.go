package command

import (
	"runtime"
	"runtime/debug"
	"strings"
)

// version is set by the linker and by nothing else:
// -ldflags "-X ostiary/server/command.version=0.1.0".
var version string

type versionCmd struct {
	JSON bool `name:"json" help:"Print JSON."`
}

func (v *versionCmd) Run(c *console) error {
	said := struct {
		Version  string `json:"version"`
		Revision string `json:"revision,omitempty"`
		Platform string `json:"platform"`
		Go       string `json:"go"`
	}{programVersion(), revision(), runtime.GOOS + "/" + runtime.GOARCH, runtime.Version()}
	if v.JSON {
		return c.json(said)
	}
	line := "ostiary " + said.Version + " (" + said.Platform + ") " + said.Go
	if said.Revision != "" {
		line += " " + said.Revision
	}
	c.say("%s\n", line)
	return nil
}

// programVersion is the release's number; of a build without one, what the
// module system knows, and "devel" for a build from a working copy.
func programVersion() string {
	if version != "" {
		return strings.TrimPrefix(version, "v")
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return strings.TrimPrefix(info.Main.Version, "v")
	}
	return "devel"
}

// revision is the commit that the binary was built from, with a plus for
// changes on top of it.
func revision() (commit string) {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	changed := ""
	for _, setting := range info.Settings {
		switch {
		case setting.Key == "vcs.revision":
			commit = setting.Value[:min(len(setting.Value), 12)]
		case setting.Key == "vcs.modified" && setting.Value == "true":
			changed = "+"
		}
	}
	if commit == "" {
		return ""
	}
	return commit + changed
}
