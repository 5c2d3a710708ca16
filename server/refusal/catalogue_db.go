package refusal

// databaseEntries are about the data folder. At run time each of them is a 503: the
// credential that came along is neither judged nor cleared, so that a full disk
// never looks like "you were signed out".
func databaseEntries() []Entry {
	waitForIt := user("Wait a moment and try again. Nobody was signed out by this.")
	return []Entry{
		{
			Code: DBLocked, Status: 503, Title: "The database is held by another program",
			Cause: "Something other than this server has the database file open and keeps it locked, so it could not be read or written in time.",
			Fixes: []Fix{waitForIt, admin("Find what holds the file and end it. Never open the live database with other tools; copy it first.", "fuser -v DATA/ostiary.db")},
			Retry: "wait", Audience: "admin", SeenBy: "C S D",
			Likely: []string{"a database browser or sqlite3 shell in a transaction", "a backup program that locks files", "very slow storage"},
			See:    []Code{DBInUse, DBUnavailable},
			Words:  []string{"database is locked", "sqlite_busy", "database table is locked"},
		},
		{
			Code: DBReadonly, Status: 503, Title: "The database cannot be written",
			Cause: "The database file, its folder or the whole disk is read-only for this user.",
			Fixes: []Fix{waitForIt, admin("Give the data folder to the user that runs this server, and see that the disk is mounted writable.", "ls -la DATA; findmnt -T DATA")},
			Retry: "wait", Audience: "admin", SeenBy: "C S D",
			Likely: []string{"the folder belongs to another user, as after a restore as root", "the disk was remounted read-only after an error", "a read-only volume in a container"},
			See:    []Code{DBDiskFull, DBUnavailable},
			Words:  []string{"attempt to write a readonly database", "read-only file system", "sqlite_readonly"},
		},
		{
			Code: DBDiskFull, Status: 503, Title: "The disk is full",
			Cause: "There is no room left for the data folder. What could not be stored was not done: nothing is half finished.",
			Fixes: []Fix{waitForIt, admin("Make room; the server goes on by itself.", "df -h DATA")},
			Retry: "wait", Audience: "admin", SeenBy: "C S D",
			Likely: []string{"logs or backups filled the disk", "a quota of the user or the container"},
			See:    []Code{DBReadonly},
			Words:  []string{"no space left on device", "database or disk is full", "enospc", "sqlite_full"},
		},
		{
			Code: DBCorrupt, Status: 503, Title: "The database is damaged",
			Cause: "The file does not hold together. The server stops trusting it rather than guess who may come in.",
			Fixes: []Fix{waitForIt, admin("Stop the server, keep a copy of the whole data folder, and put the last backup in its place.", "cp -a DATA DATA.damaged")},
			Retry: "wait", Audience: "admin", SeenBy: "C S D",
			Likely: []string{"the file was copied while it was in use", "ostiary.db was replaced without its -wal file", "a failing disk"},
			See:    []Code{DBUnavailable},
			Words:  []string{"database disk image is malformed", "file is not a database", "sqlite_corrupt"},
		},
		{
			Code: DBNetworkFS, Status: 503, Title: "The data folder is on a network file system",
			Cause: "Locks and shared memory are not dependable over NFS, SMB and their like: two machines could damage the database together.",
			Fixes: []Fix{waitForIt, admin("Put the data folder on a local disk.", "ostiary --data /var/lib/ostiary")},
			Retry: "wait", Audience: "admin", SeenBy: "C S D",
			Likely: []string{"a home folder on a file server", "a shared volume of a cluster"},
			See:    []Code{DBLocked, DBCorrupt},
			Words:  []string{"nfs", "network file system", "database on nfs"},
		},
		{
			Code: DBNewerSchema, Status: 503, Title: "The database is from a newer version",
			Cause: "A newer ostiary has already changed this database. An older one would not understand it and could spoil it.",
			Fixes: []Fix{waitForIt, admin("Run the newer version again, or restore the backup from before the update.", "ostiary version")},
			Retry: "wait", Audience: "admin", SeenBy: "C S D",
			Likely: []string{"an update was rolled back", "two versions are installed and the older one was started"},
			See:    []Code{DBCorrupt},
			Words:  []string{"schema version", "migration is newer", "database downgrade"},
		},
		{
			Code: DBInUse, Status: 503, Title: "Another ostiary uses this data folder",
			Cause: "Exactly one server may use a data folder. The message names the process that has it.",
			Fixes: []Fix{
				waitForIt,
				admin("Look at the one that runs.", "ostiary status"),
				admin("Or give this one a folder of its own.", "ostiary --data ./other-data"),
			},
			Retry: "wait", Audience: "admin", SeenBy: "C S D",
			Likely: []string{"a service is running already", "the old process has not ended yet during a restart"},
			See:    []Code{DBLocked, ListenPortInUse},
			Words:  []string{"already uses this folder", "another instance is running", "resource temporarily unavailable"},
		},
		{
			Code: DBUnavailable, Status: 503, Title: "The data could not be reached",
			Cause: "Reading or writing the database failed. Nobody was signed out by it, and what could not be stored was not done.",
			Fixes: []Fix{waitForIt, admin("The log tells what the system said; look at the disk below the data folder.", "ostiary explain REQUEST_ID")},
			Retry: "wait", Audience: "admin", SeenBy: "S",
			Likely: []string{"an input/output error of the disk", "a volume that went away", "so much to do that the deadline passed"},
			See:    []Code{DBLocked, DBReadonly, DBDiskFull},
			Words:  []string{"disk i/o error", "database unavailable", "database connection failed"},
		},
	}
}
