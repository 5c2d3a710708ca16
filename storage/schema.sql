CREATE TABLE state (
    name  TEXT PRIMARY KEY NOT NULL,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE user (
    id                   TEXT PRIMARY KEY NOT NULL,
    email                TEXT NOT NULL,
    email_verified       INTEGER NOT NULL,
    name                 TEXT NOT NULL,
    password_hash        TEXT,
    must_change_password INTEGER NOT NULL,
    admin                INTEGER NOT NULL,
    disabled_at          INTEGER,
    deleted_at           INTEGER,
    created_at           INTEGER NOT NULL,
    updated_at           INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX user_email ON user (email) WHERE deleted_at IS NULL;

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

CREATE TABLE retired_secret (
    digest     BLOB PRIMARY KEY NOT NULL CHECK (length(digest) = 32),
    session_id TEXT NOT NULL,
    user_id    TEXT NOT NULL,
    at         INTEGER NOT NULL,
    why        TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX retired_secret_at ON retired_secret (at);

CREATE TABLE device (
    digest     BLOB NOT NULL CHECK (length(digest) = 32),
    user_id    TEXT NOT NULL REFERENCES user (id),
    created_at INTEGER NOT NULL,
    seen_at    INTEGER NOT NULL,
    PRIMARY KEY (digest, user_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX device_user ON device (user_id);

CREATE INDEX device_seen ON device (seen_at);

CREATE TABLE audit (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    at            INTEGER NOT NULL,
    event         TEXT NOT NULL,
    actor_kind    TEXT NOT NULL,
    actor_id      TEXT NOT NULL,
    actor_session TEXT NOT NULL,
    user_id       TEXT NOT NULL,
    object        TEXT NOT NULL,
    ip            TEXT NOT NULL,
    user_agent    TEXT NOT NULL,
    request_id    TEXT NOT NULL,
    detail        TEXT NOT NULL
) STRICT;

CREATE INDEX audit_user ON audit (user_id) WHERE user_id <> '';

CREATE INDEX audit_actor ON audit (actor_id) WHERE actor_id <> user_id;

CREATE TABLE refused (
    request_id  TEXT PRIMARY KEY NOT NULL,
    at          INTEGER NOT NULL,
    code        TEXT NOT NULL,
    status      INTEGER NOT NULL,
    method      TEXT NOT NULL,
    route       TEXT NOT NULL,
    caller_kind TEXT NOT NULL,
    caller_id   TEXT NOT NULL,
    session_id  TEXT NOT NULL,
    ip          TEXT NOT NULL,
    user_agent  TEXT NOT NULL,
    origin      TEXT NOT NULL,
    cause       TEXT NOT NULL,
    gates       TEXT NOT NULL
) STRICT;

CREATE INDEX refused_at ON refused (at);

CREATE TABLE setup_link (
    digest     BLOB PRIMARY KEY NOT NULL CHECK (length(digest) = 32),
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at    INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE attempt (
    digest       BLOB PRIMARY KEY NOT NULL CHECK (length(digest) = 32),
    failures     INTEGER NOT NULL,
    last_at      INTEGER NOT NULL,
    locked_until INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX attempt_last ON attempt (last_at);
