package exec_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"frontdesk/bot"
	"frontdesk/bot/dispatch"
	"frontdesk/bot/dispatch/exec"
	"frontdesk/internal/fault"
	"frontdesk/internal/strictyaml"
	"frontdesk/knowledge"
	"frontdesk/knowledge/template"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
)

// With this variable the test binary is a program that prints what it was
// given, as JSON in base64.
const echoEnv = "EXEC_TEST_ECHO"

type given struct{ Args, Env []string }

// wire is that as JSON, which has a place for any bytes only this way.
type wire struct{ Args, Env [][]byte }

func toBytes(texts []string) (all [][]byte) {
	for _, t := range texts {
		all = append(all, []byte(t))
	}
	return all
}

func toTexts(all [][]byte) (texts []string) {
	for _, b := range all {
		texts = append(texts, string(b))
	}
	return texts
}

func TestMain(m *testing.M) {
	if os.Getenv(echoEnv) == "" {
		goleak.VerifyTestMain(m)
		return
	}
	text, err := json.Marshal(wire{toBytes(os.Args[1:]), toBytes(os.Environ())})
	if err != nil {
		os.Exit(1)
	}
	// In base64 nothing can be taken for a control character and removed.
	fmt.Println(base64.StdEncoding.EncodeToString(text))
}

// settings checks the settings that stand in a file of a folder.
func settings(t testing.TB, dir, text string) (dispatch.Runner, fault.List) {
	t.Helper()
	file := filepath.Join(dir, "knowledge.yaml")
	node, faults := strictyaml.Parse(file, []byte(text))
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	return exec.New(knowledge.Action{Kind: "exec", Node: node, Pos: knowledge.Pos{File: file, Line: 1, Col: 1}})
}

// runner is settings without faults.
func runner(t testing.TB, dir, text string) dispatch.Runner {
	t.Helper()
	r, faults := settings(t, dir, text)
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	return r
}

// values gives canonical values to slots.
func values(pairs ...string) map[string]template.Value {
	slots := map[string]template.Value{}
	for i := 0; i < len(pairs); i += 2 {
		slots[pairs[i]] = template.Value{Slot: pairs[i], Said: "not " + pairs[i+1], Canonical: pairs[i+1]}
	}
	return slots
}

func run(t testing.TB, r dispatch.Runner, slots map[string]template.Value) bot.Result {
	t.Helper()
	result, err := r.Run(t.Context(), bot.Call{Slots: slots})
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// echoing gives settings that run the echoing program.
func echoing(t testing.TB, args ...string) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	command, err := json.Marshal(append([]string{knowledge.EscapeText(self)}, args...))
	if err != nil {
		t.Fatal(err)
	}
	// The race detector makes a program wait for a second before it ends.
	return fmt.Sprintf("command: %s\noutput: 1048576\nenv: {%s: \"1\", GORACE: atexit_sleep_ms=0}\n", command, echoEnv)
}

// echoed gives what the echoing program was given.
func echoed(t testing.TB, r dispatch.Runner, slots map[string]template.Value) given {
	t.Helper()
	result := run(t, r, slots)
	if result.Failed {
		t.Fatalf("failed: %s\n%s", result.Problem, result.Output)
	}
	return decode(t, result)
}

func decode(t testing.TB, result bot.Result) given {
	t.Helper()
	var w wire
	text, err := base64.StdEncoding.DecodeString(result.Output)
	if err == nil {
		err = json.Unmarshal(text, &w)
	}
	if err != nil {
		t.Errorf("%v: %s", err, result.Output)
	}
	return given{toTexts(w.Args), toTexts(w.Env)}
}

// hostile are values that mean something to a shell, or to careless splitting.
var hostile = []string{
	"", " ", "living room", "a  b", "'", `"`, `\`, `\"`, "`id`", "$(id)", "${HOME}", "$HOME", "; rm -rf /", "&& id", "| id", "> /tmp/x",
	"*", "?", "~", "#", "!", "%PATH%", "^", "a\nb", "\n", "\t", "a\rb", "{area}", "{other}", `\{area}`, "{", "}", "{{area}}", "--", "-", "-5", "-0.25",
	"ünïcödé", "🙂", "שלום", "\u202e", "\x1b[31m", "\x7f", "@/etc/passwd", "=", "a=b", "C:\\Program Files", strings.Repeat("long ", 2000),
}

func TestArguments(t *testing.T) {
	if testing.Short() {
		t.Skip("it is about processes, which the race detector does not see")
	}
	r := runner(t, t.TempDir(), echoing(t, "--name={area}", "--", "{area}", "<{area}|{other}>", "plain", "{other}"))
	if diff := cmp.Diff([]string{"area", "other"}, r.Slots()); diff != "" {
		t.Error(diff)
	}
	for _, value := range hostile {
		got := echoed(t, r, values("area", value, "other", "second"))
		want := []string{"--name=" + value, "--", value, "<" + value + "|second>", "plain", "second"}
		if diff := cmp.Diff(want, got.Args); diff != "" {
			t.Errorf("%q (-want +got):\n%s", value, diff)
		}
	}
}

// TestArgumentsProperty makes commands of random pieces: the program must get
// exactly the arguments that come of putting the values into their places.
func TestArgumentsProperty(t *testing.T) {
	if testing.Short() {
		t.Skip("it is about processes, which the race detector does not see")
	}
	rng := rand.New(rand.NewPCG(1, 2))
	marks := []rune("ab \t\n'\"\\$`;|&<>(){}[]*?~#-=%!é🙂\x01")
	pick := func() string {
		if rng.IntN(2) == 0 {
			return hostile[rng.IntN(len(hostile))]
		}
		text := make([]rune, rng.IntN(12))
		for i := range text {
			text[i] = marks[rng.IntN(len(marks))]
		}
		return string(text)
	}
	for range 30 {
		slots := values("a", pick(), "b", pick())
		written, want := []string{"--"}, []string{"--"}
		for range 1 + rng.IntN(40) {
			var text, arg string
			for range rng.IntN(4) {
				switch rng.IntN(3) {
				case 0:
					text, arg = text+"{a}", arg+slots["a"].Canonical
				case 1:
					text, arg = text+"{b}", arg+slots["b"].Canonical
				default:
					// A backslash before a slot would escape its brace, and YAML
					// takes no DEL.
					p := strings.NewReplacer(`\`, "/", "\x7f", "").Replace(pick())
					text, arg = text+knowledge.EscapeText(p), arg+p
				}
			}
			written, want = append(written, text), append(want, arg)
		}
		got := echoed(t, runner(t, t.TempDir(), echoing(t, written...)), slots)
		if diff := cmp.Diff(want, got.Args); diff != "" {
			t.Fatalf("%q with %v (-want +got):\n%s", written, slots, diff)
		}
	}
}

func TestLeadingDash(t *testing.T) {
	for _, c := range []struct {
		args    []string
		value   string
		refused bool
	}{
		{[]string{"{a}"}, "-rf", true},
		{[]string{"{a}"}, "--help", true},
		{[]string{"{a}"}, "-", true},
		{[]string{"{a}"}, "-5x", true},
		{[]string{"{a}"}, "-inf", true},
		{[]string{"{a}"}, "-1e9", true},
		{[]string{"{a}"}, "-1\n", true},
		{[]string{"{a}:{a}"}, "-x", true},
		{[]string{"{empty}{a}"}, "-x", true},
		{[]string{"{a} or so"}, "-x", true},
		{[]string{"plain", "{a}", "--"}, "-x", true},
		{[]string{"{a}"}, "-5", false},
		{[]string{"{a}"}, "-0.25", false},
		{[]string{"{a}"}, "a-b", false},
		{[]string{"{a}"}, " -x", false},
		{[]string{"x{a}"}, "-x", false},
		{[]string{"--name={a}"}, "-x", false},
		{[]string{"--", "{a}"}, "-x", false},
		{[]string{"-n", "--", "x", "{a}"}, "--help", false},
	} {
		r := runner(t, t.TempDir(), echoing(t, c.args...))
		result := run(t, r, values("a", c.value, "empty", ""))
		if refused := result.Failed && strings.Contains(result.Problem, "dash"); refused != c.refused {
			t.Errorf("%q with %q: refused is %v; %+v", c.args, c.value, refused, result)
		}
	}
}

func TestUnfitValues(t *testing.T) {
	r := runner(t, t.TempDir(), echoing(t, "x{a}")+"")
	inEnv := runner(t, t.TempDir(), strings.Replace(echoing(t), "env: {", `env: {VALUE: "{a}", `, 1))
	for name, value := range map[string]string{"NUL": "a\x00b", "too long": strings.Repeat("x", 64<<10+1)} {
		for _, r := range []dispatch.Runner{r, inEnv} {
			if result := run(t, r, values("a", value)); !result.Failed || result.Problem == "" || result.Output != "" {
				t.Errorf("%s: %+v", name, result)
			}
		}
	}
}

func TestEnvironment(t *testing.T) {
	t.Setenv("SLACK_TOKEN", "secret")
	t.Setenv("LANG", "C.UTF-8")
	t.Setenv("TZ", "UTC")
	r := runner(t, t.TempDir(), strings.Replace(echoing(t), "env: {", `env: {TZ: Asia/Tokyo, PLAIN: "a b", VALUE: "<{a}>", `, 1))
	got := echoed(t, r, values("a", "x\ny=$HOME"))
	env := map[string]string{}
	for _, v := range got.Env {
		name, value, _ := strings.Cut(v, "=")
		env[name] = value
	}
	for name, want := range map[string]string{
		"PLAIN": "a b", "VALUE": "<x\ny=$HOME>", "LANG": "C.UTF-8", "TZ": "Asia/Tokyo", "PATH": os.Getenv("PATH"),
	} {
		if env[name] != want {
			t.Errorf("%s is %q, want %q", name, env[name], want)
		}
	}
	if _, ok := env["SLACK_TOKEN"]; ok {
		t.Error("the program sees our secrets")
	}
	if len(env) > 12 {
		t.Errorf("the program sees %d variables: %v", len(env), got.Env)
	}
}

func TestConcurrency(t *testing.T) {
	r := runner(t, t.TempDir(), echoing(t, "{a}"))
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			value := fmt.Sprint(i)
			result, err := r.Run(t.Context(), bot.Call{Slots: values("a", value)})
			if err != nil || result.Failed {
				t.Errorf("%s: %+v, %v", value, result, err)
			} else if g := decode(t, result); len(g.Args) != 1 || g.Args[0] != value {
				t.Errorf("%s: %q", value, g.Args)
			}
		})
	}
	wg.Wait()
}

// TestFaults gives settings that cannot be used. Each is found at load, at its
// place, with what to do.
func TestFaults(t *testing.T) {
	dir := t.TempDir()
	for name, content := range map[string]string{"plain.txt": "no program", "script.sh": "#!/bin/sh\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	good := "command: [" + self + "]\n"
	for _, c := range []struct{ name, settings, want string }{
		{"nothing", `{}`, `1:1: the command is missing; write command: [program, "argument", "{slot}"]`},
		{"a text", `echo hello`, `1:1: expected keys with values`},
		{"a shell line", `command: echo hello`, `1:10: command: expected a list`},
		{"no program", `command: []`, `1:1: the command is missing`},
		{"empty program", `command: [""]`, `1:11: the program has no name`},
		{"unknown program", `command: [no-such-program]`, `1:11: the program "no-such-program" is not in PATH; install it, or write its path`},
		{"next to the file", `command: [script.sh]`, `1:11: the program "script.sh" is not in PATH; write ./script.sh for the one next to this file`},
		{"no such path", `command: [./missing.sh]`, `1:11: the program ./missing.sh cannot be run`},
		{"a folder", `command: [./]`, `1:11: the program ./ cannot be run`},
		{"not executable", `command: [./plain.txt]`, `1:11: the program ./plain.txt may not be run; make it executable: chmod +x ` + filepath.Join(dir, "plain.txt")},
		{"a slot as program", `command: ["{area}"]`, `1:11: the program cannot hold the slot {area}`},
		{"a slot in dir", good + `dir: "{area}"`, `2:6: dir cannot hold the slot {area}`},
		{"no such dir", good + `dir: missing`, `2:6: the folder ` + filepath.Join(dir, "missing") + ` cannot be used`},
		{"a file as dir", good + `dir: plain.txt`, `2:6: ` + filepath.Join(dir, "plain.txt") + ` is no folder`},
		{"bad text", "command: [" + self + `, "{area"]`, `{ is never closed`},
		{"NUL", "command: [" + self + `, "a\0b"]`, `the text holds a NUL character`},
		{"no time", good + `timeout: 0s`, `2:10: a command cannot have 0s`},
		{"too much time", good + `timeout: 11m`, `2:10: a command cannot have 11m0s; write a time above 0s and up to 10m`},
		{"no unit", good + `timeout: 10`, `2:10: timeout: expected a length of time`},
		{"output", good + `output: 1048577`, `2:9: 1048577 bytes of output cannot be shown`},
		{"negative output", good + `output: -1`, `2:9: -1 bytes of output cannot be shown`},
		{"variable", good + `env: {A-B: x}`, `2:7: "A-B" cannot name an environment variable`},
		{"variable text", good + `env: {A: "{x"}`, `2:10: { is never closed`},
		{"unknown key", good + `timout: 10s`, `2:1: unknown key "timout"; did you mean "timeout"?`},
		{"long text", "command: [" + self + ", " + strings.Repeat("x", 64<<10+1) + "]", `the text is 65537 bytes long`},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, faults := settings(t, dir, c.settings)
			if len(faults) != 1 || !strings.Contains(faults.Error(), c.want) {
				t.Errorf("faults:\n%v\nwant:\n%s", faults, c.want)
			}
			if r != nil {
				t.Error("there is a runner in spite of faults")
			}
		})
	}
}

// TestAllFaults finds every fault at once.
func TestAllFaults(t *testing.T) {
	_, faults := settings(t, t.TempDir(), "command: [no-such-program, \"{\"]\ndir: missing\ntimeout: 1h\noutput: -1\nenv: {\"1\": x}\n")
	if len(faults) != 6 {
		t.Errorf("%d faults, want 6:\n%v", len(faults), faults)
	}
}

func TestNoSettings(t *testing.T) {
	_, faults := exec.New(knowledge.Action{Kind: "exec", Pos: knowledge.Pos{File: "k.yaml", Line: 7, Col: 3}})
	if len(faults) != 1 || faults[0].Line != 7 || faults[0].Do == "" {
		t.Errorf("faults: %v", faults)
	}
}

// FuzzNew gives settings of any form; nothing is run.
func FuzzNew(f *testing.F) {
	for _, s := range []string{
		"command: [sh, -c, '{a}']\ndir: .\ntimeout: 10s\noutput: 4096\nenv: {A: '{b}'}",
		"command: [./x]", "command: {}", "command: [[a], {b: c}]", "env: {1: {}}", "timeout: -5", "output: 1e99", "command: ['{']",
		"command: [~]", "dir: ~", "timeout: ~\noutput: ~\nenv: ~\ncommand: ~", "[]", "~", "&a [*a]",
	} {
		f.Add(s)
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, text string) {
		file := filepath.Join(dir, "knowledge.yaml")
		node, faults := strictyaml.Parse(file, []byte(text))
		if node == nil || len(faults) > 0 {
			return
		}
		r, faults := exec.New(knowledge.Action{Kind: "exec", Node: node, Pos: knowledge.Pos{File: file, Line: 1, Col: 1}})
		if (r == nil) == (len(faults) == 0) {
			t.Errorf("runner %v with the faults %v", r, faults)
		}
		for _, f := range faults {
			if f.File != file || f.Line < 1 || f.What == "" {
				t.Errorf("fault without a place: %+v", f)
			}
		}
	})
}
