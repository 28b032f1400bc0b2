package importer_test

import (
	"archive/zip"
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"

	"frontdesk/knowledge/importer"
)

// benchWords makes sentences of words that nobody repeats too often, so that an
// archive packs as one of people does.
func benchWords(r *rand.Rand, n int) string {
	var b strings.Builder
	for range n {
		for range 2 + r.IntN(9) {
			b.WriteByte('a' + byte(r.IntN(26)))
		}
		b.WriteByte(' ')
	}
	return strings.TrimSpace(b.String())
}

// slackBench writes an export of that many bytes: channels of days, of which a
// third is threads.
func slackBench(b *testing.B, size int) string {
	b.Helper()
	name := filepath.Join(b.TempDir(), "export.zip")
	f, err := os.Create(name)
	if err != nil {
		b.Fatal(err)
	}
	buf := bufio.NewWriter(f)
	z := zip.NewWriter(buf)
	check := func(err error) {
		if err != nil {
			b.Fatal(err)
		}
	}
	put := func(name, text string) {
		w, err := z.Create(name)
		check(err)
		_, err = w.Write([]byte(text))
		check(err)
	}
	put("channels.json", `[{"id":"C1","name":"c0"}]`)
	put("users.json", `[{"id":"U1","name":"ann"}]`)
	r := rand.New(rand.NewPCG(1, 2))
	ts := 1_600_000_000
	for day := 0; size > 0; day++ {
		var text strings.Builder
		text.WriteString("[")
		for i := range 400 {
			if i > 0 {
				text.WriteString(",\n")
			}
			ts++
			thread, mark := "", ""
			switch i % 9 {
			case 0:
				thread = fmt.Sprintf(`"thread_ts":"%d.000100",`, ts)
			case 1, 2:
				thread = fmt.Sprintf(`"thread_ts":"%d.000100",`, ts-i%9)
				if i%9 == 2 && i%2 == 0 {
					mark = `,"reactions":[{"name":"white_check_mark","users":["U1"],"count":1}]`
				}
			}
			words := benchWords(r, 30)
			fmt.Fprintf(&text, `{"client_msg_id":"%x","type":"message","text":"*%s* <https:\/\/x.example\/|%d>","user":"U%d","ts":"%d.000100",%s"team":"T1","blocks":[{"type":"rich_text","block_id":"%x","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"%s"}]}]}]%s}`,
				r.Uint64(), words, i, i%7, ts, thread, r.Uint32(), words, mark)
		}
		text.WriteString("]")
		size -= text.Len()
		put(fmt.Sprintf("c%d/%04d-%02d-%02d.json", day%20, 2020+day/336, 1+day/28%12, 1+day%28), text.String())
	}
	check(z.Close())
	check(buf.Flush())
	check(f.Close())
	return name
}

// slackPeak gives the most memory that the process has had, in bytes; 0 where
// the system does not tell.
func slackPeak() int64 {
	data, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	var kb int64
	for line := range strings.Lines(string(data)) {
		if _, err := fmt.Sscanf(line, "VmHWM: %d kB", &kb); err == nil {
			return kb << 10
		}
	}
	return 0
}

// BenchmarkSlack reads an export of 100 MB. The bar is 10 s and 300 MB.
func BenchmarkSlack(b *testing.B) {
	name := slackBench(b, 100_000_000)
	debug.FreeOSMemory()
	before := slackPeak()
	b.ResetTimer()
	for b.Loop() {
		src := importer.Source{Name: "export.zip", Files: os.DirFS(filepath.Dir(name)), Path: filepath.Base(name)}
		found, err := importer.Slack().Read(b.Context(), src, importer.Options{})
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(len(found.Items)), "items")
	}
	b.ReportMetric(float64(before)/1e6, "MB-before")
	b.ReportMetric(float64(slackPeak())/1e6, "MB-peak")
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	b.ReportMetric(float64(m.TotalAlloc)/1e6/float64(b.N), "MB-allocated/op")
}
