package command

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"ostiary/server"
	"ostiary/server/credential"
)

// What a restore did about the master key.
const (
	keyInstalled = "installed" // FILE.key is secret.key now
	keySame      = "same"      // they were the same before
	keyKept      = "kept"      // no key came with the backup, and the one that was there stays
	keyMissing   = "missing"   // there is none: the next start makes one
	keySettings  = "settings"  // the setting secret.key counts, and no file
)

// placeKey puts the key of the backup into the data folder, unless the key is
// not kept there. Another key is never overwritten, and set aside only where
// the database is, too.
func (r *restoring) placeKey() error {
	brought, err := readKeyFile(r.file + server.KeySuffix)
	if err != nil {
		return err
	}
	if info, err := os.Stat(r.file + server.KeySuffix); err == nil && info.Mode().Perm()&0o077 != 0 {
		r.note(r.file + server.KeySuffix + " is open to other users of this machine; whoever can read it can sign in this server's name: chmod 600")
	}
	if r.cfg.Secret.Key != "" {
		return r.keepSetting(brought)
	}
	path := r.path(secretName)
	have, err := readKeyFile(path)
	switch {
	case err != nil && !r.force:
		return err
	case brought == nil:
		r.keepKey(path)
		return nil
	case !exists(path):
		r.undo = func() error {
			_ = os.Remove(path) // it may not be there yet
			return nil
		}
	case err == nil && credential.Equal(have[:], brought[:]):
		r.done.Key = keySame
		return nil
	case !r.force:
		return &failure{message: path + " is another key than the one of the backup; nothing was changed",
			cause: "it belongs to another database; what was signed or is locked under one key does not hold under the other",
			fixes: []string{"set it aside as well: ostiary restore " + r.file + " --force", "or restore into a folder of its own: ostiary restore " + r.file + " --data OTHER_DIR"}}
	default:
		r.done.KeyAside = path + r.aside
		if err := os.Rename(path, r.done.KeyAside); err != nil {
			return fmt.Errorf("set key aside: %w", err)
		}
		r.undo = func() error { return os.Rename(r.done.KeyAside, path) }
	}
	r.done.Key = keyInstalled
	return server.WriteKey(path, brought.Text()+"\n")
}

func (r *restoring) keepSetting(brought *credential.Master) error {
	r.done.Key = keySettings
	set, err := credential.ParseMaster(r.cfg.Secret.Key)
	if err == nil && brought != nil && !credential.Equal(set[:], brought[:]) {
		r.note("the key beside the backup is another one than the setting secret.key, which counts: forms that are open and locks on accounts of the backup do not hold")
	}
	return err
}

func (r *restoring) keepKey(path string) {
	if exists(path) {
		r.done.Key = keyKept
		r.note("no key came with the backup; if " + path + " is not the one it was made under, forms that are open and locks on accounts do not hold")
		return
	}
	r.done.Key = keyMissing
	r.note("no key came with the backup and there is none in " + r.dir + ": the next start makes one, and forms that are open and locks on accounts do not hold")
}

// readKeyFile reads a file with a master key; nil when there is none.
func readKeyFile(path string) (*credential.Master, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read key: %w", err)
	}
	key, err := credential.ParseMaster(string(text))
	if err != nil {
		return nil, &failure{message: path + " holds no key of ours", cause: err.Error(), fixes: []string{"move it away, if it has nothing to do with this"}}
	}
	return &key, nil
}
