// Package command is the command line: `ostiary serve` and everything that a
// person at the machine can ask of a server.
//
// It owns what belongs to a process rather than to a request: flags, exit
// codes, the data folder with its master key, the operator's socket, signals,
// and what is printed. It must not know how anything is done: whatever reads
// or changes data is a request to /api/v1/admin, over the socket of the server
// that runs or, without one, over memory to a Server that the command makes
// itself under the same lock. So each operation exists once, with one set of
// rules and one audit row, and nothing that a server caches can be old.
package command

import (
	"errors"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// The exit codes. They are a promise: scripts and service managers read them.
const (
	exitDone   = 0
	exitFailed = 1 // a refused start, too
	exitUsage  = 2
	exitUnable = 3 // the check itself could not be made: nothing is known
)

// grammar is every command and flag. Help, parsing, suggestions and shell
// completion are made from it.
type grammar struct {
	Config *string `placeholder:"FILE" help:"Read this configuration file instead of looking for one."`
	Data   *string `placeholder:"DIR" help:"Use this data folder."`

	Serve       serveCmd       `cmd:"" default:"withargs" help:"Run the server. This is what happens without a command, too."`
	Status      statusCmd      `cmd:"" help:"Tell whether a server runs on the data folder, and how it does."`
	SetupLink   setupLinkCmd   `cmd:"" help:"Make a new link for creating the first administrator."`
	User        userCmd        `cmd:"" help:"Create, find and change accounts."`
	Session     sessionCmd     `cmd:"" help:"See who is signed in, and end sessions."`
	Audit       auditCmd       `cmd:"" help:"Show what happened: who did what to whom, and from where."`
	Backup      backupCmd      `cmd:"" help:"Copy the database and its key into new files, while the server runs or without one."`
	Restore     restoreCmd     `cmd:"" help:"Put a backup into the data folder. Nobody stays signed in."`
	Reload      reloadCmd      `cmd:"" help:"Let the running server read its settings anew."`
	Explain     explainCmd     `cmd:"" help:"Explain a code, a status, a refusal by its request id, or an error message."`
	Settings    configCmd      `cmd:"" name:"config" help:"Write, check and show the configuration."`
	Healthcheck healthcheckCmd `cmd:"" help:"Ask the server whether it is ready: for containers and monitors."`
	Version     versionCmd     `cmd:"" help:"Print the version."`
	Completion  completionCmd  `cmd:"" help:"Print a completion script for a shell."`
}

// console is one run of the program: what it reads, where it writes, and what
// was asked of it.
type console struct {
	in       io.Reader
	out      *careful
	err      io.Writer
	environ  []string
	inTTY    bool
	outTTY   bool
	errTTY   bool
	asked    grammar
	model    *kong.Application
	selected string // the command as it was typed, for hints
}

// Run does what the arguments say and returns the exit code.
func Run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	c := &console{in: stdin, out: &careful{to: stdout}, err: stderr, environ: os.Environ(),
		inTTY: isTerminal(stdin), outTTY: isTerminal(stdout), errTTY: isTerminal(stderr)}
	err := c.run(args)
	if err == nil && c.out.failed != nil {
		err = &failure{message: "the output could not be written", cause: c.out.failed.Error()}
	}
	return c.tell(err)
}

func (c *console) run(args []string) error {
	ctx, err := c.parse(args)
	if ctx == nil || err != nil {
		return err
	}
	return ctx.Run(c)
}

// tell prints what went wrong, if anything did, and finds the exit code.
func (c *console) tell(err error) int {
	var f *failure
	var e ended
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &e):
		return int(e)
	case !errors.As(err, &f):
		f = &failure{message: err.Error()}
	}
	f.render(c.err)
	return max(f.exit, exitFailed)
}

// parse finds the command. It returns nil, nil when only help was asked for.
func (c *console) parse(args []string) (*kong.Context, error) {
	helped := false
	parser, err := kong.New(&c.asked, kong.Name("ostiary"), kong.Writers(c.out, c.err),
		kong.Description("Ostiary signs people up, in and out, and says why when it refuses."),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, FlagsLast: true}),
		// Kong would end the process after printing help.
		kong.Exit(func(int) { helped = true }))
	if err != nil {
		return nil, err
	}
	c.model = parser.Model
	ctx, err := parser.Parse(args)
	switch {
	case helped:
		return nil, nil
	case err != nil:
		return nil, c.misused(parser, args, err)
	}
	c.selected = ctx.Command()
	return ctx, c.checkGlobals()
}

// checkGlobals refuses flags that were given and say nothing, as an unset
// variable in a script makes them: falling back to the default would run the
// command on another folder than was meant.
func (c *console) checkGlobals() error {
	for name, value := range map[string]*string{"--config": c.asked.Config, "--data": c.asked.Data} {
		if value != nil && strings.TrimSpace(*value) == "" {
			return &failure{exit: exitUsage, message: name + " names nothing", fixes: []string{"give it a path, or leave it away"}}
		}
	}
	return nil
}

// misused tells what is wrong with the arguments.
func (c *console) misused(parser *kong.Kong, args []string, err error) error {
	path := "ostiary"
	var wrong *kong.ParseError
	if errors.As(err, &wrong) && wrong.Context != nil {
		if node := wrong.Context.Selected(); node != nil && slices.Contains(args, node.Name) {
			path = node.FullPath()
		} else if node != nil {
			err = withoutDefault(parser, args, err)
		}
	}
	message, hint, _ := strings.Cut(err.Error(), ", did you mean ")
	f := &failure{exit: exitUsage, message: message}
	if hint != "" {
		f.fixes = append(f.fixes, "did you mean "+hint)
	}
	f.fixes = append(f.fixes, path+" --help")
	return f
}

// withoutDefault reads the arguments once more without a default command: a
// misspelt command was otherwise handed to serve, which only says that it
// takes no arguments.
func withoutDefault(parser *kong.Kong, args []string, first error) error {
	if !strings.HasPrefix(first.Error(), "unexpected argument") {
		return first
	}
	parser.Model.DefaultCmd = nil
	if _, err := parser.Parse(args); err != nil {
		return errors.New(strings.Replace(err.Error(), "unexpected argument", "unknown command", 1))
	}
	return first
}

// careful remembers that a write failed: output lost to a full disk must not
// end as success.
type careful struct {
	to     io.Writer
	failed error
}

func (w *careful) Write(p []byte) (int, error) {
	n, err := w.to.Write(p)
	if err != nil && w.failed == nil {
		w.failed = err
	}
	return n, err
}
