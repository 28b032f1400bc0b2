-- Times are microseconds since 1970 in UTC, latencies are microseconds, slots
-- is a JSON object of canonical values or NULL, and message is NULL where the
-- adapter gave no ID: such messages are never taken for a repetition.

-- +goose Up
CREATE TABLE exchange (
    id           INTEGER PRIMARY KEY,
    time         INTEGER NOT NULL,
    base         TEXT    NOT NULL,
    conversation TEXT    NOT NULL,
    message      TEXT,
    sender       TEXT    NOT NULL,
    channel      TEXT    NOT NULL,
    kind         TEXT    NOT NULL,
    locale       TEXT    NOT NULL,
    question     TEXT    NOT NULL,
    decision     TEXT    NOT NULL,
    entry        TEXT    NOT NULL,
    probability  REAL    NOT NULL,
    slots        TEXT,
    answer       TEXT    NOT NULL,
    failed       INTEGER NOT NULL,
    latency      INTEGER NOT NULL,
    UNIQUE (conversation, message)
) STRICT;

-- Reading by time and the purge both walk this index.
CREATE INDEX exchange_time ON exchange (time, id);

CREATE TABLE rating (
    exchange INTEGER NOT NULL REFERENCES exchange (id) ON DELETE CASCADE,
    rater    TEXT    NOT NULL,
    rating   INTEGER NOT NULL CHECK (rating IN (-1, 1)),
    PRIMARY KEY (exchange, rater)
) STRICT, WITHOUT ROWID;
