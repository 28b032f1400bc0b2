//go:build unix

package main

import (
	"context"
	"os"
	"syscall"
	"testing"
	"time"
)

// serveExpectAll holds that the questions 0 to n-1 are each answered once.
func serveExpectAll(t *testing.T, p servedPlatform, people, n int) {
	t.Helper()
	answers := map[int]int{}
	for person := range people {
		for _, number := range serveNumbers(p, people, person) {
			answers[number]++
		}
	}
	var lost, twice []int
	for i := range n {
		switch count := answers[i]; {
		case count == 0:
			lost = append(lost, i)
		case count > 1:
			twice = append(twice, i)
		}
	}
	if len(lost)+len(twice) > 0 {
		t.Errorf("no answer to %d, more than one to %d", lost, twice)
	}
}

// Killed again and again in the middle of work, it loses nothing that the
// platform delivers again, and answers nothing twice.
func TestKillServe(t *testing.T) {
	t.Parallel()
	const people, each = 40, 6 * time.Millisecond
	serveEach(t, people, func(t *testing.T, p servedPlatform) {
		n := rounds(t)
		if os.Getenv("FRONTDESK_TEST_KILLS") == "" {
			n = 3
		}
		dir := serveFolder(t, p)
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		asked, asking := 0, make(chan struct{})
		begin := make(chan struct{})
		go func() {
			defer close(asking)
			<-begin
			for tick := time.NewTicker(each); asked < people*serveWords; {
				select {
				case <-ctx.Done():
					tick.Stop()
					return
				case <-tick.C:
					serveAsk(t, p, people, asked)
					asked++
				}
			}
		}()
		answers := func() int { return serveAnswers(p, people) }
		for i := range n {
			s := startServe(t, dir, p)
			if i == 0 {
				// Everybody is known to the desk: what was said while it was away is
				// read back where it was before.
				serveUntil(t, "a connection", p.connected)
				for ; asked < people; asked++ {
					serveAsk(t, p, people, asked)
				}
				serveUntil(t, "the first answers", func() bool { return answers() == people })
				close(begin)
			}
			before := answers()
			serveUntil(t, "answers", func() bool { return answers() > before+10 })
			time.Sleep(time.Duration(i*37%200) * time.Millisecond)
			if err := s.cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			s.end()
		}
		s := startServe(t, dir, p)
		stop()
		<-asking
		for deadline := time.Now().Add(30 * time.Second); answers() < asked && time.Now().Before(deadline); {
			time.Sleep(20 * time.Millisecond)
		}
		s.signal(syscall.SIGTERM)
		if code := s.end(); code != codeDone {
			t.Errorf("it ended with %d", code)
		}
		serveExpectAll(t, p, people, asked)
		t.Logf("%d questions, %d answers, killed %d times", asked, answers(), n)
	})
}
