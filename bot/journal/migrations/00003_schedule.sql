-- What is to be carried out later. Times are microseconds since 1970 in UTC, 0
-- where there is none; late is in microseconds; slots and context are JSON. A
-- job that was begun has a holder, whose lease is over when it died. Ids are
-- never given twice, as a job's id is part of the key of what it starts.

-- +goose Up
CREATE TABLE job (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    key          TEXT    UNIQUE,
    base         TEXT    NOT NULL,
    conversation TEXT    NOT NULL,
    entry        TEXT    NOT NULL,
    part         TEXT    NOT NULL,
    name         TEXT    NOT NULL,
    slots        TEXT    NOT NULL,
    sender       TEXT    NOT NULL,
    person       TEXT    NOT NULL,
    channel      TEXT    NOT NULL,
    adapter      TEXT    NOT NULL,
    context      TEXT    NOT NULL,
    spoken       INTEGER NOT NULL,
    said         TEXT    NOT NULL,
    probability  REAL    NOT NULL,
    created      INTEGER NOT NULL,
    due          INTEGER NOT NULL,
    repeat       TEXT    NOT NULL,
    until        INTEGER NOT NULL,
    remaining    INTEGER NOT NULL,
    late         INTEGER NOT NULL,
    begun        INTEGER NOT NULL DEFAULT 0,
    holder       TEXT    NOT NULL DEFAULT '',
    lease        INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE INDEX job_due ON job (begun, due);
CREATE INDEX job_sender ON job (base, sender);
