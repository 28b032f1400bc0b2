package knowledge

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"frontdesk/internal/fault"
	"frontdesk/internal/strictyaml"

	"go.yaml.in/yaml/v4"
)

// Guards are what stands between a command that was meant and its running.
type Guards struct {
	Allow   *Rights // nil where the command says nothing
	Confirm Confirmation
	PIN     bool      // a spoken command asks for the PIN of somebody who may run it
	Approve *Approval // nil where nobody else is asked
	Limits  []Limit   // the cooldown is one of them
	Quiet   []Hours   // in which it asks before it runs
	// Once says that it must never run twice for one message, and so does not
	// run where that cannot be recorded.
	Once bool
	// Written are the keys of all this as they stand in the file.
	Written map[string]*yaml.Node
}

// guardKeys are the keys that guard a command.
var guardKeys = []string{"allow", "dangerous", "confirm", "pin", "approve", "limits", "cooldown", "quiet", "once"}

// A Confirmation says when a command asks before it runs. The zero value asks
// where it is likely, but not sure enough to run, that it was meant.
type Confirmation struct {
	Always bool
	Never  bool    // where it would ask, it is only suggested
	Below  float64 // asks also below this probability; in [0, 1]
}

// An Approval asks other people than the one who gave the command.
type Approval struct {
	By     Grant
	Count  int           // how many of them
	Within time.Duration // how long it waits for them
	In     string        // an address to ask at besides, as "slack:C123"; may be empty
}

// A Limit bounds how often a command runs: fewer than Count times in the time
// Within before, for one person, in one room, or at all ("command").
type Limit struct {
	Per    string // "person", "room" or "command"
	Count  int
	Within time.Duration
	Pos    Pos
}

const (
	maxWithin  = 31 * 24 * time.Hour
	maxLimit   = 1_000_000
	maxApprove = 20
)

// The keys of a command that guard it.
type guardItem struct {
	Allow    *yaml.Node                 `yaml:"allow"`
	Confirm  strictyaml.At[yaml.Node]   `yaml:"confirm"`
	PIN      strictyaml.At[bool]        `yaml:"pin"`
	Approve  strictyaml.At[approveItem] `yaml:"approve"`
	Limits   strictyaml.Map[string]     `yaml:"limits"`
	Cooldown strictyaml.At[duration]    `yaml:"cooldown"`
	Quiet    strictyaml.Many[written]   `yaml:"quiet"`
	Once     bool                       `yaml:"once"`
}

type duration = time.Duration

type approveItem struct {
	Roles  []written               `yaml:"roles"`
	People []written               `yaml:"people"`
	Count  strictyaml.At[int]      `yaml:"count"`
	Within strictyaml.At[duration] `yaml:"within"`
	In     written                 `yaml:"in"`
}

// guards reads what guards a command.
func (b *builder) guards(f *file, at strictyaml.At[commandItem]) Guards {
	item := at.Value
	g := Guards{PIN: item.PIN.Value, Once: item.Once}
	for i := 0; i+1 < len(at.Node.Content); i += 2 {
		if key := at.Node.Content[i].Value; slices.Contains(guardKeys, key) {
			if g.Written == nil {
				g.Written = map[string]*yaml.Node{}
			}
			g.Written[key] = at.Node.Content[i+1]
		}
	}
	if item.Allow != nil {
		var faults fault.List
		g.Allow, faults = ReadRights(f.name, item.Allow)
		b.faults = append(b.faults, faults...)
	}
	g.Confirm = b.confirmation(f, item)
	g.Approve = b.approval(f, item.Approve)
	for _, l := range item.Limits {
		if limit, ok := b.limit(f, l); ok {
			g.Limits = append(g.Limits, limit)
		}
	}
	if n := item.Cooldown.Node; n != nil {
		if d := item.Cooldown.Value; d <= 0 || d > maxWithin {
			b.fault(f, n, fmt.Sprintf("a cooldown cannot last %s", d), "write a time above 0s and up to 744h")
		} else {
			g.Limits = append(g.Limits, Limit{Per: "command", Count: 1, Within: d, Pos: f.pos(n)})
		}
	}
	for _, q := range item.Quiet {
		h, err := ParseHours(q.Value)
		if err != nil {
			b.fault(f, q.Node, err.Error(), hoursHint)
			continue
		}
		g.Quiet = append(g.Quiet, h)
	}
	return g
}

func (b *builder) confirmation(f *file, item commandItem) Confirmation {
	c := Confirmation{Always: item.Dangerous}
	n := item.Confirm.Node
	if n == nil {
		return c
	}
	const hint = "write true, never, or below with a probability, as in: below 0.9"
	number, isBelow := strings.CutPrefix(n.Value, "below ")
	switch {
	case n.Kind != yaml.ScalarNode:
		b.fault(f, n, "it is not clear when to confirm", hint)
	case n.Tag == "!!bool" && strings.EqualFold(n.Value, "true"):
		c.Always = true
	case n.Value == "never":
		c.Never = true
		if item.Dangerous {
			b.fault(f, n, "a dangerous command is always confirmed", "remove dangerous: or confirm:")
		}
	case isBelow:
		p, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
		if err != nil || !(p > 0 && p <= 1) {
			b.fault(f, n, fmt.Sprintf("%q is no probability", strictyaml.Shorten(number)), "write a number above 0 and up to 1")
			break
		}
		c.Below = p
	default:
		b.fault(f, n, fmt.Sprintf("there is no way to confirm called %q", strictyaml.Shorten(n.Value)), hint)
	}
	return c
}

func (b *builder) approval(f *file, at strictyaml.At[approveItem]) *Approval {
	if at.Node == nil {
		return nil
	}
	item := at.Value
	a := &Approval{
		By:    Grant{Roles: named(f.name, item.Roles), People: named(f.name, item.People)},
		Count: 1, Within: 10 * time.Minute, In: strings.TrimSpace(item.In.Value),
	}
	if len(item.Roles)+len(item.People) == 0 {
		b.fault(f, at.Node, "it is not said who approves", "write roles: or people:")
	}
	if item.Count.Node != nil {
		if a.Count = item.Count.Value; a.Count < 1 || a.Count > maxApprove {
			b.fault(f, item.Count.Node, fmt.Sprintf("%d people cannot approve", a.Count), fmt.Sprintf("write a number from 1 to %d", maxApprove))
		}
	}
	if item.Within.Node != nil {
		if a.Within = item.Within.Value; a.Within < time.Second || a.Within > maxWithin {
			b.fault(f, item.Within.Node, fmt.Sprintf("an approval cannot wait %s", a.Within), "write a time from 1s to 744h")
		}
	}
	if item.In.Node != nil && !isAddress(a.In) {
		b.fault(f, item.In.Node, fmt.Sprintf("%q is no address", strictyaml.Shorten(a.In)), addressHint)
	}
	return a
}

// limit reads one line of limits:, "person: 5 in 1m".
func (b *builder) limit(f *file, p strictyaml.Pair[string]) (Limit, bool) {
	l := Limit{Per: p.Key.Value, Pos: f.pos(p.Key.Node)}
	if scopes := []string{"person", "room", "command"}; !slices.Contains(scopes, l.Per) {
		b.fault(f, p.Key.Node, fmt.Sprintf("nothing is counted by %q", strictyaml.Shorten(l.Per)), "count by person, room or command")
		return l, false
	}
	count, within, _ := strings.Cut(p.Value.Value, " in ")
	var err, err2 error
	l.Count, err = strconv.Atoi(strings.TrimSpace(count))
	l.Within, err2 = time.ParseDuration(strings.TrimSpace(within))
	if err != nil || err2 != nil || l.Count < 1 || l.Count > maxLimit || l.Within <= 0 || l.Within > maxWithin {
		b.fault(f, p.Value.Node, fmt.Sprintf("%q is no limit", strictyaml.Shorten(p.Value.Value)),
			"write how often in which time, as in: 5 in 1m (up to 744h)")
		return l, false
	}
	return l, true
}
