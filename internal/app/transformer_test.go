package app

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"frontdesk/internal/config"
	"frontdesk/internal/ort/orttest"
)

// The desks of these tests have the static model, which is quick and the same
// everywhere, but where they name the library.
func TestMain(m *testing.M) {
	os.Setenv("FRONTDESK_ONNXRUNTIME", "off")
	os.Exit(m.Run())
}

// TestTransformer has a desk answer by what is built in: with the library, without
// it, and with it again, on one data_dir. The models never share an index.
func TestTransformer(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	library := "onnxruntime: {library: " + orttest.Config(t).Library + "}\n"
	_, dir := twoBases(t, "")
	for _, c := range []struct{ config, model, state, doctor string }{
		{library, "transformer+builtin", "transformer+builtin, with 576 dimensions", "opens the transformer that is built in"},
		{"", "builtin", "builtin, with 192 dimensions", "the static model is used alone: the transformer that is built in would find more, but "},
		{library, "transformer+builtin", "transformer+builtin, with 576 dimensions", "the embedding model transformer+builtin works"},
		{library + "embedding: {model: builtin}\n", "builtin", "builtin, with 192 dimensions", "the embedding model builtin works"},
		{library + "embedding: {model: transformer}\n", "transformer", "transformer, with 384 dimensions", "the embedding model transformer works"},
	} {
		cfg := configured(t, dir, c.config)
		a := open(t, cfg, Options{})
		if r := say(t, a, "attic", "where is the key"); r.Text != "In the box." || r.Result.Model != c.model {
			t.Errorf("with %q it answers %q by %s", c.config, r.Text, r.Result.Model)
		}
		if s := a.current().state(); s != c.state {
			t.Errorf("with %q the state is %s", c.config, s)
		}
		if err := a.Close(); err != nil {
			t.Error(err)
		}
		if said := doctorSays(t, cfg); !strings.Contains(said, c.doctor) || c.model != "builtin" && strings.Contains(said, "is used alone") {
			t.Errorf("with %q the doctor says\n%s", c.config, said)
		}
	}
}

// doctorSays gives all that the doctor finds.
func doctorSays(t *testing.T, cfg *config.Config) string {
	t.Helper()
	found, err := Doctor(t.Context(), cfg, "")
	if err != nil {
		t.Fatal(err)
	}
	var said strings.Builder
	for _, f := range found {
		said.WriteString(f.What + "\n")
	}
	return said.String()
}

// A library that is named must be there; one that is only looked for need not.
func TestLibraryNamed(t *testing.T) {
	_, dir := twoBases(t, "")
	cfg := configured(t, dir, "onnxruntime: {library: "+filepath.Join(dir, "nowhere")+"}\n")
	if _, err := New(t.Context(), cfg, Options{}); err == nil || !strings.Contains(err.Error(), "nowhere") {
		t.Errorf("a library that is named and is not there gives %v", err)
	}
	t.Setenv("FRONTDESK_ONNXRUNTIME", filepath.Join(dir, "elsewhere"))
	cfg.ONNXRuntime.Library = ""
	if _, err := New(t.Context(), cfg, Options{}); err == nil || !strings.Contains(err.Error(), "elsewhere") {
		t.Errorf("a library that the environment names and is not there gives %v", err)
	}
	cfg.Embedding.Model = builtin
	if r := say(t, open(t, cfg, Options{}), "attic", "where is the key"); r.Result.Model != builtin {
		t.Errorf("builtin is %s", r.Result.Model)
	}
}

// TestScripts has texts in scripts that the transformer cannot read compared by the
// static model alone, and others as before.
func TestScripts(t *testing.T) {
	cfg, _ := twoBases(t, "onnxruntime: {library: "+orttest.Config(t).Library+"}\n")
	e, err := OpenEmbedding(t.Context(), cfg, "")
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	product := func(a, b string) (sum float64) {
		v, err := e.Embedder.Embed(t.Context(), []string{a, b})
		if err != nil {
			t.Fatal(err)
		}
		for i, x := range v[0] {
			sum += float64(x) * float64(v[1][i])
		}
		return sum
	}
	for _, c := range []struct {
		a, b        string
		least, most float64
	}{
		{"Как сбросить пароль?", "Где находится ближайший банкомат?", -0.1, 0.5},
		{"パスワードを忘れました", "営業時間を教えてください", -0.1, 0.5},
		{"πού είναι το κλειδί;", "ποιος ταΐζει τη γάτα;", -0.1, 0.5},
		{"أين المفتاح", "من يطعم القطة", -0.1, 0.5},
		{"Как сбросить пароль в Slack?", "Где находится офис IKEA?", -0.1, 0.5},
		{"how do I reset my password", "how can I reset the password", 0.7, 1},
		{"wie setze ich mein Passwort zurück", "wo ist der nächste Geldautomat", -0.1, 0.7},
	} {
		if p := product(c.a, c.b); p < c.least || p > c.most {
			t.Errorf("%q and %q have the product %.3f, want it from %v to %v", c.a, c.b, p, c.least, c.most)
		}
	}
}
