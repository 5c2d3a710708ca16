-- Browsers that a user has signed in from before.
CREATE TABLE device (
    digest     BLOB NOT NULL CHECK (length(digest) = 32),
    user_id    TEXT NOT NULL REFERENCES user (id),
    created_at INTEGER NOT NULL,
    seen_at    INTEGER NOT NULL,
    PRIMARY KEY (digest, user_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX device_user ON device (user_id);
CREATE INDEX device_seen ON device (seen_at);
