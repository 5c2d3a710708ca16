package refusal

// catalogue gathers the entries of all areas. It is the one list: `ostiary explain`,
// the pages under /e and every refusal read from here.
func catalogue() [][]Entry {
	return [][]Entry{
		configEntries(), addressEntries(), warningEntries(), databaseEntries(),
		credentialEntries(), sessionEntries(), siteEntries(),
		formEntries(), originEntries(),
		loginEntries(), limitEntries(), passwordEntries(), linkEntries(),
		rightsEntries(), peopleEntries(),
		requestEntries(), fieldEntries(), serverEntries(),
	}
}

// Who a fix is for. A command is optional, and there is one at most.
func user(text string, cmd ...string) Fix      { return fix("user", text, cmd) }
func developer(text string, cmd ...string) Fix { return fix("developer", text, cmd) }
func admin(text string, cmd ...string) Fix     { return fix("admin", text, cmd) }

func fix(who, text string, cmd []string) Fix {
	f := Fix{Who: who, Text: text}
	if len(cmd) > 0 {
		f.Cmd = cmd[0]
	}
	return f
}
