//go:build linux

package main

import (
	"io"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"frontdesk/adapters/slack/slackfake"
)

// A thousand messages a second for a minute, FRONTDESK_TEST_LOAD=1: all are
// answered once, in order, and the log tells how long what took.
func TestServeLoad(t *testing.T) {
	if os.Getenv("FRONTDESK_TEST_LOAD") == "" {
		t.Skip("set FRONTDESK_TEST_LOAD=1 for a minute of load on each platform")
	}
	const people, rate, lasts = 1000, 1000, 60 * time.Second
	for _, name := range []string{"slack", "discord"} {
		t.Run(name, func(t *testing.T) {
			p := servedPlatforms[name](t, people)
			if name == "slack" { // as patient as the real one: the load is stated
				p = newServedSlackAs(t, people, slackfake.Config{})
			}
			s := startServe(t, serveFolder(t, p), p)
			serveUntil(t, "a connection", p.connected)
			for i := range people { // what is done once for each person is over
				serveAsk(t, p, people, i)
			}
			serveUntil(t, "the first answers", func() bool { return serveAnswers(p, people) == people })

			var scrapes []time.Duration
			var memory []int
			stop := make(chan struct{})
			var watching sync.WaitGroup
			watching.Go(func() {
				for tick := time.NewTicker(200 * time.Millisecond); ; {
					select {
					case <-tick.C:
						start := time.Now()
						s.get("/metrics")
						scrapes = append(scrapes, time.Since(start))
						memory = append(memory, resident(t, s.cmd.Process.Pid))
					case <-stop:
						tick.Stop()
						return
					}
				}
			})
			asked, begun := people, time.Now()
			for asked < people+int(rate*lasts.Seconds()) {
				due := people + int(time.Since(begun).Seconds()*rate)
				for ; asked < min(due, people+int(rate*lasts.Seconds())); asked++ {
					serveAsk(t, p, people, asked)
				}
				time.Sleep(2 * time.Millisecond)
			}
			took := time.Since(begun)
			for deadline := time.Now().Add(time.Minute); serveAnswers(p, people) < asked && time.Now().Before(deadline); {
				time.Sleep(100 * time.Millisecond)
			}
			all := time.Since(begun)
			close(stop)
			watching.Wait()
			serveExpect(t, p, people, asked)
			slices.Sort(scrapes)
			t.Logf("%d messages in %v, all answered after %v", asked-people, took, all)
			t.Logf("/metrics: p50 %v, p99 %v, slowest %v of %d", scrapes[len(scrapes)/2], scrapes[len(scrapes)*99/100], scrapes[len(scrapes)-1], len(scrapes))
			t.Logf("resident MiB every 6 s: %v", everyOf(memory, 30))
			t.Logf("processor time of the desk: %v", processorTime(t, s.cmd.Process.Pid))
			for _, line := range stageQuantiles(s.get("/metrics")) {
				t.Log(line)
			}
			if a, ok := p.(interface{ acks() []time.Duration }); ok {
				acks := a.acks()
				t.Logf("acknowledgements: p50 %v, p99 %v, slowest %v of %d", acks[len(acks)/2], acks[len(acks)*99/100], acks[len(acks)-1], len(acks))
			}
			s.signal(syscall.SIGTERM)
			s.end()
		})
	}
}

func (s *servedSlack) acks() []time.Duration { return s.server.Acks() }

// resident gives the memory of a process in MiB.
func resident(t *testing.T, pid int) int {
	m := regexp.MustCompile(`VmRSS:\s+(\d+) kB`).FindStringSubmatch(procFile(t, pid, "status"))
	if m == nil {
		return 0
	}
	n, _ := strconv.Atoi(m[1]) // it is digits
	return n / 1024
}

// processorTime gives what a process has used, in user and system mode.
func processorTime(t *testing.T, pid int) time.Duration {
	text := procFile(t, pid, "stat")
	fields := strings.Fields(text[strings.LastIndexByte(text, ')')+1:])
	var ticks int
	for _, f := range fields[11:13] {
		n, _ := strconv.Atoi(f)
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond // of 100 a second
}

func procFile(t *testing.T, pid int, name string) string {
	f, err := os.Open("/proc/" + strconv.Itoa(pid) + "/" + name)
	if err != nil {
		t.Error(err)
		return ""
	}
	defer f.Close()
	b, err := io.ReadAll(f)
	if err != nil {
		t.Error(err)
	}
	return string(b)
}

func everyOf(all []int, n int) (some []int) {
	for i := 0; i < len(all); i += n {
		some = append(some, all[i])
	}
	return some
}

var bucketLine = regexp.MustCompile(`frontdesk_stage_seconds_bucket\{adapter="[a-z]+",stage="([a-z_]+)",le="([0-9.e+Inf-]+)"\} (\d+)`)

// stageQuantiles reads of the histograms in which bucket the 50th and the 99th
// percentile of each stage lie.
func stageQuantiles(metrics string) (lines []string) {
	type bucket struct {
		le string
		n  int
	}
	stages := map[string][]bucket{}
	var names []string
	for _, m := range bucketLine.FindAllStringSubmatch(metrics, -1) {
		n, _ := strconv.Atoi(m[3]) // it is digits
		if stages[m[1]] == nil {
			names = append(names, m[1])
		}
		stages[m[1]] = append(stages[m[1]], bucket{m[2], n})
	}
	for _, name := range names {
		b := stages[name]
		total := b[len(b)-1].n
		at := func(share float64) string {
			i := slices.IndexFunc(b, func(x bucket) bool { return float64(x.n) >= share*float64(total) })
			return b[i].le
		}
		lines = append(lines, "stage "+name+": p50 ≤ "+at(0.5)+" s, p99 ≤ "+at(0.99)+" s, of "+strconv.Itoa(total))
	}
	return lines
}
