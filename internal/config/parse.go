package config

import (
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"frontdesk/adapters/discord"
	"frontdesk/adapters/mic"
	"frontdesk/adapters/slack"
	"frontdesk/adapters/terminal"
	"frontdesk/bot"
	"frontdesk/bot/dispatch"
	"frontdesk/bot/dispatch/homeassistant"
	"frontdesk/bot/dispatch/mqtt"
	"frontdesk/bot/journal"
	"frontdesk/internal/fault"
	"frontdesk/internal/shelf"
	"frontdesk/internal/strictyaml"
	"frontdesk/knowledge"
	"frontdesk/retrieval"

	"go.yaml.in/yaml/v4"
)

// maxBaseName is in bytes; the name is part of file names.
const maxBaseName = 64

// A page is the file as it is written. Sections are read afterwards, over the
// defaults of their parts.
type page struct {
	Format        strictyaml.At[int]         `yaml:"format"`
	DataDir       strictyaml.At[string]      `yaml:"data_dir"`
	DefaultBase   strictyaml.At[string]      `yaml:"default_base"`
	Bases         strictyaml.Map[yaml.Node]  `yaml:"bases"`
	People        strictyaml.Map[personPage] `yaml:"people"`
	Embedding     *yaml.Node                 `yaml:"embedding"`
	ONNXRuntime   *yaml.Node                 `yaml:"onnxruntime"`
	Models        *yaml.Node                 `yaml:"models"`
	Conversations *yaml.Node                 `yaml:"conversations"`
	Journal       *yaml.Node                 `yaml:"journal"`
	MQTT          *yaml.Node                 `yaml:"mqtt"`
	Terminal      *yaml.Node                 `yaml:"terminal"`
	HomeAssistant *yaml.Node                 `yaml:"homeassistant"`
	Slack         *yaml.Node                 `yaml:"slack"`
	Discord       *yaml.Node                 `yaml:"discord"`
	Speech        *yaml.Node                 `yaml:"speech"`
	Mic           *yaml.Node                 `yaml:"mic"`
	HTTP          *yaml.Node                 `yaml:"http"`
	Log           *yaml.Node                 `yaml:"log"`
}

type basePage struct {
	Knowledge        strictyaml.Many[strictyaml.At[string]] `yaml:"knowledge"`
	Handover         string                                 `yaml:"handover"`
	Experts          strictyaml.At[string]                  `yaml:"experts"`
	Allow            *yaml.Node                             `yaml:"allow"`
	Propose          *yaml.Node                             `yaml:"propose"`
	retrieval.Config `yaml:",inline"`
}

type logPage struct {
	Level  strictyaml.At[string] `yaml:"level"`
	Format strictyaml.At[string] `yaml:"format"`
}

// A parser gathers the faults of one file.
type parser struct {
	file   string
	root   *yaml.Node
	faults fault.List
}

// parse fills the configuration from the file.
func (c *Config) parse(file string, data []byte) fault.List {
	root, faults := strictyaml.Parse(file, data)
	p := parser{file: file, root: root, faults: faults}
	if root == nil || root.Tag == "!!null" {
		if len(faults) == 0 {
			p.faults.Add(fault.Fault{File: file, Line: 1, Col: 1, What: "the file is empty", Do: "begin it with the line format: 1"})
		}
		return p.faults
	}
	var pg page
	faults = strictyaml.DecodeNode(file, root, &pg)
	if pg.Format.Value > formatNumber {
		// What else stands there may be new to us and no fault of its owner.
		p.faults = fault.List{strictyaml.Fault(file, pg.Format.Node, "the file has a format newer than this version reads",
			"update frontdesk, or write format: 1")}
		return p.faults
	}
	p.faults = append(p.faults, faults...)
	switch {
	case root.Kind != yaml.MappingNode: // That is reported.
		return p.faults
	case pg.Format.Node == nil:
		p.add(root, "the format is missing", "begin the file with the line format: 1")
	case pg.Format.Value < formatNumber && pg.Format.Node.Tag == "!!int":
		p.add(pg.Format.Node, "there is no such format", "write format: 1")
	}
	c.DataDir = pg.DataDir.Value
	c.Conversations, c.Journal, c.Terminal = bot.DefaultConfig(), journal.DefaultConfig(), terminal.DefaultConfig()
	c.MQTT, c.Models = mqtt.DefaultConfig(), shelf.DefaultConfig()
	section(&p, pg.Models, &c.Models, func() checks { return c.Models.Check })
	section(&p, pg.Conversations, &c.Conversations, func() checks { return c.Conversations.Check })
	section(&p, pg.Journal, &c.Journal, func() checks { return c.Journal.Check })
	section(&p, pg.MQTT, &c.MQTT, func() checks { return c.MQTT.Check })
	section(&p, pg.Terminal, &c.Terminal, func() checks { return c.Terminal.Check })
	c.HomeAssistant = homeassistant.DefaultConfig()
	section(&p, pg.HomeAssistant, &c.HomeAssistant, func() checks { return c.HomeAssistant.Check })
	c.Speech = DefaultSpeech()
	section(&p, pg.Speech, &c.Speech, func() checks { return c.Speech.Check })
	c.Mic = mic.DefaultConfig()
	section(&p, pg.Mic, &c.Mic, func() checks { return c.Mic.Check })
	c.HTTP = DefaultHTTP()
	section(&p, pg.HTTP, &c.HTTP, func() checks { return c.HTTP.Check })
	c.Slack, c.Discord = slack.DefaultConfig(), discord.DefaultConfig()
	section(&p, pg.Slack, &c.Slack, func() checks { return c.Slack.Check })
	section(&p, pg.Discord, &c.Discord, func() checks { return c.Discord.Check })
	p.people(c, pg.People)
	p.bases(c, pg)
	p.named(c, pg.Slack, c.Slack.BasesNamed())
	p.named(c, pg.Discord, c.Discord.BasesNamed())
	p.named(c, pg.Mic, c.Mic.BasesNamed())
	p.called(c, pg)
	p.pushed(c, pg)
	p.embedding(c, pg)
	p.log(c, pg.Log)
	p.faults.Sort()
	return p.faults
}

// checks is the Check method of a part's settings.
type checks func(report func(key, what, do string))

// section reads a part's settings and has the part check them. A setting that
// cannot be read is not checked as well, so no fault is reported twice.
func section(p *parser, n *yaml.Node, into any, check func() checks) {
	var unread fault.List
	if n != nil {
		unread = strictyaml.DecodeNode(p.file, n, into)
		p.faults = append(p.faults, unread...)
	}
	check()(func(key, what, do string) {
		f := strictyaml.Fault(p.file, find(n, key), what, do)
		if !slices.ContainsFunc(unread, func(u fault.Fault) bool { return u.Line == f.Line && u.Col == f.Col }) {
			p.faults.Add(f)
		}
	})
}

// find gives the value under a key, as "a.b"; the section itself where the key
// is not written.
func find(n *yaml.Node, key string) *yaml.Node {
	for name := range strings.SplitSeq(key, ".") {
		if n == nil || n.Kind != yaml.MappingNode {
			return n
		}
		for i := 0; i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == name {
				n = n.Content[i+1]
				break
			}
		}
	}
	return n
}

func (p *parser) bases(c *Config, pg page) {
	c.Bases = map[string]Base{}
	var names []string
	for _, b := range pg.Bases {
		name := b.Key.Value
		if !isBaseName(name) {
			p.add(b.Key.Node, fmt.Sprintf("%q cannot be the name of a base", strictyaml.Shorten(name)),
				fmt.Sprintf("use at most %d letters, digits, - and _", maxBaseName))
			continue
		}
		names = append(names, name)
		c.Bases[name] = p.base(c, b)
	}
	if len(pg.Bases) == 0 {
		p.add(p.root, "there are no bases", "name one under bases: with its knowledge files")
		return
	}
	c.DefaultBase = pg.DefaultBase.Value
	switch {
	case c.DefaultBase == "" && len(names) == 1:
		c.DefaultBase = names[0]
	case c.DefaultBase == "":
		n := pg.DefaultBase.Node
		if n == nil {
			n = p.root
		}
		p.add(n, "it is not said which base answers by default", "write default_base: with one of "+strings.Join(names, ", "))
	case !slices.Contains(names, c.DefaultBase):
		do := "bases: " + strings.Join(names, ", ")
		if near := strictyaml.Nearest(c.DefaultBase, names); near != "" {
			do = fmt.Sprintf("did you mean %q?", near)
		}
		p.add(pg.DefaultBase.Node, fmt.Sprintf("there is no base %q", strictyaml.Shorten(c.DefaultBase)), do)
	}
}

func (p *parser) base(c *Config, b strictyaml.Pair[yaml.Node]) Base {
	pg := basePage{Config: retrieval.DefaultConfig()}
	section(p, b.Value.Node, &pg, func() checks { return pg.Check })
	if len(pg.Knowledge) == 0 {
		p.add(b.Key.Node, fmt.Sprintf("the base %q has no knowledge", b.Key.Value), "write knowledge: with files, folders or globs")
	}
	out := Base{Handover: strings.TrimSpace(pg.Handover), Retrieval: pg.Config}
	if pg.Experts.Value != "" {
		if out.Experts = bot.Address(pg.Experts.Value); !isAddress(out.Experts) {
			p.add(pg.Experts.Node, fmt.Sprintf("%q is no address of an adapter", strictyaml.Shorten(pg.Experts.Value)),
				`write the adapter and the id of the channel there, as in "slack:C0123"`)
		}
	}
	out.Allow, out.Propose = p.rights(c, pg.Allow), p.rights(c, pg.Propose)
	for _, k := range pg.Knowledge {
		if strings.TrimSpace(k.Value) == "" {
			p.add(k.Node, "a path of the knowledge is empty", "name a file, a folder or a glob")
			continue
		}
		out.Knowledge = append(out.Knowledge, k.Value)
	}
	return out
}

// rights reads who may do something; nil for nobody.
func (p *parser) rights(c *Config, n *yaml.Node) *knowledge.Rights {
	if n == nil {
		return nil
	}
	rights, faults := knowledge.ReadRights(p.file, n)
	p.faults = append(p.faults, faults...)
	p.faults = append(p.faults, dispatch.NewPeople(c.People).CheckRights(rights)...)
	if !rights.Everybody && len(rights.Grants) == 0 {
		return nil
	}
	return rights
}

// named checks that the bases which a section names are there; they are given by
// the keys under which they stand.
func (p *parser) named(c *Config, section *yaml.Node, bases map[string]string) {
	for key, name := range bases {
		if _, ok := c.Bases[name]; !ok {
			p.add(find(section, key), fmt.Sprintf("there is no base %q", strictyaml.Shorten(name)),
				"bases: "+strings.Join(slices.Sorted(maps.Keys(c.Bases)), ", "))
		}
	}
}

// called checks that platforms which call the desk by HTTP can reach it, each at
// a path of its own.
func (p *parser) called(c *Config, pg page) {
	bySlack := c.Slack.Enabled() && c.Slack.Mode == slack.HTTP
	byDiscord := c.Discord.Enabled() && (c.Discord.Mode == discord.HTTP || c.Discord.PublicKey != "")
	if c.HTTP.Address == "" {
		const what, do = "Slack or Discord is to call the desk by HTTP, which is switched off", "give http: an address:"
		if bySlack {
			p.add(find(pg.Slack, "mode"), what, do)
		}
		if byDiscord {
			p.add(find(pg.Discord, "mode"), what, do)
		}
	}
	if bySlack && byDiscord && c.Slack.Path == c.Discord.Path {
		p.add(find(pg.Discord, "path"), "Slack is called at this path already", "write another one")
	}
	for path, n := range map[string]*yaml.Node{c.Slack.Path: find(pg.Slack, "path"), c.Discord.Path: find(pg.Discord, "path")} {
		if slices.Contains([]string{"/healthz", "/readyz", "/metrics"}, path) || strings.HasPrefix(path, "/debug/") {
			p.add(n, fmt.Sprintf("%s is a path of the desk itself", path), "write another one, such as /slack/events")
		}
	}
}

// pushed checks that the microphone can be told to listen as it says.
func (p *parser) pushed(c *Config, pg page) {
	if !c.Mic.Enabled {
		return
	}
	if path := c.Mic.Push.HTTP; path != "" {
		n := find(pg.Mic, "push.http")
		switch {
		case c.HTTP.Address == "":
			p.add(n, "the desk is to be called by HTTP, which is switched off", "give http: an address:")
		case path == "/healthz", path == "/readyz", path == "/metrics", strings.HasPrefix(path, "/debug/"), path == c.Slack.Path, path == c.Discord.Path:
			p.add(n, fmt.Sprintf("%s is another path of the desk", path), "write another one, such as /mic/push")
		}
	}
	if c.Mic.Push.MQTT != "" && c.MQTT.URL == "" {
		p.add(find(pg.Mic, "push.mqtt"), "there is no MQTT broker that could tell of it", "give mqtt: a url:")
	}
	if !c.Speech.Enabled() {
		p.add(find(pg.Mic, "enabled"), "nothing recognises what is said into the microphone", "name an engine: under speech:")
	}
}

// isBaseName says whether a base can be called so.
func isBaseName(name string) bool {
	if name == "" || len(name) > maxBaseName || !utf8.ValidString(name) {
		return false
	}
	return !strings.ContainsFunc(name, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '-' && r != '_'
	})
}

var levels = map[string]slog.Level{"debug": slog.LevelDebug, "info": slog.LevelInfo, "warn": slog.LevelWarn, "error": slog.LevelError}

func (p *parser) log(c *Config, n *yaml.Node) {
	c.Log.Level = slog.LevelWarn
	if n == nil {
		return
	}
	var pg logPage
	p.faults = append(p.faults, strictyaml.DecodeNode(p.file, n, &pg)...)
	switch pg.Format.Value {
	case "", "text":
	case "json":
		c.Log.JSON = true
	default:
		p.add(pg.Format.Node, fmt.Sprintf("there is no log format %q", strictyaml.Shorten(pg.Format.Value)), "write text or json")
	}
	if pg.Level.Value == "" {
		return
	}
	level, ok := levels[strings.ToLower(pg.Level.Value)]
	if !ok {
		p.add(pg.Level.Node, fmt.Sprintf("there is no log level %q", strictyaml.Shorten(pg.Level.Value)), "write debug, info, warn or error")
	}
	c.Log.Level = level
}

func (p *parser) add(n *yaml.Node, what, do string) {
	p.faults.Add(strictyaml.Fault(p.file, n, what, do))
}
