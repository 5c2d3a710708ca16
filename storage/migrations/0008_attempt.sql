-- Failed sign-ins in a row, by a keyed digest of the account they were for:
-- people type passwords where the address belongs, and an address that nobody
-- has runs the same course. A lock must survive a restart, so it is a row.
CREATE TABLE attempt (
    digest       BLOB PRIMARY KEY NOT NULL CHECK (length(digest) = 32),
    failures     INTEGER NOT NULL,
    last_at      INTEGER NOT NULL,
    locked_until INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX attempt_last ON attempt (last_at);
