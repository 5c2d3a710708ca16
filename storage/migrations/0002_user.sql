-- Accounts. The address is unique among those that are not deleted, so that
-- it can be taken again after a soft delete. Users are never removed.
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
