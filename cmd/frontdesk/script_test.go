package main

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"frontdesk/bot/journal"

	"github.com/rogpeppe/go-internal/testscript"
)

// asProgram, in the environment, makes the test binary the program itself, for
// the tests that kill it.
const asProgram = "FRONTDESK_TEST_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		code := run()
		if file := os.Getenv(peakFile); file != "" {
			notePeak(file)
		}
		os.Exit(code)
	}
	// The tests are of the static model, which is quick, but where they name the library.
	// As the program of a script this one has what the script says.
	if strings.TrimSuffix(filepath.Base(os.Args[0]), ".exe") != "frontdesk" {
		os.Setenv("FRONTDESK_ONNXRUNTIME", "off")
	}
	testscript.Main(m, map[string]func(){"frontdesk": main})
}

// Every script begins in a folder with what is in testdata/desk: a
// configuration with a small base, the data_dir beside it.
func TestScripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	if testing.Short() {
		// The race detector makes every start of the program slow; the chat does
		// several things at once.
		files = []string{"testdata/chat.txtar"}
	}
	testscript.Run(t, testscript.Params{
		Files: files,
		Setup: func(env *testscript.Env) error {
			env.Values[houseKey{}] = &scriptHouse{}
			env.Setenv("FRONTDESK_ONNXRUNTIME", "off")
			return setup(env.WorkDir, env.Setenv)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"repeat":  repeatCommand,
			"bytes":   bytesCommand,
			"journal": journalCommand,
			"sql":     sqlCommand,
			"house":   houseCommand,
			"kept":    keptCommand,
			"attempt": auditAttempt,
			"hub":     modelsHub,
		},
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
	})
}

func setup(dir string, setenv func(key, value string)) error {
	for _, v := range []string{"HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME"} {
		setenv(v, filepath.Join(dir, "home"))
	}
	files, err := filepath.Glob("testdata/desk/*")
	if err != nil {
		return err
	}
	for _, from := range files {
		to := filepath.Join(dir, filepath.Base(from))
		if _, err := os.Stat(to); err == nil {
			continue // the script has its own
		}
		data, err := os.ReadFile(from)
		if err != nil {
			return err
		}
		if err := os.WriteFile(to, data, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// repeatCommand is "repeat FILE COUNT TEXT": it appends TEXT (as Go writes it in
// quotes) COUNT times.
func repeatCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: repeat FILE COUNT TEXT")
	}
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	text, err := strconv.Unquote(`"` + args[2] + `"`)
	ts.Check(err)
	appendTo(ts, args[0], bytes.Repeat([]byte(text), n))
}

// bytesCommand is "bytes FILE HEX": it appends bytes.
func bytesCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: bytes FILE HEX")
	}
	data, err := hex.DecodeString(args[1])
	ts.Check(err)
	appendTo(ts, args[0], data)
}

func appendTo(ts *testscript.TestScript, file string, data []byte) {
	f, err := os.OpenFile(ts.MkAbs(file), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	ts.Check(err)
	_, err = f.Write(data)
	ts.Check(err)
	ts.Check(f.Close())
}

// journalCommand is "journal FOLDER": it prints what the journal in a data_dir
// holds, one exchange a line.
func journalCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: journal FOLDER")
	}
	rows, err := readJournal(ts.MkAbs(args[0]))
	ts.Check(err)
	for _, r := range rows {
		fmt.Fprintf(ts.Stdout(), "%s %s %q %s %s\n", r.Base, r.Sender, r.Question, r.Decision, r.Entry)
	}
}

// sqlCommand is "sql FILE STATEMENT...": it changes a SQLite file.
func sqlCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: sql FILE STATEMENT...")
	}
	db, err := sql.Open("sqlite", ts.MkAbs(args[0])) // the journal's driver
	ts.Check(err)
	defer db.Close()
	for _, statement := range args[1:] {
		_, err := db.ExecContext(context.Background(), statement)
		ts.Check(err)
	}
}

func readJournal(dir string) (rows []journal.Recorded, err error) {
	ctx := context.Background()
	j, err := journal.Open(ctx, filepath.Join(dir, "journal.sqlite"), journal.DefaultConfig())
	if err != nil {
		return nil, err
	}
	defer j.Close()
	err = j.Each(ctx, time.Time{}, func(r journal.Recorded) error {
		rows = append(rows, r)
		return nil
	})
	return rows, err
}
