-- The private explanation of a refusal, under the id of its request.
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
