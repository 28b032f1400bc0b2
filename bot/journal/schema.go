package journal

import (
	"context"
	"embed"
	"fmt"
	"io/fs"

	"github.com/gofrs/flock"
	"github.com/pressly/goose/v3"
)

const (
	// applicationID marks a SQLite file as a journal: "fdjn" in ASCII. See
	// https://www.sqlite.org/pragma.html#pragma_application_id.
	applicationID = 0x66646a6e
	// schemaVersion is the number of the last migration.
	schemaVersion = 4
)

//go:embed migrations/*.sql
var migrations embed.FS

// prepare checks what the file is and brings it to this program's schema.
func (j *Journal) prepare(ctx context.Context) error {
	version, err := j.version(ctx)
	if err != nil || version == schemaVersion {
		return err
	}
	// Two processes must not migrate at once; whoever comes second finds the
	// work done. The lock file stays: removing it would let a third one in.
	lock := flock.New(j.path+".lock", flock.SetPermissions(0o600))
	waiting, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if _, err := lock.TryLockContext(waiting, busyTimeout/10); err != nil {
		return j.explain("locking", err)
	}
	err = j.upgrade(ctx)
	if unlockErr := lock.Close(); err == nil && unlockErr != nil {
		err = j.explain("unlocking", unlockErr)
	}
	return err
}

// version reads the schema version of the file, 0 where there is none yet. It
// refuses, and does not change, a file that is not ours.
func (j *Journal) version(ctx context.Context) (version int, err error) {
	var id, tables, versions int
	err = j.try(ctx, "opening", func(ctx context.Context) error {
		return j.db.QueryRowContext(ctx, `
			SELECT (SELECT application_id FROM pragma_application_id),
				(SELECT count(*) FROM sqlite_schema),
				(SELECT count(*) FROM sqlite_schema WHERE name = 'goose_db_version')`).
			Scan(&id, &tables, &versions)
	})
	if err != nil {
		return 0, err
	}
	if id != applicationID && (id != 0 || tables > 0) {
		return 0, fmt.Errorf("opening the journal %s: %w; it is a database of another program and was left as it is: choose another data_dir, or move it away", j.path, ErrDamaged)
	}
	if versions == 0 {
		return 0, nil
	}
	// goose's provider says the same, but takes several times as long as the
	// whole of opening may take.
	err = j.try(ctx, "opening", func(ctx context.Context) error {
		return j.db.QueryRowContext(ctx, `SELECT coalesce(max(version_id), 0) FROM goose_db_version WHERE is_applied`).Scan(&version)
	})
	if err != nil {
		return 0, err
	}
	if version > schemaVersion {
		return 0, fmt.Errorf("opening the journal %s: %w (schema %d; this one knows up to %d); use the newer frontdesk, or move the file away and a new one is begun", j.path, ErrNewer, version, schemaVersion)
	}
	return version, nil
}

// upgrade runs the migrations that the file lacks. The caller holds the lock.
func (j *Journal) upgrade(ctx context.Context) error {
	version, err := j.version(ctx)
	if err != nil || version == schemaVersion {
		return err
	}
	// The mark comes first, so that a file half made is known as ours, and in
	// the main file itself. WAL mode stays with the file from here on.
	for _, pragma := range []string{
		fmt.Sprintf("PRAGMA application_id = %d", applicationID),
		"PRAGMA journal_mode = wal",
	} {
		err := j.try(ctx, "making", func(ctx context.Context) error {
			_, err := j.db.ExecContext(ctx, pragma)
			return err
		})
		if err != nil {
			return err
		}
	}
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return j.explain("migrating", err)
	}
	provider, err := goose.NewProvider(goose.DialectSQLite3, j.db, files,
		goose.WithDisableGlobalRegistry(true), goose.WithLogger(goose.NopLogger()))
	if err != nil {
		return j.explain("migrating", err)
	}
	return j.try(ctx, "migrating", func(ctx context.Context) error {
		_, err := provider.Up(ctx)
		return err
	})
}
