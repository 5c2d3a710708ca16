-- Sessions, live and ended: an ended row stays for a while as a tombstone that
-- tells why. A creation writes the table and four indexes: two of them grow at
-- their end (ids and ends rise with time), so two cost a random page.
CREATE TABLE session (
    id               TEXT PRIMARY KEY NOT NULL,
    digest           BLOB NOT NULL UNIQUE CHECK (length(digest) = 32),
    user_id          TEXT NOT NULL REFERENCES user (id),
    kind             TEXT NOT NULL,
    remember         INTEGER NOT NULL,
    created_at       INTEGER NOT NULL,
    authenticated_at INTEGER,
    renewed_at       INTEGER,
    rotated_at       INTEGER,
    last_seen_at     INTEGER,
    expires_at       INTEGER NOT NULL,
    ip               TEXT NOT NULL,
    user_agent       TEXT NOT NULL,
    ended_at         INTEGER,
    ended_why        TEXT,
    ended_by         TEXT
) STRICT;

CREATE INDEX session_user ON session (user_id) WHERE ended_at IS NULL;
CREATE INDEX session_live ON session (expires_at) WHERE ended_at IS NULL;
CREATE INDEX session_ended ON session (ended_at) WHERE ended_at IS NOT NULL;

-- Secrets that a rotation replaced: they open nothing, they tell what became
-- of them.
CREATE TABLE retired_secret (
    digest     BLOB PRIMARY KEY NOT NULL CHECK (length(digest) = 32),
    session_id TEXT NOT NULL,
    user_id    TEXT NOT NULL,
    at         INTEGER NOT NULL,
    why        TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX retired_secret_at ON retired_secret (at);
