-- The links that make the first administrator.
CREATE TABLE setup_link (
    digest     BLOB PRIMARY KEY NOT NULL CHECK (length(digest) = 32),
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at    INTEGER
) STRICT, WITHOUT ROWID;
