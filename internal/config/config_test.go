package config_test

import (
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"frontdesk/adapters/discord"
	"frontdesk/adapters/mic"
	"frontdesk/adapters/slack"
	"frontdesk/adapters/terminal"
	"frontdesk/asr/whisper"
	"frontdesk/bot"
	"frontdesk/bot/dispatch/homeassistant"
	"frontdesk/bot/dispatch/mqtt"
	"frontdesk/bot/journal"
	"frontdesk/internal/config"
	"frontdesk/internal/fault"
	"frontdesk/internal/ort"
	"frontdesk/internal/secret"
	"frontdesk/retrieval"

	"github.com/adrg/xdg"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

var update = flag.Bool("update", false, "write the golden files")

// parse reads a configuration that is given as text.
func parse(t *testing.T, text string) (*config.Config, error) {
	t.Helper()
	return config.Load(fstest.MapFS{"c.yaml": {Data: []byte(text)}}, "c.yaml")
}

const minimal = "format: 1\nbases: {desk: {knowledge: kb}}\n"

// TestDefaults holds that what config.yaml says is what holds where a file says
// nothing, so that the file documents the defaults.
func TestDefaults(t *testing.T) {
	annotated, err := config.Load(os.DirFS("../.."), "config.yaml")
	if err != nil {
		t.Fatal(err)
	}
	short, err := parse(t, minimal)
	if err != nil {
		t.Fatal(err)
	}
	want := &config.Config{
		DataDir: filepath.Join(xdg.StateHome, "frontdesk"), DefaultBase: "desk",
		Embedding: config.DefaultEmbedding(), ONNXRuntime: ort.DefaultConfig(),
		Bases:         map[string]config.Base{"desk": {Knowledge: []string{"kb"}, Retrieval: retrieval.DefaultConfig()}},
		Conversations: bot.DefaultConfig(), Journal: journal.DefaultConfig(), Terminal: terminal.DefaultConfig(),
		MQTT: mqtt.DefaultConfig(), HomeAssistant: homeassistant.DefaultConfig(),
		Slack: slack.DefaultConfig(), Discord: discord.DefaultConfig(),
		Speech: config.DefaultSpeech(), Mic: mic.DefaultConfig(),
		HTTP: config.DefaultHTTP(), Log: config.Log{Level: slog.LevelWarn},
	}
	for name, c := range map[string]*config.Config{"the annotated file": annotated, "a short one": short} {
		c.File, c.FS, c.Dir = "", nil, ""
		if c == annotated {
			desk := c.Bases["desk"]
			desk.Knowledge, desk.Handover = []string{"kb"}, ""
			c.Bases["desk"] = desk
		}
		if diff := cmp.Diff(want, c, cmpopts.EquateEmpty(), cmpopts.IgnoreUnexported(config.Config{}, whisper.Config{})); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// TestAnnotated holds that the annotated file names every key.
func TestAnnotated(t *testing.T) {
	data, err := os.ReadFile("../../config.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"format", "data_dir", "default_base", "bases", "knowledge", "precision", "unknown_share", "handover",
		"conversations", "expire", "at_most", "confirm_within", "journal", "enabled", "retention_days",
		"people", "allow", "mqtt", "url", "client_id", "username", "password", "tls", "keepalive", "connect_timeout",
		"homeassistant", "token", "timeout", "ca", "terminal", "prompt", "colour", "history", "greeting", "embedding", "model", "onnx", "file", "pooling", "normalize", "max_tokens", "remote", "api_key", "dimensions", "query_timeout", "batch",
		"query_prefix", "passage_prefix", "reranker", "blend", "cache", "onnxruntime", "library", "threads", "provider", "models", "mirror", "catalogue", "log", "level",
		"experts", "http", "address", "cert", "key", "pprof"} {
		if !strings.Contains(string(data), key+":") {
			t.Errorf("the key %s is not there", key)
		}
	}
}

// TestAnnotatedAdapters holds that the annotated file names every key of the
// adapters in its section.
func TestAnnotatedAdapters(t *testing.T) {
	data, err := os.ReadFile("../../config.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for name, cfg := range map[string]any{"slack": slack.Config{}, "discord": discord.Config{}, "mic": mic.Config{}} {
		_, section, _ := strings.Cut(string(data), "\n"+name+":\n")
		section, _, _ = strings.Cut(section, "\n\n")
		keys := keysOf(reflect.TypeOf(cfg))
		if len(keys) < 10 {
			t.Errorf("%s has the keys %q", name, keys)
		}
		for _, key := range keys {
			if !strings.Contains("\n"+section, "\n  "+key+":") {
				t.Errorf("the key %s of %s is not there", key, name)
			}
		}
	}
}

// keysOf gives the keys of a section as its tags name them.
func keysOf(section reflect.Type) (keys []string) {
	for f := range section.Fields() {
		key, inline := strings.CutSuffix(f.Tag.Get("yaml"), ",inline")
		if inline {
			keys = append(keys, keysOf(f.Type)...)
		} else if f.Tag.Get("unsupported") == "" {
			keys = append(keys, key)
		}
	}
	return keys
}

func TestSettings(t *testing.T) {
	t.Setenv("TEST_HA_TOKEN", "abc")
	c, err := parse(t, `
format: 1
data_dir: /var/lib/frontdesk
default_base: home
bases:
  home:
    knowledge: [kb, "more/*.yaml"]
    precision: 0.8
    unknown_share: 0.3
    handover: "Ask **Ann**.\n"
    experts: slack:C1
  desk: {knowledge: [desk.yaml]}
conversations: {expire: 1h, at_most: 5}
journal: {enabled: false}
terminal:
homeassistant: {url: "http://home.example:8123", token: "${env:TEST_HA_TOKEN}", ca: ca.pem}
embedding:
  remote: {url: "http://ai.example:8000/v1", model: mini, api_key: "${env:TEST_HA_TOKEN}", query_prefix: "query: ", timeout: 1m}
  onnx: {pooling: cls, query_prefix: "", dimensions: 3}
  reranker: models/rr
  blend: true
  cache: 0
onnxruntime: {library: lib, threads: 2}
models: {mirror: "https://models.example/hf", token: "${env:TEST_HA_TOKEN}", catalogue: mine.yaml}
http: {address: ":80", tls: {cert: c.pem, key: /k.pem}}
log: {level: Debug, format: json}
`)
	if err != nil {
		t.Fatal(err)
	}
	home := config.Base{Knowledge: []string{"kb", "more/*.yaml"}, Handover: "Ask **Ann**.", Experts: "slack:C1", Retrieval: retrieval.Config{Precision: 0.8, UnknownShare: 0.3}}
	if diff := cmp.Diff(home, c.Bases["home"]); diff != "" {
		t.Error(diff)
	}
	if c.Bases["desk"].Retrieval != retrieval.DefaultConfig() || c.DefaultBase != "home" {
		t.Errorf("%+v", c)
	}
	if want := (bot.Config{Expire: time.Hour, AtMost: 5, ConfirmWithin: bot.DefaultConfig().ConfirmWithin}); c.Conversations != want {
		t.Errorf("conversations: %+v", c.Conversations)
	}
	if want := (journal.Config{RetentionDays: journal.DefaultConfig().RetentionDays}); c.Journal != want {
		t.Errorf("journal: %+v", c.Journal)
	}
	if h := c.HomeAssistant; h.URL != "http://home.example:8123" || h.Token.Reveal() != "abc" || h.Timeout != 10*time.Second || !filepath.IsAbs(h.CA) {
		t.Errorf("home assistant: %+v", h)
	}
	if e := c.Embedding; e.Remote.Model != "mini" || e.Remote.APIKey.Reveal() != "abc" || e.Remote.Timeout != time.Minute || e.Remote.Batch != 32 || e.Reranker != "models/rr" || !e.Blend || e.Cache != 0 {
		t.Errorf("embedding: %+v", e)
	}
	if o := c.Embedding.ONNX; o.Pooling != "cls" || o.QueryPrefix == nil || *o.QueryPrefix != "" || o.PassagePrefix != nil || o.Dimensions != 3 {
		t.Errorf("onnx: %+v", o)
	}
	if o := c.ONNXRuntime; !filepath.IsAbs(o.Library) || o.Threads != 2 || o.Provider != ort.CPU {
		t.Errorf("onnxruntime: %+v", o)
	}
	if m := c.Models; m.Mirror != "https://models.example/hf" || m.Token.Reveal() != "abc" || !filepath.IsAbs(m.Catalogue) {
		t.Errorf("models: %+v", m)
	}
	if h := c.HTTP; h.Address != ":80" || !filepath.IsAbs(h.TLS.Cert) || h.TLS.Key != "/k.pem" || !c.Log.JSON {
		t.Errorf("http: %+v, log: %+v", h, c.Log)
	}
	if c.Terminal != terminal.DefaultConfig() || c.Log.Level != slog.LevelDebug || c.DataDir != "/var/lib/frontdesk" {
		t.Errorf("%+v", c)
	}
}

func TestFaults(t *testing.T) {
	_, err := config.Load(nil, "testdata/faults.yaml")
	var list fault.List
	if !errors.As(err, &list) {
		t.Fatal(err)
	}
	got := list.Error() + "\n"
	if *update {
		if err := os.WriteFile("testdata/faults.golden", []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("testdata/faults.golden")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Error(diff)
	}
}

func TestWholeFileFaults(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"empty", "", "c.yaml:1:1: the file is empty; begin it with the line format: 1"},
		{"nothing with a name", "&nothing", "c.yaml:1:1: the file is empty; begin it with the line format: 1"},
		{"newer", "format: 2\nplugins: {}\n", "c.yaml:1:9: the file has a format newer than this version reads; update frontdesk, or write format: 1"},
		{"older", strings.Replace(minimal, "1", "0", 1), "c.yaml:1:9: there is no such format; write format: 1"},
		{"no format", "bases: {desk: {knowledge: kb}}", "c.yaml:1:1: the format is missing; begin the file with the line format: 1"},
		{"a list", "- a", "c.yaml:1:1: expected keys with values, found a list; known keys: format, data_dir, default_base, bases, people, embedding, onnxruntime, models, conversations, journal, mqtt, terminal, homeassistant, slack, discord, speech, mic, http, log"},
		{"no bases", "format: 1", "c.yaml:1:1: there are no bases; name one under bases: with its knowledge files"},
		{"no default", "format: 1\nbases: {a: {knowledge: x}, b: {knowledge: y}}", "c.yaml:1:1: it is not said which base answers by default; write default_base: with one of a, b"},
		{"syntax", "format: 1\nbases: a: b", "c.yaml:2:9: a colon stands where no key can end; put a text that has a colon and a space in it into quotes, or check the indentation"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := parse(t, c.in)
			var list fault.List
			if !errors.As(err, &list) || err.Error() != c.want {
				t.Errorf("got %v\nwant %s", err, c.want)
			}
		})
	}
}

func TestMQTT(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("HOME", "/home/ann")
	for name, text := range map[string]string{
		"password":    "hunter2\n",
		"config.yaml": minimal + "mqtt: {url: mqtts://broker, password: \"${file:password}\", tls: {ca: ca.pem, cert: ~/cert.pem, key: /key.pem}, keepalive: 1m}\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c, err := config.Load(nil, filepath.Join(dir, "config.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	want := mqtt.DefaultConfig()
	want.URL, want.Password, want.KeepAlive = "mqtts://broker", secret.New("hunter2"), time.Minute
	want.TLS = mqtt.TLS{CA: filepath.Join(dir, "ca.pem"), Cert: "/home/ann/cert.pem", Key: "/key.pem"}
	if diff := cmp.Diff(want, c.MQTT); diff != "" {
		t.Error(diff)
	}
	if text := fmt.Sprintf("%+v", c); strings.Contains(text, "hunter2") {
		t.Error(text)
	}
}

// What platforms call must be there, at a path of its own.
func TestCalled(t *testing.T) {
	t.Setenv("TEST_TOKEN", "xoxb-1")
	const both = "slack: {mode: http, bot_token: \"${env:TEST_TOKEN}\", signing_secret: \"${env:TEST_TOKEN}\", path: /x}\n" +
		"discord: {token: \"${env:TEST_TOKEN}\", public_key: 0102030405060708091011121314151617181920212223242526272829303132, path: /x}\n"
	for text, want := range map[string]string{
		both: "c.yaml:4:123: Slack is called at this path already; write another one",
		strings.Replace(both, "/x", "/metrics", 1): "c.yaml:3:96: /metrics is a path of the desk itself; write another one, such as /slack/events",
		strings.Replace(both, "/x", "/y", 1) + "http: {address: \"\"}\n": "c.yaml:3:15: Slack or Discord is to call the desk by HTTP, which is switched off; give http: an address:\n" +
			"c.yaml:4:10: Slack or Discord is to call the desk by HTTP, which is switched off; give http: an address:",
		strings.Replace(both, "/x", "/y", 1): "",
	} {
		got := ""
		if _, err := parse(t, minimal+text); err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("got %s\nwant %s", got, want)
		}
	}
}

func TestUnreadable(t *testing.T) {
	if _, err := config.Load(nil, "nowhere.yaml"); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "nowhere.yaml") {
		t.Errorf("a missing file: %v", err)
	}
	if _, err := parse(t, strings.Repeat("#", 2<<20)); err == nil || !strings.Contains(err.Error(), "larger than 1 MiB") {
		t.Errorf("a large file: %v", err)
	}
}

func TestDataDir(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("HOME", "/home/ann")
	file := filepath.Join(dir, "config.yaml")
	for in, want := range map[string]string{"state": filepath.Join(dir, "state"), "~/state": "/home/ann/state", "~": "/home/ann", "/x/../y": "/y"} {
		if err := os.WriteFile(file, []byte(minimal+"data_dir: \""+in+"\"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		c, err := config.Load(nil, file)
		if err != nil || c.DataDir != want || c.Dir != dir {
			t.Errorf("%s: got %s from %s, %v", in, c.DataDir, c.Dir, err)
		}
	}
}

func TestFind(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	t.Setenv("XDG_CONFIG_DIRS", t.TempDir())
	t.Setenv("FRONTDESK_CONFIG", "")
	xdg.Reload()
	t.Cleanup(xdg.Reload)
	if got := config.Find(""); got != "" {
		t.Errorf("found %s where there is none", got)
	}
	user := filepath.Join(os.Getenv("XDG_CONFIG_HOME"), "frontdesk", "config.yaml")
	for _, name := range []string{user, "config.yaml"} {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(minimal), 0o644); err != nil {
			t.Fatal(err)
		}
		if got := config.Find(""); got != name {
			t.Errorf("found %s, want %s", got, name)
		}
	}
	t.Setenv("FRONTDESK_CONFIG", "other.yaml")
	if got := config.Find(""); got != "other.yaml" {
		t.Errorf("found %s", got)
	}
	if got := config.Find("asked.yaml"); got != "asked.yaml" {
		t.Errorf("found %s", got)
	}
}

// A model is named as it is known to the shelf, or by a path.
func TestModel(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("HOME", "/home/ann")
	for written, want := range map[string]string{"''": "", "all-MiniLM-L6-v2": filepath.Join(dir, "all-MiniLM-L6-v2"), "./m": filepath.Join(dir, "m"), "~/m": "/home/ann/m", "/m": "/m"} {
		file := filepath.Join(dir, "config.yaml")
		if err := os.WriteFile(file, []byte(minimal+"embedding: {model: "+written+"}\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		c, err := config.Load(nil, file)
		if err != nil {
			t.Fatal(err)
		}
		if want == "" {
			if c.Embedding.Model != "" {
				t.Errorf("%s is %s", written, c.Embedding.Model)
			}
			continue
		}
		if got, err := c.Path(c.Embedding.Model); err != nil || got != want || c.Embedding.Model != written {
			t.Errorf("%s is %s, %v", written, got, err)
		}
	}
}

func Example() {
	file := fstest.MapFS{"config.yaml": {Data: []byte("format: 1\nbases: {desk: {knowledge: kb, percision: 0.9}}\n")}}
	_, err := config.Load(file, "config.yaml")
	fmt.Println(err)
	// Output: config.yaml:2:31: unknown key "percision"; did you mean "precision"?
}

func FuzzParse(f *testing.F) {
	f.Add(minimal)
	f.Add("&nothing")
	for _, name := range []string{"../../config.yaml", "testdata/faults.yaml"} {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(data))
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, err := parse(t, text)
		if err != nil {
			return
		}
		base, ok := c.Bases[c.DefaultBase]
		if !ok || len(base.Knowledge) == 0 || !filepath.IsAbs(c.DataDir) {
			t.Errorf("a configuration that does not work: %+v", c)
		}
	})
}
