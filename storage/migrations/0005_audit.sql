-- What happened and who did it. Ids are never used twice. Most people act on
-- themselves, so the actor's index holds only the others.
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
