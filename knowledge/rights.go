package knowledge

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"frontdesk/internal/fault"
	"frontdesk/internal/strictyaml"

	"go.yaml.in/yaml/v4"
)

// Rights say who may run a command: everybody, or whoever one of the grants
// fits. Without either it is nobody.
type Rights struct {
	Everybody bool
	Grants    []Grant
	Pos       Pos
}

// Equal says whether two rights are the same, wherever they were written; nil is
// nobody's.
func (r *Rights) Equal(other *Rights) bool {
	if r == nil || other == nil {
		return r == other
	}
	same := func(a, b []Named) bool {
		return slices.EqualFunc(a, b, func(a, b Named) bool { return a.Name == b.Name })
	}
	return r.Everybody == other.Everybody && slices.EqualFunc(r.Grants, other.Grants, func(a, b Grant) bool {
		return same(a.Roles, b.Roles) && same(a.People, b.People) && same(a.Channels, b.Channels) &&
			same(a.Adapters, b.Adapters) && same(a.Rooms, b.Rooms) && slices.Equal(a.Hours, b.Hours)
	})
}

// A Grant fits a caller whom all of its parts fit. An empty part fits anybody;
// roles and people are one part: either is enough.
type Grant struct {
	Roles    []Named
	People   []Named
	Channels []Named // addresses, as "slack:C123"
	Adapters []Named // "slack", "mic"
	Rooms    []Named
	Hours    []Hours
}

// A Named is a name with the place where it was written.
type Named struct {
	Name string
	Pos  Pos
}

func named(file string, list []written) []Named {
	var out []Named
	for _, w := range list {
		out = append(out, Named{w.Value, Pos{File: file, Line: w.Node.Line, Col: w.Node.Column}})
	}
	return out
}

type grantItem struct {
	Roles    strictyaml.Many[written] `yaml:"roles"`
	People   strictyaml.Many[written] `yaml:"people"`
	Channels strictyaml.Many[written] `yaml:"channels"`
	Adapters strictyaml.Many[written] `yaml:"adapters"`
	Rooms    strictyaml.Many[written] `yaml:"rooms"`
	Hours    strictyaml.Many[written] `yaml:"hours"`
}

const (
	rightsHint  = `write everybody, nobody, or who: {roles: [household]}`
	addressHint = `write an adapter and an id, as in "slack:C123"`
)

// ReadRights reads what stands under allow:, in a knowledge file or elsewhere:
// everybody, nobody, a grant, or a list of grants.
func ReadRights(file string, n *yaml.Node) (*Rights, fault.List) {
	r := &Rights{Pos: Pos{File: file, Line: n.Line, Col: n.Column}}
	if n.Kind == yaml.ScalarNode {
		switch n.Value {
		case "everybody":
			r.Everybody = true
		case "nobody":
		default:
			return r, fault.List{strictyaml.Fault(file, n, fmt.Sprintf("%q is nobody that may be allowed", strictyaml.Shorten(n.Value)), rightsHint)}
		}
		return r, nil
	}
	var items strictyaml.Many[strictyaml.At[grantItem]]
	faults := strictyaml.DecodeNode(file, n, &items)
	for _, at := range items {
		g, found := at.Value.grant(file, at.Node)
		faults = append(faults, found...)
		r.Grants = append(r.Grants, g)
	}
	return r, faults
}

func (item grantItem) grant(file string, n *yaml.Node) (Grant, fault.List) {
	g := Grant{
		Roles: named(file, item.Roles), People: named(file, item.People), Channels: named(file, item.Channels),
		Adapters: named(file, item.Adapters), Rooms: named(file, item.Rooms),
	}
	var faults fault.List
	count := len(item.Hours)
	for _, list := range [][]written{item.Roles, item.People, item.Channels, item.Adapters, item.Rooms} {
		count += len(list)
		for _, w := range list {
			if strings.TrimSpace(w.Value) == "" {
				faults.Add(strictyaml.Fault(file, w.Node, "a name is empty", "write it, or remove the line"))
			}
		}
	}
	if count == 0 {
		faults.Add(strictyaml.Fault(file, n, "the grant names nobody", rightsHint))
	}
	for _, c := range item.Channels {
		if !isAddress(c.Value) {
			faults.Add(strictyaml.Fault(file, c.Node, fmt.Sprintf("%q is no address", strictyaml.Shorten(c.Value)), addressHint))
		}
	}
	for _, a := range item.Adapters {
		if strings.Contains(a.Value, ":") {
			faults.Add(strictyaml.Fault(file, a.Node, fmt.Sprintf("%q is no adapter", strictyaml.Shorten(a.Value)), "write its name alone, as in: slack; an address belongs under channels:"))
		}
	}
	for _, w := range item.Hours {
		h, err := ParseHours(w.Value)
		if err != nil {
			faults.Add(strictyaml.Fault(file, w.Node, err.Error(), hoursHint))
			continue
		}
		g.Hours = append(g.Hours, h)
	}
	return g, faults
}

// isAddress says whether a text has the form of an adapter-qualified address.
func isAddress(s string) bool {
	adapter, id, ok := strings.Cut(s, ":")
	return ok && adapter != "" && id != "" && !strings.ContainsAny(s, " \t\r\n")
}

// Hours are a part of the day, on some days of the week, in the local time of
// the desk. From is before To, or they go past midnight.
type Hours struct {
	Days     [7]bool // by [time.Weekday], on which they begin
	From, To int     // minutes since midnight, in [0, 1440]
}

const hoursHint = `write for example "07:00-22:00", "mon-fri 08:00-17:00" or "sat,sun"`

var weekdays = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

// ParseHours reads hours: "07:00-22:00", "mon-fri 08:00-17:00", "sat,sun".
func ParseHours(text string) (Hours, error) {
	h := Hours{To: 24 * 60}
	bad := fmt.Errorf("%q are no hours", strictyaml.Shorten(text))
	fields := strings.Fields(strings.ToLower(text))
	if len(fields) == 0 || len(fields) > 2 {
		return Hours{}, bad
	}
	last := fields[len(fields)-1]
	hasTimes := strings.Contains(last, ":")
	if len(fields) == 2 && !hasTimes {
		return Hours{}, bad
	}
	if hasTimes {
		from, to, ok := strings.Cut(last, "-")
		var okFrom, okTo bool
		h.From, okFrom = minutes(from)
		h.To, okTo = minutes(to)
		if !ok || !okFrom || !okTo || h.From == h.To {
			return Hours{}, bad
		}
	}
	if len(fields) == 1 && hasTimes {
		for d := range h.Days {
			h.Days[d] = true
		}
		return h, nil
	}
	for part := range strings.SplitSeq(fields[0], ",") {
		first, second, isRange := strings.Cut(part, "-")
		from, ok := weekday(first)
		to := from
		if ok && isRange {
			to, ok = weekday(second)
		}
		if !ok {
			return Hours{}, bad
		}
		for d := from; ; d = (d + 1) % 7 {
			h.Days[d] = true
			if d == to {
				break
			}
		}
	}
	return h, nil
}

func weekday(s string) (int, bool) {
	for i, d := range weekdays {
		if len(s) >= 3 && strings.HasPrefix(strings.ToLower(time.Weekday(i).String()), s) && s[:3] == d {
			return i, true
		}
	}
	return 0, false
}

// minutes reads a time of day, up to 24:00.
func minutes(s string) (int, bool) {
	if s == "24:00" {
		return 24 * 60, true
	}
	t, err := time.Parse("15:04", s)
	return t.Hour()*60 + t.Minute(), err == nil
}

// Hold says whether a time lies within the hours.
func (h Hours) Hold(t time.Time) bool {
	m, today := t.Hour()*60+t.Minute(), t.Weekday()
	if h.From < h.To {
		return h.Days[today] && m >= h.From && m < h.To
	}
	yesterday := (today + 6) % 7
	return h.Days[today] && m >= h.From || h.Days[yesterday] && m < h.To
}

// String gives the hours as they may be written.
func (h Hours) String() string {
	var days []string
	for i, on := range h.Days {
		if on {
			days = append(days, weekdays[i])
		}
	}
	times := fmt.Sprintf("%02d:%02d-%02d:%02d", h.From/60, h.From%60, h.To/60, h.To%60)
	switch {
	case len(days) == 7:
		return times
	case h.From == 0 && h.To == 24*60:
		return strings.Join(days, ",")
	}
	return strings.Join(days, ",") + " " + times
}

// AnyHours says whether a time lies within one of the hours.
func AnyHours(list []Hours, t time.Time) bool {
	for _, h := range list {
		if h.Hold(t) {
			return true
		}
	}
	return false
}
