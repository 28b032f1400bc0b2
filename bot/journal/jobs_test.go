package journal

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"frontdesk/bot"
	"frontdesk/knowledge/template"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

var (
	plenty  = bot.JobBounds{PerSender: 100, PerBase: 1000}
	jobTime = time.Date(2026, 11, 25, 19, 0, 0, 0, time.UTC)
)

// job gives one that is due some seconds after jobTime.
func job(sender string, due int) bot.Job {
	return bot.Job{
		Base: "house", Entry: "lights-off", Name: "lights", Created: jobTime, Due: jobTime.Add(time.Duration(due) * time.Second),
		Caller: bot.Caller{Sender: bot.Address(sender), Channel: bot.Address(sender)}, Slots: map[string]template.Value{},
	}
}

func mustAdd(t testing.TB, j *Journal, b bot.Job) bot.Job {
	t.Helper()
	kept, err := j.AddJob(t.Context(), b, plenty)
	must(t, err)
	return kept
}

// claim claims as a process that reaches everybody at the terminal.
func claim(now int, holder string, held ...int64) bot.JobClaim {
	at := jobTime.Add(time.Duration(now) * time.Second)
	return bot.JobClaim{Holder: holder, Now: at, Lease: 30 * time.Second, Held: held, Bases: []string{"house"},
		Adapters: []string{"terminal"}, Stray: at.Add(-5 * time.Second), Most: 10}
}

func mustClaim(t testing.TB, j *Journal, c bot.JobClaim) bot.JobsClaimed {
	t.Helper()
	claimed, err := j.ClaimJobs(t.Context(), c)
	must(t, err)
	return claimed
}

func ids(jobs []bot.Job) (list []int64) {
	for _, b := range jobs {
		list = append(list, b.ID)
	}
	return list
}

func same(t *testing.T, what string, want, got []int64) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func TestJobRoundTrip(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.db")
	j, err := Open(t.Context(), path, DefaultConfig())
	must(t, err)
	full := bot.Job{
		Key: "c\x001\x00x", Base: "house", Conversation: "c", Entry: "lights-off", Part: "evening", Name: "lights off 🙂",
		Slots:  map[string]template.Value{"area": {Slot: "area", Said: "the Lounge", Canonical: "living_room"}},
		Caller: bot.Caller{Sender: "slack:U1", Channel: "slack:C1", Context: map[string]string{"room": "lounge"}, Spoken: true, Person: "ann"},
		Said:   "lights off at seven", Probability: 0.9375, Created: jobTime, Due: jobTime.Add(time.Hour),
		Repeat: "0 7 * * *", Until: jobTime.AddDate(1, 0, 0), Left: 3, Late: 5 * time.Minute,
	}
	full = withID(full, mustAdd(t, j, full))
	again := mustAdd(t, j, full)
	other := mustAdd(t, j, job("terminal:local", 1))
	must(t, j.Close())
	j = mustOpen(t, path)
	got, err := j.Jobs(t.Context(), "house", "slack:U1")
	must(t, err)
	if diff := cmp.Diff([]bot.Job{full}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(full, again); diff != "" {
		t.Errorf("added again (-want +got):\n%s", diff)
	}
	all, err := j.Jobs(t.Context(), "house", "")
	must(t, err)
	same(t, "all, by when they are due", []int64{other.ID, full.ID}, ids(all))
	if none, err := j.Jobs(t.Context(), "attic", ""); err != nil || len(none) > 0 {
		t.Errorf("the attic has %v, %v", none, err)
	}
}

func withID(b, kept bot.Job) bot.Job {
	b.ID = kept.ID
	return b
}

func TestJobBounds(t *testing.T) {
	j := mustOpen(t, filepath.Join(t.TempDir(), "journal.db"))
	most := bot.JobBounds{PerSender: 2, PerBase: 3}
	for i, c := range []struct {
		sender string
		want   error
	}{{"a:1", nil}, {"a:1", nil}, {"a:1", bot.ErrTooManyJobs}, {"a:2", nil}, {"a:3", bot.ErrTooManyJobs}} {
		b := job(c.sender, i)
		b.Key = fmt.Sprint(i)
		if _, err := j.AddJob(t.Context(), b, most); !errors.Is(err, c.want) {
			t.Errorf("job %d: %v, want %v", i, err, c.want)
		}
	}
	b := job("a:1", 0)
	b.Key = "0"
	if _, err := j.AddJob(t.Context(), b, most); err != nil {
		t.Errorf("a job that is there already: %v", err)
	}
	b.Due = time.Time{}
	if _, err := j.AddJob(t.Context(), b, most); err == nil {
		t.Error("a job without a time is kept")
	}
}

func TestClaim(t *testing.T) {
	j := mustOpen(t, filepath.Join(t.TempDir(), "journal.db"))
	late, first, soon := job("terminal:a", 2), job("terminal:b", 1), job("terminal:b", 30)
	far := job("slack:U1", 1)
	attic := job("terminal:b", 1)
	attic.Base = "attic"
	for _, b := range []*bot.Job{&late, &first, &soon, &far, &attic} {
		*b = mustAdd(t, j, *b)
	}
	got := mustClaim(t, j, claim(0, "p"))
	if same(t, "nothing is due", nil, ids(got.Due)); !got.Next.Equal(first.Due) {
		t.Errorf("next is %s", got.Next)
	}
	one := claim(3, "p")
	one.Most = 1
	same(t, "the one that was due first", []int64{first.ID}, ids(mustClaim(t, j, one).Due))
	got = mustClaim(t, j, claim(3, "q"))
	same(t, "those left", []int64{late.ID}, ids(got.Due))
	same(t, "nothing is lost", nil, ids(got.Lost))
	if !got.Next.Equal(soon.Due) || !got.Due[0].Begun.Equal(jobTime.Add(3*time.Second)) {
		t.Errorf("next is %s, begun %s", got.Next, got.Due[0].Begun)
	}
	same(t, "whom nobody reaches is taken in the end", []int64{far.ID}, ids(mustClaim(t, j, claim(7, "q")).Due))

	// Who goes on claiming holds what it has; who does not loses it.
	same(t, "held", nil, ids(mustClaim(t, j, claim(20, "p", first.ID)).Lost))
	got = mustClaim(t, j, claim(45, "r"))
	same(t, "lost", []int64{far.ID, late.ID}, ids(got.Lost))
	same(t, "due", []int64{soon.ID}, ids(got.Due))
	must(t, j.EndJob(t.Context(), late.ID, "q", time.Time{})) // not its any more
	left, err := j.Jobs(t.Context(), "house", "terminal:a")
	must(t, err)
	same(t, "a job is ended by who holds it", []int64{late.ID}, ids(left))
	for _, id := range []int64{far.ID, late.ID, soon.ID} {
		must(t, j.EndJob(t.Context(), id, "r", time.Time{}))
	}
	must(t, j.EndJob(t.Context(), first.ID, "p", jobTime.Add(time.Hour))) // it does not repeat
	left, err = j.Jobs(t.Context(), "house", "")
	must(t, err)
	same(t, "ended", nil, ids(left))
}

func TestRepeatAndCancel(t *testing.T) {
	j := mustOpen(t, filepath.Join(t.TempDir(), "journal.db"))
	twice := job("terminal:a", 1)
	twice.Repeat, twice.Left = "* * * * *", 2
	twice = mustAdd(t, j, twice)
	next := jobTime.Add(time.Minute)
	same(t, "the first time", []int64{twice.ID}, ids(mustClaim(t, j, claim(1, "p")).Due))
	must(t, j.EndJob(t.Context(), twice.ID, "p", next))
	if left, err := j.Jobs(t.Context(), "house", ""); err != nil || len(left) != 1 || left[0].Left != 1 || !left[0].Due.Equal(next) || !left[0].Begun.IsZero() {
		t.Errorf("after the first time: %+v, %v", left, err)
	}
	same(t, "the second time", []int64{twice.ID}, ids(mustClaim(t, j, claim(60, "p")).Due))
	must(t, j.EndJob(t.Context(), twice.ID, "p", next.Add(time.Minute)))

	running, waiting, single := job("terminal:a", 1), job("terminal:a", 99), job("terminal:a", 1)
	running.Repeat = "* * * * *"
	running, waiting, single = mustAdd(t, j, running), mustAdd(t, j, waiting), mustAdd(t, j, single)
	mustClaim(t, j, claim(60, "p"))
	n, err := j.CancelJobs(t.Context(), []int64{running.ID, waiting.ID, single.ID, 12345})
	if must(t, err); n != 2 {
		t.Errorf("%d were cancelled", n)
	}
	must(t, j.EndJob(t.Context(), running.ID, "p", next))
	must(t, j.EndJob(t.Context(), single.ID, "p", next))
	if left, err := j.Jobs(t.Context(), "house", ""); err != nil || len(left) > 0 {
		t.Errorf("left are %+v, %v", left, err)
	}
}

// Who is forgotten has nothing scheduled any more.
func TestForgetJobs(t *testing.T) {
	j := mustOpen(t, filepath.Join(t.TempDir(), "journal.db"))
	mustAdd(t, j, job("slack:U1", 1))
	elsewhere := job("slack:U2", 2)
	elsewhere.Caller.Channel = "slack:U1"
	mustAdd(t, j, elsewhere)
	kept := mustAdd(t, j, job("slack:U2", 3))
	spoken := job("mic:hall", 4)
	spoken.Caller.Person = "ann"
	mustAdd(t, j, spoken)
	n, err := j.Forget(t.Context(), Person{Names: []string{"ann"}, Addresses: []bot.Address{"slack:U1"}})
	if must(t, err); n.Jobs != 3 {
		t.Errorf("%d jobs are forgotten", n.Jobs)
	}
	left, err := j.Jobs(t.Context(), "house", "")
	must(t, err)
	same(t, "left", []int64{kept.ID}, ids(left))
}

// claimForEver prints the id of every job that it is given.
func claimForEver(path, holder string) int {
	j, err := Open(context.Background(), path, DefaultConfig())
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	for {
		c := claim(1000, holder)
		c.Most = 3
		claimed, err := j.ClaimJobs(context.Background(), c)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		for _, b := range claimed.Due {
			if _, err := os.Stdout.WriteString(strconv.FormatInt(b.ID, 10) + "\n"); err != nil {
				return 1
			}
		}
		if len(claimed.Due) == 0 {
			if _, err := os.Stdout.WriteString("none\n"); err != nil {
				return 1
			}
			time.Sleep(time.Hour) // until it is killed
		}
	}
}

// Several processes that claim from one journal share the jobs, and none is
// given twice. They are killed with all of them begun, and then all are lost.
func TestClaimingProcesses(t *testing.T) {
	if testing.Short() {
		t.Skip("it is about processes, which the race detector does not see")
	}
	path := filepath.Join(t.TempDir(), "journal.db")
	j := mustOpen(t, path)
	const jobs = 60
	for i := range jobs {
		b := job("terminal:a", i)
		b.Key = fmt.Sprint(i)
		mustAdd(t, j, b)
	}
	given := map[string]int{}
	lines := make(chan string)
	const processes = 3
	for i := range processes {
		cmd := child(t, "claim", path, fmt.Sprint("process-", i))
		out, err := cmd.StdoutPipe()
		must(t, err)
		must(t, cmd.Start())
		t.Cleanup(func() {
			cmd.Process.Kill()
			cmd.Wait()
		})
		go func() {
			for s := bufio.NewScanner(out); s.Scan(); {
				lines <- s.Text()
			}
			lines <- "ended"
		}()
		t.Cleanup(func() {
			for cmd.Process.Kill(); <-lines != "ended"; {
			}
		})
	}
	for ended := 0; ended < processes; {
		switch line := <-lines; line {
		case "none":
			ended++
		case "ended":
			t.Fatal("a process ended by itself")
		default:
			given[line]++
		}
	}
	for id, n := range given {
		if n != 1 {
			t.Errorf("job %s was given %d times", id, n)
		}
	}
	if len(given) != jobs {
		t.Errorf("%d of %d jobs were given", len(given), jobs)
	}
	c := claim(1020, "next")
	c.Most = 1000
	if got := mustClaim(t, j, c); len(got.Lost)+len(got.Due) > 0 {
		t.Errorf("%d jobs are lost before their lease is over", len(got.Lost))
	}
	c = claim(1031, "next")
	c.Most = 1000
	if got := mustClaim(t, j, c); len(got.Lost) != jobs || len(got.Due) > 0 {
		t.Errorf("%d jobs are lost and %d due", len(got.Lost), len(got.Due))
	}
	sound(t, j)
}
