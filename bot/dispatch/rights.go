package dispatch

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"frontdesk/bot"
	"frontdesk/internal/fault"
	"frontdesk/internal/strictyaml"
	"frontdesk/knowledge"
)

// rightsOf gives the rights that hold for a command: its own, else those of the
// base. What only says something is open where neither says otherwise; anything
// else is closed.
func (d *Dispatcher) rightsOf(c *knowledge.Command) *knowledge.Rights {
	switch {
	case c.Allow != nil:
		return c.Allow
	case c.Action.Kind == knowledge.ReplyAction:
		return &knowledge.Rights{Everybody: true}
	case d.o.Allow != nil:
		return d.o.Allow
	}
	return &knowledge.Rights{}
}

// allows says whether a caller has the right to run a command at a time.
func (d *Dispatcher) allows(c *knowledge.Command, caller bot.Caller, now time.Time) bool {
	return d.o.People.Allows(d.rightsOf(c), caller, now)
}

// May says whether the caller may give the command of an entry now. A spoken
// command that asks for a PIN may be given by whom nobody knows yet, where
// somebody with a PIN may run it.
func (d *Dispatcher) May(e *knowledge.Entry, c bot.Caller) bool {
	now := d.o.Now()
	return d.allows(e.Command, c, now) || d.provable(e, c) && d.o.People.hasPIN(d.proved(e, c, now))
}

func (d *Dispatcher) provable(e *knowledge.Entry, c bot.Caller) bool {
	return e.Command.PIN && c.Spoken && c.Person == ""
}

// proved says of each person whether they may run the command, were they the
// caller.
func (d *Dispatcher) proved(e *knowledge.Entry, c bot.Caller, now time.Time) func(person string) bool {
	return func(person string) bool {
		c.Person = person
		return d.allows(e.Command, c, now)
	}
}

// Prove gives the name of the person who may run the command and whose PIN it
// is, or "". Locked says that the sender gave too many wrong ones.
func (d *Dispatcher) Prove(e *knowledge.Entry, c bot.Caller, pin string) (person string, locked bool) {
	now := d.o.Now()
	return d.o.People.Prove(c.Sender, pin, now, d.proved(e, c, now))
}

// Approver gives the name of the person who speaks, where they may approve what
// the caller asked for; or "". Nobody approves what they asked for themselves.
func (d *Dispatcher) Approver(e *knowledge.Entry, asked, by bot.Caller) string {
	who := d.o.People.Who(by)
	if e.Command.Approve == nil || who == "" || who == d.o.People.Who(asked) || by.Sender == asked.Sender ||
		!d.o.People.is(who, e.Command.Approve.By) {
		return ""
	}
	return who
}

// checkRights reports the names of a command's guards that nobody has, and what
// cannot be held.
func (d *Dispatcher) checkRights(c *knowledge.Command) fault.List {
	var faults fault.List
	if c.Allow != nil {
		faults = append(faults, d.o.People.CheckRights(c.Allow)...)
	}
	if a := c.Approve; a != nil {
		faults = append(faults, d.o.People.checkGrant(a.By)...)
		if able := len(d.o.People.members(a.By)); len(faults) == 0 && able < a.Count {
			faults.Add(at(c.Action.Pos, fmt.Sprintf("%d people must approve, and only %d may", a.Count, able),
				"give the role to more people, or lower count:"))
		}
	}
	if c.PIN && !d.o.People.hasPIN(func(string) bool { return true }) {
		faults.Add(at(c.Action.Pos, "the command asks for a PIN, and nobody has one", `write pin: for somebody under people: in the configuration; "frontdesk pin" makes it`))
	}
	if c.Once && !d.o.Recorded {
		faults.Add(at(c.Action.Pos, "that a command runs once cannot be held without a journal", "switch the journal on, or remove once:"))
	}
	return faults
}

// CheckRights reports the roles and people in rights that nobody has or is.
func (p *People) CheckRights(r *knowledge.Rights) fault.List {
	var faults fault.List
	for _, g := range r.Grants {
		faults = append(faults, p.checkGrant(g)...)
	}
	return faults
}

func (p *People) checkGrant(g knowledge.Grant) fault.List {
	var faults fault.List
	check := func(what string, names []knowledge.Named, known []string) {
		for _, n := range names {
			if slices.Contains(known, n.Name) {
				continue
			}
			do := fmt.Sprintf("give it to somebody under people: in the configuration, which has %s", orNone(known))
			if what == "person" {
				do = "name them under people: in the configuration, which has " + orNone(known)
			}
			if near := strictyaml.Nearest(n.Name, known); near != "" {
				do = fmt.Sprintf("did you mean %q?", near)
			}
			faults.Add(at(n.Pos, fmt.Sprintf("there is no %s %q", what, strictyaml.Shorten(n.Name)), do))
		}
	}
	check("role", g.Roles, p.Roles())
	check("person", g.People, p.Names())
	return faults
}

func orNone(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}

func at(p knowledge.Pos, what, do string) fault.Fault {
	return fault.Fault{File: p.File, Line: p.Line, Col: p.Col, What: what, Do: do}
}

// Holders says in words who may run a command: one line a grant, with the people
// whom it names. Open says that everybody may, and closed that nobody may.
func (d *Dispatcher) Holders(e *knowledge.Entry) (lines []string, open, closed bool) {
	r := d.rightsOf(e.Command)
	if r.Everybody {
		return []string{"everybody"}, true, false
	}
	closed = true
	for _, g := range r.Grants {
		var parts []string
		if len(g.Roles)+len(g.People) > 0 {
			people := d.o.People.members(g)
			closed = closed && len(people) == 0
			for i, name := range people {
				if ids := d.o.People.byName[name].Is; len(ids) > 0 {
					people[i] += " (" + join(ids) + ")"
				}
			}
			parts = append(parts, orNobody(people))
		} else {
			closed = false
			parts = append(parts, "anybody")
		}
		for _, where := range []struct {
			word  string
			names []knowledge.Named
		}{{"in the channel", g.Channels}, {"through", g.Adapters}, {"in the room", g.Rooms}} {
			if len(where.names) > 0 {
				parts = append(parts, where.word+" "+orOf(where.names))
			}
		}
		if len(g.Hours) > 0 {
			parts = append(parts, "at "+join(g.Hours))
		}
		lines = append(lines, strings.Join(parts, ", "))
	}
	if len(lines) == 0 {
		lines = []string{"nobody"}
	}
	return lines, false, closed
}

func orNobody(people []string) string {
	if len(people) == 0 {
		return "nobody"
	}
	return strings.Join(people, ", ")
}

func orOf(names []knowledge.Named) string {
	var list []string
	for _, n := range names {
		list = append(list, n.Name)
	}
	return strings.Join(list, " or ")
}

func join[T any](list []T) string {
	var texts []string
	for _, v := range list {
		texts = append(texts, fmt.Sprint(v))
	}
	return strings.Join(texts, ", ")
}
