package journal

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"frontdesk/bot"
)

// sample is an exchange of an ordinary size.
func sample(conversation, id string) bot.Exchange {
	return bot.Exchange{
		Time: time.Now(), Base: "desk", Conversation: conversation, MessageID: id,
		Sender: "terminal:local", Channel: "terminal:local", Kind: bot.Text, Locale: "en",
		Question: "how do I add a qestion", Decision: bot.Answer, Entry: "add-question", Probability: 0.97,
		Slots:  map[string]string{"area": "living_room"},
		Answer: "Write it under `faq:` in a knowledge file, with an id, a question and an answer.", Latency: 830 * time.Microsecond,
	}
}

// BenchmarkOpen measures opening and closing a journal of 10,000 exchanges, as
// every run of "ask" does.
func BenchmarkOpen(b *testing.B) {
	ctx := b.Context()
	path := filepath.Join(b.TempDir(), "journal.db")
	fill(b, path, 10_000)
	var opening time.Duration
	for b.Loop() {
		start := time.Now()
		j, err := Open(ctx, path, DefaultConfig())
		if err != nil {
			b.Fatal(err)
		}
		opening += time.Since(start)
		if err := j.Close(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(opening.Microseconds())/float64(b.N), "µs/open")
}

// BenchmarkOpenNew measures making a journal.
func BenchmarkOpenNew(b *testing.B) {
	dir := b.TempDir()
	for i := 0; b.Loop(); i++ {
		j, err := Open(b.Context(), filepath.Join(dir, fmt.Sprint(i), "journal.db"), DefaultConfig())
		if err != nil {
			b.Fatal(err)
		}
		if err := j.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkRecord measures one exchange in a journal that already holds
// 10,000, and how the slowest fare.
func BenchmarkRecord(b *testing.B) {
	path := filepath.Join(b.TempDir(), "journal.db")
	fill(b, path, 10_000)
	j, err := Open(b.Context(), path, DefaultConfig())
	if err != nil {
		b.Fatal(err)
	}
	defer j.Close()
	var took []time.Duration
	for i := 0; b.Loop(); i++ {
		x := sample("bench", fmt.Sprint("new-", i))
		start := time.Now()
		if err := j.Record(b.Context(), x); err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(start))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Nanoseconds())/1e3, "p50-µs")
	b.ReportMetric(float64(took[len(took)*99/100].Nanoseconds())/1e3, "p99-µs")
}

// BenchmarkExchange measures the question that every message begins with.
func BenchmarkExchange(b *testing.B) {
	path := filepath.Join(b.TempDir(), "journal.db")
	fill(b, path, 10_000)
	j, err := Open(b.Context(), path, DefaultConfig())
	if err != nil {
		b.Fatal(err)
	}
	defer j.Close()
	for b.Loop() {
		if _, seen, err := j.Exchange(b.Context(), "bench", "new"); err != nil || seen {
			b.Fatal(seen, err)
		}
	}
}

// fill makes a journal with n exchanges.
func fill(tb testing.TB, path string, n int) {
	tb.Helper()
	ctx := context.Background()
	j, err := Open(ctx, path, DefaultConfig())
	if err != nil {
		tb.Fatal(err)
	}
	for i := range n {
		if err := j.Record(ctx, sample("bench", fmt.Sprint(i))); err != nil {
			tb.Fatal(err)
		}
	}
	if err := j.Close(); err != nil {
		tb.Fatal(err)
	}
}

// BenchmarkClaim is what a clock does every two seconds: it looks for what is
// due where nothing is, among as many jobs as a base may have.
func BenchmarkClaim(b *testing.B) {
	j := mustOpen(b, filepath.Join(b.TempDir(), "journal.db"))
	for i := range 10_000 {
		x := job(fmt.Sprint("terminal:", i%200), 100+i)
		x.Key = fmt.Sprint(i)
		_, err := j.AddJob(b.Context(), x, bot.JobBounds{PerSender: 100, PerBase: 10_000})
		must(b, err)
	}
	for b.Loop() {
		_, err := j.ClaimJobs(b.Context(), claim(0, "p"))
		must(b, err)
	}
}

// BenchmarkAttempt measures the beginning and the end of an attempt, on top of
// 10,000 others, under three limits.
func BenchmarkAttempt(b *testing.B) {
	j, err := Open(b.Context(), filepath.Join(b.TempDir(), "journal.db"), Config{Enabled: true})
	if err != nil {
		b.Fatal(err)
	}
	defer j.Close()
	limits := []bot.Limit{{Per: bot.PerPerson, Count: 1e6, Within: time.Minute}, {Per: bot.PerRoom, Count: 1e6, Within: time.Minute},
		{Per: bot.PerCommand, Count: 1e6, Within: time.Minute}}
	var begun, ended time.Duration
	attempts := 0
	try := func() {
		attempts++
		a := attempt(fmt.Sprint(attempts))
		a.Time = a.Time.Add(time.Duration(attempts) * time.Second)
		start := time.Now()
		if _, err := j.Begin(b.Context(), a, limits); err != nil {
			b.Fatal(err)
		}
		begun += time.Since(start)
		start = time.Now()
		if err := j.End(b.Context(), a, bot.Outcome{Verdict: bot.Done, Took: time.Second}); err != nil {
			b.Fatal(err)
		}
		ended += time.Since(start)
	}
	for range 10_000 {
		try()
	}
	begun, ended = 0, 0
	for b.Loop() {
		try()
	}
	b.ReportMetric(float64(begun.Microseconds())/float64(b.N), "µs/begin")
	b.ReportMetric(float64(ended.Microseconds())/float64(b.N), "µs/end")
}

// BenchmarkLoad measures what chat adapters do with every message: its event is
// accepted, the exchange recorded, the event finished with one post. Alone, and
// with 64 messages at once; of records alone as well. For the CPU time that it
// costs, run the test binary under time(1).
func BenchmarkLoad(b *testing.B) {
	record := func(ctx context.Context, j *Journal, id string) error { return j.Record(ctx, sample("bench", id)) }
	message := func(ctx context.Context, j *Journal, id string) error {
		r := receipt("slack", id)
		r.Channel, r.Sequence = "C1", id
		_, err := accept(ctx, j, r)
		return errors.Join(err, record(ctx, j, id), j.Finish(ctx, "slack", id, []bot.Post{post("C1", id, id)}))
	}
	for _, c := range []struct {
		name   string
		writes int
		do     func(context.Context, *Journal, string) error
	}{{"record", 1, record}, {"message", 3, message}} {
		for _, atOnce := range []int{1, 64} {
			b.Run(fmt.Sprintf("%s/%d", c.name, atOnce), func(b *testing.B) {
				j := mustOpen(b, filepath.Join(b.TempDir(), "journal.db"))
				var next atomic.Int64
				var all sync.WaitGroup
				b.ResetTimer()
				for range atOnce {
					all.Go(func() {
						for id := next.Add(1); id <= int64(b.N); id = next.Add(1) {
							if err := c.do(b.Context(), j, fmt.Sprint(id)); err != nil {
								b.Error(err)
								return
							}
						}
					})
				}
				all.Wait()
				b.ReportMetric(float64(c.writes*b.N)/b.Elapsed().Seconds(), "writes/s")
			})
		}
	}
}
