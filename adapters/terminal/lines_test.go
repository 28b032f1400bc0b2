package terminal

import (
	"bufio"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Lines come out as bufio.Scanner cuts them, however small the buffer is.
func FuzzLines(f *testing.F) {
	for _, seed := range []string{"", "\n", "a\nb", "a\r\nb\r\n", "\r\n\r\n", "a\rb\n", "\xff\x00\n", strings.Repeat("x", 100) + "\n"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		if len(in) > maxLine {
			t.Skip()
		}
		var want, got []string
		s := bufio.NewScanner(strings.NewReader(in))
		s.Buffer(nil, maxLine+2)
		for s.Scan() {
			want = append(want, s.Text())
		}
		lines := lineReader{bufio.NewReaderSize(strings.NewReader(in), 16)}
		for {
			line, err := lines.next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, line)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("lines (-want +got):\n%s", diff)
		}
	})
}
