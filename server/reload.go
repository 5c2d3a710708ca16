package server

import (
	"errors"
	"slices"
	"strings"
	"time"

	"ostiary/server/audit"
	"ostiary/server/config"
	"ostiary/server/refusal"
	"ostiary/storage"
)

// live is the part of the settings that may change while the server runs. A
// request takes it once, at its beginning, so that no request is judged by two.
type live struct {
	origins  origins
	limits   *limits
	limited  bool
	settings []config.Setting // as they are in force, for admins
}

func newLive(cfg config.Config, settings []config.Setting) *live {
	return &live{origins: newOrigins(cfg), limits: newLimits(cfg.Limits), limited: cfg.Limits.Enabled, settings: settings}
}

// reloadable says whether a changed setting is in force without a restart.
func reloadable(name string) bool {
	return name == "origins" || name == "log.level" || strings.HasPrefix(name, "limits.")
}

// Reloaded tells what a reload did.
type Reloaded struct {
	Changed []string `json:"changed"` // in force from now on
	Restart []string `json:"restart"` // changed in the file, and in force after a restart
}

// Reload reads the settings anew and puts those in force that need no restart.
// Settings with any error in them change nothing: the refusal names each.
func (s *Server) Reload() (Reloaded, error) {
	if s.reread == nil {
		return Reloaded{}, errors.New("reload: this server has no settings to read")
	}
	cfg, settings, problems := s.reread()
	if problems.Errors() > 0 {
		return Reloaded{}, badSettings(problems)
	}
	s.reloading.Lock()
	defer s.reloading.Unlock()
	before := s.live.Load().settings
	out := differences(before, settings)
	s.live.Store(newLive(cfg, inForce(before, settings)))
	s.locks.Set(lockAfter(cfg), time.Duration(cfg.Limits.LockFor))
	if s.level != nil {
		_ = s.level.UnmarshalText([]byte(cfg.Log.Level)) // one of four words, which config has checked
	}
	s.log.Info("settings were read anew", "changed", out.Changed, "need_restart", out.Restart)
	return out, nil
}

// differences sorts the settings whose values differ.
func differences(before, after []config.Setting) Reloaded {
	out := Reloaded{Changed: []string{}, Restart: []string{}}
	for _, setting := range after {
		i := slices.IndexFunc(before, func(b config.Setting) bool { return b.Name == setting.Name })
		switch {
		case i >= 0 && before[i].Value == setting.Value:
		case reloadable(setting.Name):
			out.Changed = append(out.Changed, setting.Name)
		default:
			out.Restart = append(out.Restart, setting.Name)
		}
	}
	return out
}

// inForce is what admins are shown after a reload: what needs a restart still
// has the value that the server runs with.
func inForce(before, after []config.Setting) []config.Setting {
	now := slices.Clone(before)
	for i, setting := range now {
		if !reloadable(setting.Name) {
			continue
		}
		if j := slices.IndexFunc(after, func(a config.Setting) bool { return a.Name == setting.Name }); j >= 0 {
			now[i] = after[j]
		}
	}
	return now
}

// badSettings names every problem by its setting.
func badSettings(problems config.Problems) error {
	r := refusal.New(refusal.RequestInvalid).Say("The new settings cannot be used; nothing was changed.")
	for _, p := range problems {
		if p.Severity == config.Error {
			r.At("/"+strings.ReplaceAll(p.Setting, ".", "/"), refusal.Code(p.Code), p.Message)
		}
	}
	return r
}

// adminReload is `ostiary reload`.
func (s *Server) adminReload(r *request) error {
	if err := r.decode(&struct{}{}); err != nil {
		return err
	}
	out, err := s.Reload()
	if err != nil {
		return err
	}
	ctx, cancel := r.bounded()
	defer cancel()
	err = s.db.Update(ctx, func(tx *storage.Tx) error {
		return s.audit.Record(tx, r.caller(), audit.SettingsReloaded, "", "", audit.Details{"changed": out.Changed, "restart": out.Restart})
	})
	if err != nil {
		return err
	}
	return r.json(200, out)
}

// lockAfter is after how many failures accounts are locked; where limits are
// off they never are.
func lockAfter(cfg config.Config) int {
	if !cfg.Limits.Enabled {
		return 0
	}
	return cfg.Limits.LockAfter
}
