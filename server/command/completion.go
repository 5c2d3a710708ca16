package command

import (
	"fmt"
	"strings"

	"github.com/alecthomas/kong"
)

type completionCmd struct {
	Shell string `arg:"" enum:"bash,zsh,fish" placeholder:"SHELL" help:"bash, zsh or fish."`
}

// Run prints a script made from the very grammar that the program parses, so
// that it offers what exists and nothing else.
func (s *completionCmd) Run(c *console) error {
	write := map[string]func(*tree) string{"bash": bashScript, "zsh": zshScript, "fish": fishScript}[s.Shell]
	c.say("%s", write(treeOf(c.model)))
	return nil
}

// tree is the grammar as a completion needs it.
type tree struct {
	places []place
	takes  []string // flags that want a value
}

// place is where a command line can stand: after "ostiary user", for example.
type place struct {
	path  string
	words []word // what can come next
}

type word struct {
	text, help string
	flag       bool
	takes      bool // wants a value
	command    bool
}

func treeOf(app *kong.Application) *tree {
	t := &tree{}
	t.add(app.Node, "ostiary", nil)
	return t
}

func (t *tree) add(node *kong.Node, path string, inherited []word) {
	for _, flag := range node.Flags {
		w := word{text: "--" + flag.Name, help: flag.Help, flag: true, takes: !flag.IsBool()}
		if flag.Hidden {
			continue
		}
		if w.takes {
			t.takes = append(t.takes, w.text)
		}
		inherited = append(inherited[:len(inherited):len(inherited)], w)
	}
	p := place{path: path}
	for _, child := range node.Children {
		if !child.Hidden {
			p.words = append(p.words, word{text: child.Name, help: child.Help, command: true})
		}
	}
	for _, positional := range node.Positional {
		if positional.Enum != "" {
			for _, value := range positional.EnumSlice() {
				p.words = append(p.words, word{text: value})
			}
		}
	}
	p.words = append(p.words, inherited...)
	t.places = append(t.places, p)
	for _, child := range node.Children {
		if !child.Hidden {
			t.add(child, path+" "+child.Name, inherited)
		}
	}
}

// steps are the places that a word leads to, for the shell's own matching.
func (t *tree) steps() (paths []string) {
	for _, p := range t.places[1:] {
		paths = append(paths, `"`+p.path+`"`)
	}
	return paths
}

func (p place) texts() string {
	texts := make([]string, len(p.words))
	for i, w := range p.words {
		texts[i] = w.text
	}
	return strings.Join(texts, " ")
}

func bashScript(t *tree) string {
	var b strings.Builder
	fmt.Fprintf(&b, `# bash completion for ostiary. For this shell: source <(ostiary completion bash)
_ostiary() {
    local cur="${COMP_WORDS[COMP_CWORD]}" path="ostiary" words="" word i
    COMPREPLY=()
    case "${COMP_WORDS[COMP_CWORD-1]}" in
        %s) return ;;
    esac
    for ((i = 1; i < COMP_CWORD; i++)); do
        word="${COMP_WORDS[i]}"
        case "$path $word" in
            %s) path="$path $word" ;;
        esac
    done
    case "$path" in
`, strings.Join(t.takes, "|"), strings.Join(t.steps(), "|"))
	for _, p := range t.places {
		fmt.Fprintf(&b, "        %q) words=%q ;;\n", p.path, p.texts())
	}
	b.WriteString(`    esac
    COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -o default -F _ostiary ostiary
`)
	return b.String()
}

func zshScript(t *tree) string {
	var b strings.Builder
	fmt.Fprintf(&b, `#compdef ostiary
# zsh completion for ostiary. For this shell: source <(ostiary completion zsh)
_ostiary() {
    local place="ostiary" word
    local -a choices
    case "${words[CURRENT-1]}" in
        %s) _files; return ;;
    esac
    for word in "${(@)words[2,CURRENT-1]}"; do
        case "$place $word" in
            %s) place="$place $word" ;;
        esac
    done
    case "$place" in
`, strings.Join(t.takes, "|"), strings.Join(t.steps(), "|"))
	for _, p := range t.places {
		fmt.Fprintf(&b, "        %q) choices=(", p.path)
		for _, w := range p.words {
			b.WriteString(" " + quoted(strings.ReplaceAll(w.text, ":", `\:`)+":"+w.help))
		}
		b.WriteString(" ) ;;\n")
	}
	b.WriteString(`    esac
    _describe ostiary choices
}
if [ "$funcstack[1]" = "_ostiary" ]; then _ostiary "$@"; else compdef _ostiary ostiary; fi
`)
	return b.String()
}

func fishScript(t *tree) string {
	var b strings.Builder
	fmt.Fprintf(&b, `# fish completion for ostiary. For this shell: ostiary completion fish | source
function __ostiary_place
    set -l place ostiary
    for word in (commandline -opc)[2..-1]
        switch "$place $word"
            case %s
                set place "$place $word"
        end
    end
    echo $place
end
complete -c ostiary -f
`, strings.Join(t.steps(), " "))
	for _, p := range t.places {
		for _, w := range p.words {
			fmt.Fprintf(&b, "complete -c ostiary -n 'test (__ostiary_place) = %q' %s -d %s\n", p.path, w.fish(), quoted(w.help))
		}
	}
	return b.String()
}

func (w word) fish() string {
	switch {
	case w.takes:
		return "-r -F -l " + strings.TrimPrefix(w.text, "--")
	case w.flag:
		return "-l " + strings.TrimPrefix(w.text, "--")
	}
	return "-a " + w.text
}

// quoted is a word in single quotes, which all three shells read alike but for
// the quote itself: that one is left out of our texts.
func quoted(text string) string { return "'" + strings.ReplaceAll(text, "'", "’") + "'" }
