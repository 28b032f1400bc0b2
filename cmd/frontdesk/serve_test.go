//go:build unix

package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// A servedPlatform is a stand-in for a platform, with people who talk to the
// desk in private, each in a conversation of their own.
type servedPlatform interface {
	// section gives what stands in config.yaml, and environment the tokens.
	section() string
	environment() []string
	// wrong gives tokens that the platform does not know.
	wrong() []string
	// say has the person of a number say something.
	say(t *testing.T, person int, text string)
	// said gives the texts of what the desk has posted to a person, in order.
	said(person int) []string
	// connected says whether the desk hears what is said.
	connected() bool
	// acknowledges says whether the desk tells the platform that something has
	// arrived, and settled whether it has done so with all that was said.
	acknowledges() bool
	settled() bool
}

// platforms gives the stand-ins, by name, for a number of people.
var servedPlatforms = map[string]func(t *testing.T, people int) servedPlatform{
	"slack": newServedSlack, "discord": newServedDiscord,
}

// serveWords is how many things the desk knows, so that each answer tells which
// of somebody's questions it answers.
const serveWords = 120

// serveWord gives a word that no other is.
func serveWord(i int) string {
	const first, second = "bdfgklmnprstvz", "aeiou"
	var b strings.Builder
	for range 3 {
		b.WriteByte(first[i%len(first)])
		i /= len(first)
		b.WriteByte(second[i%len(second)])
		i = i/len(second) + 7*i
	}
	return fmt.Sprint(b.String(), i%10)
}

func serveKnowledge() string {
	var b strings.Builder
	b.WriteString("format: 1\nfaq:\n  - {id: open, question: When are you open?, alternatives: [what are your hours], answer: From nine to five.}\n")
	for i := range serveWords {
		fmt.Fprintf(&b, "  - {id: word-%d, question: Where is %s?, answer: That is %d.}\n", i, serveWord(i), i)
	}
	return b.String()
}

// serveAsk asks the question of a number: the people ask one after the other.
func serveAsk(t *testing.T, p servedPlatform, people, n int) {
	p.say(t, n%people, "where is "+serveWord(n/people%serveWords))
}

// A served is "frontdesk serve" in a process of its own.
type served struct {
	t      *testing.T
	cmd    *exec.Cmd
	url    string
	stderr *serveBuffer
	ended  chan error
}

type serveBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *serveBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *serveBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// serveFolder writes a desk that serves a platform.
func serveFolder(t *testing.T, p servedPlatform) string {
	t.Helper()
	dir := t.TempDir()
	serveWrite(t, dir, "desk.yaml", serveKnowledge())
	serveWrite(t, dir, "config.yaml", serveConfig(p))
	return dir
}

func serveConfig(p servedPlatform) string {
	return "format: 1\ndata_dir: data\nbases:\n  desk: {knowledge: [desk.yaml]}\nhttp: {address: \"127.0.0.1:0\"}\n" + p.section()
}

func serveWrite(t *testing.T, dir, name, text string) {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path+".new", []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		t.Fatal(err)
	}
}

// startServe starts the program and waits until it serves.
func startServe(t *testing.T, dir string, p servedPlatform) *served {
	t.Helper()
	return startServeWith(t, dir, p.environment())
}

func startServeWith(t *testing.T, dir string, environment []string) *served {
	t.Helper()
	s := &served{t: t, cmd: program(t, dir, "serve"), stderr: &serveBuffer{}, ended: make(chan error, 1)}
	s.cmd.Env = append(s.cmd.Env, environment...)
	s.cmd.Stderr = s.stderr
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	up := make(chan string, 1)
	go func() {
		lines := bufio.NewReader(out)
		line, _ := lines.ReadString('\n')
		up <- line
		_, _ = io.Copy(io.Discard, lines)
		s.ended <- s.cmd.Wait()
	}()
	t.Cleanup(func() {
		_ = s.cmd.Process.Kill() // it may have ended already
		if t.Failed() {
			t.Logf("the desk said:\n%s", s.stderr)
		}
	})
	select {
	case line := <-up:
		url := regexp.MustCompile(`http://\S+`).FindString(line)
		if !strings.HasPrefix(line, "frontdesk serves base desk (") || url == "" {
			t.Fatalf("it says %q\n%s", line, s.stderr)
		}
		s.url = url
	case <-time.After(2 * time.Minute):
		t.Fatalf("it does not serve:\n%s", s.stderr)
	}
	return s
}

// signal sends a signal, and end waits for the end of the process.
func (s *served) signal(sig os.Signal) {
	s.t.Helper()
	if err := s.cmd.Process.Signal(sig); err != nil {
		s.t.Fatal(err)
	}
}

func (s *served) end() (code int) {
	s.t.Helper()
	select {
	case <-s.ended:
	case <-time.After(2 * time.Minute):
		s.t.Fatalf("it does not end:\n%s", s.stderr)
	}
	return s.cmd.ProcessState.ExitCode()
}

func (s *served) get(path string) string {
	s.t.Helper()
	r, err := http.Get(s.url + path)
	if err != nil {
		s.t.Fatal(err)
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return string(body)
}

func serveUntil(t *testing.T, what string, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); !is(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("it never came: %s", what)
		}
	}
}

// serveEach runs a test against each platform.
func serveEach(t *testing.T, people int, test func(t *testing.T, p servedPlatform)) {
	if testing.Short() {
		t.Skip("the program is a process of its own, which the race detector does not see")
	}
	if len(servedPlatforms) == 0 {
		t.Skip("there is no adapter to serve")
	}
	for name, make := range servedPlatforms {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, make(t, people))
		})
	}
}

// The first answer comes through the real program; a configuration at fault
// keeps it answering; it ends when it is told to.
func TestServe(t *testing.T) {
	t.Parallel()
	serveEach(t, 2, func(t *testing.T, p servedPlatform) {
		dir := serveFolder(t, p)
		s := startServe(t, dir, p)
		serveUntil(t, "readiness", func() bool { return strings.HasPrefix(s.get("/readyz"), `{"ready":true`) })
		serveUntil(t, "a connection", p.connected)
		p.say(t, 0, "when are you open?")
		serveUntil(t, "the first answer", func() bool { return strings.Contains(strings.Join(p.said(0), "\n"), "From nine to five.") })

		if out, code := serveDoctor(t, dir, p.environment()); code != codeDone || strings.Contains(out, "BAD") || !strings.Contains(out, "token is good") {
			t.Errorf("the doctor ends with %d: %s", code, out)
		}
		serveWrite(t, dir, "config.yaml", serveConfig(p)+"lg: {}\n")
		s.signal(syscall.SIGHUP)
		serveUntil(t, "the fault", func() bool { return strings.Contains(s.stderr.String(), `unknown key \"lg\"`) })
		serveAsk(t, p, 2, 7)
		serveUntil(t, "an answer after a fault", func() bool { return slices.Contains(serveNumbers(p, 2, 1), 7) })
		serveWrite(t, dir, "config.yaml", serveConfig(p)+"log: {level: debug, format: text}\n")
		s.signal(syscall.SIGHUP)
		serveUntil(t, "the new level", func() bool { return strings.Contains(s.stderr.String(), "level=INFO") })
		health := program(t, dir, "--config", "health.yaml", "health", "--ready")
		health.Env = append(health.Env, p.environment()...)
		serveWrite(t, dir, "health.yaml", strings.Replace(serveConfig(p), "127.0.0.1:0", strings.TrimPrefix(s.url, "http://"), 1))
		if out, err := health.CombinedOutput(); err != nil || string(out) != "ok\n" {
			t.Errorf("health: %v, %s", err, out)
		}
		s.signal(syscall.SIGTERM)
		if code := s.end(); code != codeDone {
			t.Errorf("it ended with %d", code)
		}
	})
}

func serveDoctor(t *testing.T, dir string, environment []string) (out string, code int) {
	t.Helper()
	cmd := program(t, dir, "doctor")
	cmd.Env = append(cmd.Env, environment...)
	text, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return string(text), cmd.ProcessState.ExitCode()
}

// Tokens that are refused are told with what to do, by the doctor, too; they do
// not end the program.
func TestServeRefused(t *testing.T) {
	t.Parallel()
	serveEach(t, 1, func(t *testing.T, p servedPlatform) {
		dir := serveFolder(t, p)
		if out, code := serveDoctor(t, dir, p.wrong()); code != codeFailure || !regexp.MustCompile(`BAD  (slack|discord) .*\n +→ `).MatchString(out) {
			t.Errorf("with wrong tokens the doctor ends with %d: %s", code, out)
		}
		s := startServeWith(t, dir, p.wrong())
		serveUntil(t, "the word of a refusal", func() bool {
			return strings.Contains(s.stderr.String(), "an adapter cannot work until its fault is mended")
		})
		if ready := s.get("/readyz"); !strings.HasPrefix(ready, `{"ready":false`) {
			t.Errorf("it is %s", ready)
		}
		s.signal(os.Interrupt)
		if code := s.end(); code != codeDone {
			t.Errorf("it ended with %d", code)
		}
	})
}

// What was acknowledged when it is told to end is answered first, and what was
// not is answered after the next start.
func TestServeFinishes(t *testing.T) {
	t.Parallel()
	const people = 20
	serveEach(t, people, func(t *testing.T, p servedPlatform) {
		dir := serveFolder(t, p)
		s := startServe(t, dir, p)
		serveUntil(t, "a connection", p.connected)
		for i := range people {
			serveAsk(t, p, people, i)
		}
		serveUntil(t, "the first answers", func() bool { return serveAnswers(p, people) == people })
		for i := people; i < 3*people; i++ {
			serveAsk(t, p, people, i)
		}
		if p.acknowledges() {
			serveUntil(t, "the acknowledgements", p.settled)
		}
		s.signal(syscall.SIGTERM)
		if code := s.end(); code != codeDone {
			t.Errorf("it ended with %d", code)
		}
		if !p.acknowledges() {
			s := startServe(t, dir, p)
			serveUntil(t, "the rest", func() bool { return serveAnswers(p, people) >= 3*people })
			s.signal(syscall.SIGTERM)
			s.end()
		}
		serveExpect(t, p, people, 3*people)
	})
}

var serveNumber = regexp.MustCompile(`That is (\d+)\.`)

// serveNumbers gives the numbers of the questions that a person has answers to,
// in the order of the answers.
func serveNumbers(p servedPlatform, people, person int) (numbers []int) {
	for _, text := range p.said(person) {
		if m := serveNumber.FindStringSubmatch(text); m != nil {
			word, _ := strconv.Atoi(m[1]) // it is digits
			numbers = append(numbers, word*people+person)
		}
	}
	return numbers
}

// serveAnswers counts the answers to all.
func serveAnswers(p servedPlatform, people int) (total int) {
	for person := range people {
		total += len(serveNumbers(p, people, person))
	}
	return total
}

// serveExpect holds that the questions 0 to n-1 are each answered once, and those
// of one person in their order.
func serveExpect(t *testing.T, p servedPlatform, people, n int) {
	t.Helper()
	for person := range people {
		var want []int
		for i := person; i < n; i += people {
			want = append(want, i)
		}
		if got := serveNumbers(p, people, person); !slices.Equal(got, want) {
			t.Errorf("person %d has answers to %d, want %d", person, got, want)
		}
	}
}
