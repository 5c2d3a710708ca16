package command

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

const (
	socketName = "ostiary.sock"
	// elsewhereName is the file that says where the socket is when the data
	// folder's own path is too long for one.
	elsewhereName = "socket"
	// longestSocket is what fits sun_path beside its final NUL (unix(7)).
	longestSocket = 107
)

// operatorSocket is the way in for the command line. Whoever gets through
// Accept may do everything, so three things stand before it: a folder that
// only its owner can enter, a socket that only its owner can write to, and the
// kernel's word about who connected. Each holds alone when the other two were
// opened by a careless chmod.
type operatorSocket struct {
	*net.UnixListener
	log    *slog.Logger
	path   string
	remove []string // files and then folders that go with it
	may    func(uid int) bool
}

// listenOperator binds the socket of a data folder. The caller holds the
// folder's lock, so a socket that is there already belongs to nobody.
func listenOperator(dir string, log *slog.Logger) (*operatorSocket, error) {
	s := &operatorSocket{log: log, path: filepath.Join(dir, socketName), may: operators}
	elsewhere := filepath.Join(dir, elsewhereName)
	if err := forget(s.path, elsewhere); err != nil {
		return nil, err
	}
	err := s.bind()
	if err != nil {
		// The path is too long, or the file system knows no sockets, as some
		// that containers share with their host.
		if err = s.moveOut(elsewhere); err == nil {
			err = s.bind()
		}
	}
	if err != nil {
		s.tidy()
		return nil, fmt.Errorf("open operator socket: %w", err)
	}
	if err := os.Chmod(s.path, 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("open operator socket: %w", err), s.Close())
	}
	return s, nil
}

func (s *operatorSocket) bind() (err error) {
	s.UnixListener, err = net.ListenUnix("unix", &net.UnixAddr{Name: s.path, Net: "unix"})
	return err
}

// moveOut puts the socket into a fresh folder whose path is short, and writes
// its path where the command line looks for it.
func (s *operatorSocket) moveOut(elsewhere string) error {
	folder, err := os.MkdirTemp("", "ostiary-")
	if err == nil && len(filepath.Join(folder, socketName)) > longestSocket {
		err = errors.Join(os.Remove(folder), fmt.Errorf("the path of the folder for temporary files is too long: %s", os.TempDir()))
	}
	if err != nil {
		return fmt.Errorf("make folder for the operator socket: %w", err)
	}
	s.path = filepath.Join(folder, socketName)
	s.remove = []string{elsewhere, folder}
	return writePrivate(elsewhere, s.path+"\n")
}

// operators may use the socket: the user that runs the server, and root, who
// could read everything anyway.
func operators(uid int) bool { return uid == os.Geteuid() || uid == 0 }

// Accept returns connections of operators only. Others are closed without a
// word.
func (s *operatorSocket) Accept() (net.Conn, error) {
	for {
		conn, err := s.AcceptUnix()
		if err != nil {
			return nil, err
		}
		who, err := peerOf(conn)
		if err == nil && s.may(who.uid) {
			return conn, nil
		}
		_ = conn.Close() // nothing was said
		s.log.Warn("somebody else tried the operator's socket", "component", "session", "uid", who.uid, "pid", who.pid, "error", err)
	}
}

// Close stops listening and removes what listenOperator made.
func (s *operatorSocket) Close() error {
	err := s.UnixListener.Close()
	s.tidy()
	return err
}

func (s *operatorSocket) tidy() {
	for _, path := range s.remove {
		_ = os.Remove(path) // the next start removes what is left
	}
}

// forget removes files that a server left which did not end by itself.
func forget(paths ...string) error {
	for _, path := range paths {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("remove what an earlier server left: %w", err)
		}
	}
	return nil
}

// errNoServer: nobody answers in this data folder.
var errNoServer = errors.New("no server runs on this data folder")

// dialOperator connects to the server of a data folder, and says which process
// that is. errNoServer when there is none.
func dialOperator(dir string) (*net.UnixConn, peer, error) {
	conn, err := net.DialUnix("unix", nil, &net.UnixAddr{Name: socketOf(dir), Net: "unix"})
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, syscall.EINVAL) || errors.Is(err, syscall.ENOTDIR) {
		return nil, peer{}, errNoServer
	}
	if err != nil {
		return nil, peer{}, fmt.Errorf("connect to the server: %w", err)
	}
	who, err := peerOf(conn)
	if err != nil || !trustedServer(who.uid, dir) {
		// A socket outside of the data folder may be somebody else's by now:
		// passwords must not be sent to him.
		_ = conn.Close()
		return nil, peer{}, errNoServer
	}
	return conn, who, nil
}

// socketOf is where the server of a data folder listens.
func socketOf(dir string) string {
	if text, err := os.ReadFile(filepath.Join(dir, elsewhereName)); err == nil {
		return strings.TrimSpace(string(text))
	}
	return filepath.Join(dir, socketName)
}

// trustedServer says whether a server of this user may speak for the folder:
// its owner, ourselves, or root.
func trustedServer(uid int, dir string) bool {
	info, err := os.Stat(dir)
	if err != nil {
		return false
	}
	owner, known := info.Sys().(*syscall.Stat_t)
	return operators(uid) || known && int(owner.Uid) == uid
}
