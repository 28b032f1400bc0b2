-- What chat adapters must not lose: the events that they received, the messages
-- that they posted, how far they have read, and the questions handed on to
-- experts. Times are microseconds since 1970 in UTC; where something has not
-- happened yet they are NULL.

-- +goose Up
CREATE TABLE receipt (
    id           INTEGER PRIMARY KEY, -- in the order of receipt
    adapter      TEXT    NOT NULL,
    key          TEXT    NOT NULL,
    conversation TEXT    NOT NULL, -- this and all below but finished are empty once it is
    received     INTEGER NOT NULL,
    body         BLOB    NOT NULL,
    channel      TEXT    NOT NULL,
    sequence     TEXT    NOT NULL,
    finished     INTEGER,
    UNIQUE (adapter, key)
) STRICT;

CREATE INDEX receipt_open ON receipt (adapter, id) WHERE finished IS NULL;
-- The purge walks this index.
CREATE INDEX receipt_finished ON receipt (finished) WHERE finished IS NOT NULL;

-- How far each channel was read. Ranks sort as the numbers that the sequences
-- are; see inbox.go.
CREATE TABLE cursor (
    adapter  TEXT NOT NULL,
    channel  TEXT NOT NULL,
    sequence TEXT NOT NULL,
    rank     TEXT NOT NULL,
    PRIMARY KEY (adapter, channel)
) STRICT, WITHOUT ROWID;

CREATE TABLE post (
    id           INTEGER PRIMARY KEY, -- in the order in which they were posted
    adapter      TEXT    NOT NULL,
    channel      TEXT    NOT NULL,
    message      TEXT    NOT NULL,
    conversation TEXT    NOT NULL,
    question     TEXT    NOT NULL,
    asker        TEXT    NOT NULL,
    handover     TEXT    NOT NULL,
    body         BLOB    NOT NULL,
    time         INTEGER NOT NULL,
    UNIQUE (adapter, channel, message)
) STRICT;

CREATE INDEX post_question ON post (adapter, conversation, question);
CREATE INDEX post_time ON post (time);

CREATE TABLE handover (
    id           TEXT    NOT NULL PRIMARY KEY,
    base         TEXT    NOT NULL,
    conversation TEXT    NOT NULL,
    message      TEXT    NOT NULL,
    question     TEXT    NOT NULL,
    asker        TEXT    NOT NULL,
    channel      TEXT    NOT NULL,
    experts      TEXT    NOT NULL,
    locale       TEXT    NOT NULL,
    link         TEXT    NOT NULL,
    asked        INTEGER NOT NULL,
    answered     INTEGER,
    expert       TEXT    NOT NULL -- who answered
) STRICT, WITHOUT ROWID;

CREATE INDEX handover_open ON handover (asker, asked) WHERE answered IS NULL;
CREATE INDEX handover_asked ON handover (asked);
