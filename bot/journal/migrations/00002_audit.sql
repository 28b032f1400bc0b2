-- What was attempted, twice: audit is the record for those who must answer for
-- what was done, whose rows stay for ever (see audit.go for the chain of their
-- hashes); attempt is what at-most-once and the limits need to know, and is
-- removed when it is old. Times are microseconds since 1970 in UTC.

-- +goose Up
CREATE TABLE audit (
    seq      INTEGER PRIMARY KEY, -- 1, 2, 3, … without a hole
    time     INTEGER NOT NULL,
    event    TEXT    NOT NULL,
    salt     BLOB,                -- salt and contents are NULL once they are erased
    contents TEXT,
    digest   BLOB    NOT NULL,
    prev     BLOB    NOT NULL,
    hash     BLOB    NOT NULL,
    CHECK ((salt IS NULL) = (contents IS NULL))
) STRICT;

-- Retention walks this index.
CREATE INDEX audit_time ON audit (time) WHERE contents IS NOT NULL AND event <> 'erased';

-- +goose StatementBegin
CREATE TRIGGER audit_append BEFORE INSERT ON audit
WHEN NEW.seq IS NOT (SELECT coalesce(max(seq), 0) + 1 FROM audit)
    OR NEW.prev IS NOT coalesce((SELECT hash FROM audit ORDER BY seq DESC LIMIT 1), zeroblob(32))
    OR NEW.contents IS NULL
BEGIN
    SELECT RAISE(ABORT, 'the audit grows at its end only');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER audit_keep BEFORE DELETE ON audit
BEGIN
    SELECT RAISE(ABORT, 'no row of the audit is ever removed');
END;
-- +goose StatementEnd

-- What says that others were erased is never erased itself.
-- +goose StatementBegin
CREATE TRIGGER audit_erase BEFORE UPDATE ON audit
WHEN OLD.event = 'erased'
    OR NEW.salt IS NOT NULL OR NEW.contents IS NOT NULL
    OR NEW.seq IS NOT OLD.seq OR NEW.time IS NOT OLD.time OR NEW.event IS NOT OLD.event
    OR NEW.digest IS NOT OLD.digest OR NEW.prev IS NOT OLD.prev OR NEW.hash IS NOT OLD.hash
BEGIN
    SELECT RAISE(ABORT, 'a row of the audit is never changed: only its contents and their salt can be erased');
END;
-- +goose StatementEnd

CREATE TABLE attempt (
    id      INTEGER PRIMARY KEY,
    key     BLOB UNIQUE,          -- SHA-256 of the key; NULL where there is none
    base    TEXT    NOT NULL,
    entry   TEXT    NOT NULL,
    who     TEXT,                 -- NULL once it is erased
    room    TEXT    NOT NULL,
    begun   INTEGER NOT NULL,
    ended   INTEGER,
    verdict TEXT,
    reason  TEXT,
    took    INTEGER,              -- microseconds
    audit   INTEGER NOT NULL      -- the row that says that it was begun
) STRICT;

-- Limits walk the first, retention the second.
CREATE INDEX attempt_entry ON attempt (base, entry, begun);
CREATE INDEX attempt_begun ON attempt (begun);
