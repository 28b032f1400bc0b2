package dispatch

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"frontdesk/bot"
	"frontdesk/knowledge"

	"golang.org/x/crypto/bcrypt"
)

const (
	// maxTries wrong PINs from one sender within tryWithin lock it out until the
	// oldest of them is as old.
	maxTries  = 3
	tryWithin = 5 * time.Minute
	maxTried  = 10_000 // senders remembered
)

// A Person is somebody whom the configuration knows.
type Person struct {
	Is    []bot.Address // who they are to the adapters: "slack:U123"
	Roles []string
	// PIN is the bcrypt hash of their PIN; empty for none.
	PIN string
}

// People are all whom the configuration knows. Its methods are safe for
// concurrent use.
type People struct {
	byName map[string]Person
	byID   map[bot.Address]string
	roles  map[string][]string // people by role, sorted

	mu    sync.Mutex
	tried map[bot.Address][]time.Time // wrong PINs
}

// NewPeople makes People by their names. An address belongs to one person: of
// several that claim it the first by name has it, so check before.
func NewPeople(byName map[string]Person) *People {
	p := &People{byName: byName, byID: map[bot.Address]string{}, roles: map[string][]string{}, tried: map[bot.Address][]time.Time{}}
	for _, name := range p.Names() {
		for _, id := range byName[name].Is {
			if _, taken := p.byID[id]; !taken {
				p.byID[id] = name
			}
		}
		for _, r := range byName[name].Roles {
			p.roles[r] = append(p.roles[r], name)
		}
	}
	return p
}

// Names gives the names of all, sorted.
func (p *People) Names() []string { return slices.Sorted(maps.Keys(p.byName)) }

// Roles gives the names of all roles, sorted.
func (p *People) Roles() []string { return slices.Sorted(maps.Keys(p.roles)) }

// Who gives the name of the person who calls, or "" for somebody unknown.
func (p *People) Who(c bot.Caller) string {
	if c.Person != "" {
		return c.Person
	}
	return p.byID[c.Sender]
}

// Prove gives the person whose PIN it is, of those whom may fits. Locked says
// that the sender has given too many wrong ones and must wait.
func (p *People) Prove(sender bot.Address, pin string, now time.Time, may func(person string) bool) (person string, locked bool) {
	p.mu.Lock()
	defer p.mu.Unlock() // one at a time: guessing in parallel gains nothing
	old := func(t time.Time) bool { return now.Sub(t) >= tryWithin }
	if len(p.tried) >= maxTried {
		maps.DeleteFunc(p.tried, func(_ bot.Address, tries []time.Time) bool { return old(tries[len(tries)-1]) })
	}
	recent := slices.DeleteFunc(p.tried[sender], old)
	if len(recent) >= maxTries || len(p.tried) >= maxTried && len(recent) == 0 {
		return "", true
	}
	for _, name := range p.Names() {
		hash := p.byName[name].PIN
		if hash != "" && len(pin) <= 72 && may(name) && bcrypt.CompareHashAndPassword([]byte(hash), []byte(pin)) == nil {
			delete(p.tried, sender)
			return name, false
		}
	}
	p.tried[sender] = append(recent, now)
	return "", len(p.tried[sender]) >= maxTries
}

// hasPIN says whether anybody whom may fits has a PIN.
func (p *People) hasPIN(may func(person string) bool) bool {
	return slices.ContainsFunc(p.Names(), func(name string) bool { return p.byName[name].PIN != "" && may(name) })
}

// Allows says whether rights, which may be nil, fit a caller at a time.
func (p *People) Allows(r *knowledge.Rights, c bot.Caller, now time.Time) bool {
	return r != nil && (r.Everybody || slices.ContainsFunc(r.Grants, func(g knowledge.Grant) bool { return p.fits(g, c, now) }))
}

// fits says whether a grant fits a caller at a time.
func (p *People) fits(g knowledge.Grant, c bot.Caller, now time.Time) bool {
	who := p.Who(c)
	adapter, _, _ := strings.Cut(string(c.Sender), ":")
	return (len(g.Roles)+len(g.People) == 0 || who != "" && p.is(who, g)) &&
		within(g.Channels, string(c.Channel)) && within(g.Adapters, adapter) && within(g.Rooms, c.Room()) &&
		(len(g.Hours) == 0 || knowledge.AnyHours(g.Hours, now))
}

// is says whether a person is one of those whom a grant names.
func (p *People) is(who string, g knowledge.Grant) bool {
	return slices.ContainsFunc(g.People, func(n knowledge.Named) bool { return n.Name == who }) ||
		slices.ContainsFunc(g.Roles, func(n knowledge.Named) bool { return slices.Contains(p.byName[who].Roles, n.Name) })
}

func within(names []knowledge.Named, name string) bool {
	return len(names) == 0 || name != "" && slices.ContainsFunc(names, func(n knowledge.Named) bool { return n.Name == name })
}

// members gives the people whom a grant's roles and people name, sorted, each
// once.
func (p *People) members(g knowledge.Grant) []string {
	var list []string
	for _, n := range g.People {
		list = append(list, n.Name)
	}
	for _, r := range g.Roles {
		list = append(list, p.roles[r.Name]...)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// HashPIN gives the hash of a PIN, as it stands in a configuration. A PIN is 4
// to 12 digits.
func HashPIN(pin string) (string, error) {
	if len(pin) < 4 || len(pin) > 12 || strings.Trim(pin, "0123456789") != "" {
		return "", fmt.Errorf("a PIN is 4 to 12 digits")
	}
	hash, err := bcrypt.GenerateFromPassword([]byte(pin), bcrypt.DefaultCost)
	if err != nil {
		return "", fmt.Errorf("hashing the PIN: %w", err)
	}
	return string(hash), nil
}

// IsPINHash says whether a text is the hash of a PIN.
func IsPINHash(s string) bool {
	cost, err := bcrypt.Cost([]byte(s))
	return err == nil && cost <= 14 // a higher one would take seconds a try
}
