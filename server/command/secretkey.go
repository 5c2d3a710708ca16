package command

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"syscall"

	"ostiary/server/config"
	"ostiary/server/credential"
	"ostiary/server/refusal"
)

// masterKey is the master secret, or the knowledge that there is none yet.
type masterKey struct {
	secret credential.Master
	found  bool
}

// readMaster reads the master secret: the setting if there is one, else the
// file in the data folder. It makes nothing.
//
// A file that others can read is refused rather than mended: somebody may have
// read it already, and only its owner can know.
func readMaster(cfg config.Config) (key masterKey, err error) {
	if cfg.Secret.Key != "" {
		key.secret, err = credential.ParseMaster(cfg.Secret.Key)
		key.found = err == nil
		return key, err
	}
	path := filepath.Join(cfg.Data, secretName)
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		return key, nil
	}
	if err != nil {
		return key, refused(refusal.SecretPermissions, path+" cannot be read", err.Error()).
			instead("run this as the user that owns the data folder: ls -l " + path)
	}
	defer func() { _ = file.Close() }() // only read
	info, err := file.Stat()
	if err != nil {
		return key, fmt.Errorf("read %s: %w", path, err)
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 {
		return key, refused(refusal.SecretPermissions, path+" is open to other users of this machine",
			fmt.Sprintf("its mode is %04o; whoever can read it can sign in this server's name", mode)).
			instead("chmod 600 " + path)
	}
	text, err := io.ReadAll(io.LimitReader(file, 256))
	if err != nil {
		return key, fmt.Errorf("read %s: %w", path, err)
	}
	if key.secret, err = credential.ParseMaster(string(text)); err != nil {
		return key, refused(refusal.SecretWeak, path+" holds no secret of ours", err.Error()).
			instead("restore it from a backup; or move it away, and a new one is made: mv " + path + " " + path + ".broken")
	}
	key.found = true
	return key, nil
}

// orMake returns the secret, and makes it on the first start. The caller holds
// the folder's lock, so nobody else makes another one. It is never printed.
func (k masterKey) orMake(dir string, existing bool, log *slog.Logger) (credential.Master, error) {
	if k.found {
		return k.secret, nil
	}
	if existing {
		log.Warn("secret.key was missing, though there is a database; a new one was made, and what the old one signed is no longer good",
			"component", "storage", "data", dir)
	}
	secret := credential.NewMaster()
	return secret, writePrivate(filepath.Join(dir, secretName), secret.Text()+"\n")
}

// settingsOf lists the settings, with the fingerprint of the secret that is in
// use also where no setting names it.
func settingsOf(loaded config.Loaded, master credential.Master) []config.Setting {
	settings := loaded.Settings()
	for i := range settings {
		if settings[i].Name == "secret.key" && loaded.Config.Secret.Key == "" {
			settings[i].Value = "fingerprint " + credential.Fingerprint("secret.key", []byte(master.Text()))
			settings[i].Origin = filepath.Join(loaded.Config.Data, secretName)
		}
	}
	return settings
}
