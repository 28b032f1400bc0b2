package retrieval

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"frontdesk/knowledge"
	"frontdesk/retrieval/static"
)

func saved(t *testing.T, x *Index) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "a.index")
	if err := x.Save(path); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestLoadEqualsBuild holds that a loaded index is the one that was saved.
func TestLoadEqualsBuild(t *testing.T) {
	x := exampleIndex(t, "home")
	path := saved(t, x)
	embedder := newCounter()
	y, err := Load(t.Context(), path, x.base, embedder, DefaultConfig(), BuildOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if len(embedder.asked) > 0 {
		t.Errorf("loading embeds %d texts", len(embedder.asked))
	}
	if !bytes.Equal(x.encode(), y.encode()) {
		t.Error("what was loaded is not what was saved")
	}
	for _, text := range append(slices.Clip(strangeTexts()[:50]), "turn on the kitchen lights", "make it dark in here") {
		a, b := search(t, x, text, 3), search(t, y, text, 3)
		for i := range a.Hits {
			if a.Hits[i].Entry.ID != b.Hits[i].Entry.ID || a.Hits[i].Probability != b.Hits[i].Probability {
				t.Errorf("%q: hit %d is %s before and %s after", text, i, a.Hits[i].Entry.ID, b.Hits[i].Entry.ID)
			}
		}
	}
	for name, base := range map[string]*knowledge.Base{
		"empty": faqBase(t, nil), "one entry": faqBase(t, map[string][]string{"a": {"When are you open?"}}),
	} {
		if _, err := Load(t.Context(), saved(t, build(t, base)), base, static.Default(), DefaultConfig(), BuildOptions{}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestLoadStale(t *testing.T) {
	base := faqBase(t, shop())
	path := saved(t, shopIndex(t))
	entries := shop()
	entries["password"][1] = "I lost my password"
	changed := faqBase(t, entries)
	renamed := shop()
	renamed["postage"] = renamed["shipping"]
	delete(renamed, "shipping")
	other := newCounter()
	other.fingerprint = "+"
	config := DefaultConfig()
	config.Precision = 0.9
	for _, c := range []struct {
		name     string
		base     *knowledge.Base
		embedder Embedder
		config   Config
		reuse    bool
	}{
		{"a changed phrasing", changed, static.Default(), DefaultConfig(), true},
		{"another id", faqBase(t, renamed), static.Default(), DefaultConfig(), true},
		{"another configuration", base, static.Default(), config, true},
		{"another embedder", base, other, DefaultConfig(), false},
	} {
		x, err := Load(t.Context(), path, c.base, c.embedder, c.config, BuildOptions{})
		if !errors.Is(err, ErrStale) || (x != nil) != c.reuse {
			t.Errorf("%s: index %v, error %v", c.name, x != nil, err)
		}
	}

	// What is stale still saves the embedder its work, and is never searched.
	x, _ := Load(t.Context(), path, changed, static.Default(), DefaultConfig(), BuildOptions{})
	if _, err := x.Search(t.Context(), Question{Text: "hello"}, 1); err == nil {
		t.Error("a stale index can be searched")
	}
	embedder := newCounter()
	y, err := Build(t.Context(), changed, embedder, DefaultConfig(), BuildOptions{Previous: x})
	if err != nil {
		t.Fatal(err)
	}
	if len(embedder.asked) != 1 || embedder.asked[0] != "I lost my password" {
		t.Errorf("embedded again: %q", embedder.asked)
	}
	if !bytes.Equal(y.encode(), build(t, changed).encode()) {
		t.Error("the index differs from one that was built from nothing")
	}
}

// TestLoadDamaged spoils a file in every way and place.
func TestLoadDamaged(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long under the race detector, and does one thing at a time")
	}
	base := faqBase(t, map[string][]string{"a": {"When are you open?"}, "b": {"How do I reset my password?", "I forgot my password"}})
	whole := build(t, base).encode()
	path := filepath.Join(t.TempDir(), "a.index")
	check := func(name string, data []byte, want error) {
		t.Helper()
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		if x, err := Load(t.Context(), path, base, static.Default(), DefaultConfig(), BuildOptions{}); !errors.Is(err, want) || x != nil {
			t.Errorf("%s: index %v, error %v, want %v", name, x != nil, err, want)
		}
	}
	check("empty", nil, ErrDamaged)
	check("foreign", []byte("PK\x03\x04 something else that is long enough to hold a header, and then some more of it"), ErrDamaged)
	for i := 0; i < len(whole); i += 1 + len(whole)/300 {
		check("truncated", whole[:i], ErrDamaged)
	}
	check("truncated by one", whole[:len(whole)-1], ErrDamaged)
	check("longer", append(bytes.Clone(whole), 0), ErrDamaged)
	for i := 0; i < len(whole); i += 1 + len(whole)/300 {
		if i >= len(indexMagic) && i < len(indexMagic)+4 {
			continue // the format, below
		}
		flipped := bytes.Clone(whole)
		flipped[i] ^= 1 << (i % 8)
		check("flipped", flipped, ErrDamaged)
	}
	newer := bytes.Clone(whole)
	newer[len(indexMagic)]++
	check("newer", newer, ErrStale)
	if _, err := Load(t.Context(), path+".none", base, static.Default(), DefaultConfig(), BuildOptions{}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	if _, err := Load(t.Context(), t.TempDir(), base, static.Default(), DefaultConfig(), BuildOptions{}); err == nil {
		t.Error("a folder is loaded")
	}
}

// TestSaveKeepsTheOld holds that a file which cannot be replaced stays whole.
func TestSaveKeepsTheOld(t *testing.T) {
	x := build(t, faqBase(t, map[string][]string{"a": {"When are you open?"}}))
	if err := x.Save(filepath.Join(t.TempDir(), "no", "such", "folder", "a.index")); err == nil {
		t.Error("saving into a folder that is not there gives no error")
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "a.index")
	for range 2 {
		if err := x.Save(path); err != nil {
			t.Fatal(err)
		}
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 1 {
		t.Errorf("saving leaves %v, %v", files, err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file has the mode %v, %v", info.Mode(), err)
	}
}

// FuzzLoad changes the body of a file whose checksum is right: no length in it
// is trusted, and whatever is loaded can be searched.
func FuzzLoad(f *testing.F) {
	base := faqBase(f, map[string][]string{"a": {"When are you open?"}, "b": {"How do I reset my password?", "I forgot my password"}})
	whole := build(f, base).encode()
	numbers := indexHeader + 32 // where the counts begin
	f.Add(0, []byte{}, -1)
	f.Add(numbers, []byte{0xff, 0xff, 0xff, 0xff}, -1)
	f.Add(numbers+4+len(static.Default().Fingerprint()), []byte{0, 0, 0, 0}, -1)
	f.Add(numbers+8+len(static.Default().Fingerprint()), binary.LittleEndian.AppendUint32(nil, math.MaxInt32), -1)
	f.Add(len(whole)-8, binary.LittleEndian.AppendUint64(nil, math.Float64bits(math.NaN())), -1)
	f.Add(0, []byte{}, numbers)
	f.Add(0, []byte{}, len(whole)-1)
	f.Fuzz(func(t *testing.T, at int, change []byte, end int) {
		data := bytes.Clone(whole)
		if at >= 0 && at < len(data) {
			copy(data[at:], change)
		}
		if end >= indexHeader && end < len(data) {
			data = data[:end]
		}
		copy(data, whole[:len(indexMagic)+4])
		binary.LittleEndian.PutUint64(data[len(indexMagic)+4:], uint64(len(data)-indexHeader))
		sum := indexChecksum(data)
		copy(data[indexSum:], sum[:])
		x, err := decodeIndex(data, base, static.Default(), DefaultConfig(), BuildOptions{})
		if err != nil {
			if !errors.Is(err, ErrStale) && !errors.Is(err, ErrDamaged) {
				t.Errorf("the error is neither stale nor damaged: %v", err)
			}
			return
		}
		if _, err := x.Search(t.Context(), Question{Text: "when do you open"}, 3); err != nil {
			t.Errorf("what was loaded cannot be searched: %v", err)
		}
	})
}
