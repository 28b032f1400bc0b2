package bottest

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"frontdesk/bot"
)

// What a platform may lack. Everything that is not named in [Platform.Lacks] is
// held to the contract.
const (
	Channels   Feature = "channels"   // several people talk in one place
	Threads    Feature = "threads"    // a message of a channel begins a conversation of its own
	Overhears  Feature = "overhears"  // what is said without naming the desk reaches the adapter
	Commands   Feature = "commands"   // a slash command asks
	Parallel   Feature = "parallel"   // there are several conversations
	Edits      Feature = "edits"      // a question can be edited, and its answer with it
	Deletions  Feature = "deletions"  // a question can be deleted, and its answer with it
	Redelivery Feature = "redelivery" // the platform may deliver an event twice
	Crashes    Feature = "crashes"    // what was received outlives the process
	CatchesUp  Feature = "catches up" // what is said while nothing runs arrives at the next start
	Reconnects Feature = "reconnects" // there is a connection that may drop
	Failures   Feature = "failures"   // showing a reply may fail
	Busy       Feature = "busy"       // the platform may ask to come back later (429)
	Options    Feature = "options"    // options are pressed
	Forms      Feature = "forms"      // a value is typed into a form
	Ratings    Feature = "ratings"    // an answer is rated
	Private    Feature = "private"    // something can be shown to one person of a channel alone
	Sends      Feature = "sends"      // a reply that nobody asked for can be shown elsewhere
	Sounds     Feature = "sounds"     // sound can be sent
	Mentions   Feature = "mentions"   // a text can call people
	OtherBots  Feature = "other bots" // other programs talk there, and one's own posts come back
	Oversized  Feature = "oversized"  // labels and ids of options may be longer than the platform's
	ManyPicks  Feature = "many picks" // a dozen options
)

// A Feature is something that a platform can do.
type Feature string

// Channels that a stand-in makes when they are first named, each configured in its
// way; every other name is a channel in which the desk behaves as it does by
// default: it answers those who name it, and in threads that it is part of.
const (
	Helpful = "helpful" // it also answers unasked, from 0.9 on, three times an hour
	Muted   = "muted"   // it never speaks there
)

// A Platform is an adapter on a stand-in for what it talks to: a fake server for a
// chat platform, a pipe for a terminal. The suite drives it from outside. What a
// platform lacks needs no function. The functions must be safe for concurrent use.
//
// People and channels have simple names, "ann" and "general", for which the stand-in
// makes what the platform knows when they are first named. Messages and posts are
// named as the stand-in likes.
type Platform struct {
	Name  string             // of the adapter, the first part of its addresses
	Lacks map[Feature]string // what is not there, and why
	// Spoken says that what is said is heard: it reaches the handler as sound, with a
	// transcript of the words in the place of a text. Say then returns once it is due to
	// be heard.
	Spoken   bool
	Patience time.Duration // how long to wait for what is due; 0: thirty seconds
	// Whole is the longest answer, in bytes, that is shown whole; of a longer one
	// the beginning is shown, and that it is one. 0: there is no bound below 100 KB.
	Whole int

	// Start starts the adapter, with an empty memory but for its store, and returns
	// once messages reach it.
	Start func(r Running)
	// Stop ends it as a signal does, waits for its Run, and gives its error.
	Stop func() error
	// Kill ends it as kill -9 does: from now on nothing that it does reaches the
	// platform or the store. Requests that are held are forgotten. It does not wait.
	Kill func()

	// Say has somebody say something, and returns once the platform has it and, if
	// the adapter is connected, has sent it there. The platform shows the adapter's
	// posts to the adapter too, if it does so in truth.
	Say    func(s Saying) (message string)
	Edit   func(message, text string)
	Delete func(message string)
	Again  func(message string)              // delivers a message once more
	Press  func(by, post, label string)      // picks an option that a post shows, by its whole label or what is shown of it
	Fill   func(by, post, text string)       // types into the form of a post
	Rate   func(by, post string, rating int) // 1 or -1
	// Send is the adapter's, and Address how it calls a channel; see [bot.Outbox].
	Send    func(to bot.Address, r bot.Reply) error
	Address func(channel string) bot.Address

	// Read gives what the desk shows in a channel and its threads, or in a private
	// conversation with it, as somebody sees it, in the order in which it stands.
	Read func(w Where) []Shown
	// Render gives a text as the platform's own program would show it.
	Render func(text string) []Piece
	// Fits says what the platform would not take of a post; nil where the stand-in
	// itself refuses it.
	Fits func(s Shown) error

	// Fail has the next request that shows something go wrong, or, where that one
	// will go wrong already, the one after. Its arrival is told.
	Fail func(f Fault) (arrived <-chan struct{})
	// Drop breaks the connection, and lets the adapter connect again when during
	// has returned.
	Drop func(during func())
	// Astray counts the requests that came to a host that is not the platform's.
	Astray func() int
}

// Running is what an adapter is started with.
type Running struct {
	Handler bot.Handler
	Listens bool // there is a recogniser
}

// Where says where something is said or read.
type Where struct {
	By      string // who says or sees it
	Channel string // empty: the private conversation of By with the desk
	Thread  string // the message or post that began it; empty for none
}

// A Saying is something said.
type Saying struct {
	Where
	Text    string
	Unnamed bool   // in a channel: without naming the desk
	Command bool   // by the slash command
	Bot     bool   // by another program
	Sound   []byte // a WAV file that is attached
	Astray  bool   // that file lies on a host that is not the platform's
}

// Shown is a post of the desk's.
type Shown struct {
	Post    string
	Thread  string // the message in whose thread it stands, or which it is a reply to; empty for none
	Text    string // as the platform keeps it
	Options []string
	Form    bool // it asks for a value to be typed
	// Only is whoever alone sees it; empty for everybody there.
	Only  string
	Calls []string // whom it calls, apart from whoever it answers
}

// A Piece is a part of a text as people see it. Line breaks and the bullets of lists
// are part of the text; what a link leads to is not, where it is not shown.
type Piece struct {
	Text                       string
	Bold, Italic, Strike, Code bool
	Block                      bool   // it is a block of code
	Link                       string // where it leads
}

// What may go wrong with a request that shows something.
const (
	Later Fault = "later" // it is not carried out: come back a little later (429 with Retry-After)
	Fails Fault = "fails" // it is not carried out: an internal error (5xx)
	Lost  Fault = "lost"  // it is carried out, and the connection breaks before the answer
	// HeldBefore and HeldAfter are never answered until Kill; the first is never
	// carried out either.
	HeldBefore Fault = "held before"
	HeldAfter  Fault = "held after"
)

// A Fault is something that goes wrong.
type Fault string

// Conform holds an adapter to what every adapter promises: each check, as a test of
// its own, on a platform that open makes for it. What open takes must be given back
// by t.Cleanup, when the adapter may still be running. The checks run in parallel.
func Conform(t *testing.T, open func(t testing.TB) *Platform) {
	for _, c := range checks() {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := open(t)
			for _, f := range c.needs {
				if why := p.Lacks[f]; why != "" {
					t.Skipf("no %s: %s", f, why)
				}
			}
			if err := c.hold(t, p); err != nil {
				t.Error(err)
			}
		})
	}
}

// Breaches gives what an adapter breaks of what Conform holds it to, by the name
// of the check: of those named, or of all. It proves that the suite can fail.
func Breaches(t testing.TB, open func(t testing.TB) *Platform, names ...string) map[string]error {
	var mu sync.Mutex
	broken := map[string]error{}
	var all sync.WaitGroup
	for _, c := range checks() {
		if len(names) > 0 && !slices.Contains(names, c.name) {
			continue
		}
		p := open(t)
		if slices.ContainsFunc(c.needs, func(f Feature) bool { return p.Lacks[f] != "" }) {
			continue
		}
		all.Go(func() {
			if err := c.hold(t, p); err != nil {
				mu.Lock()
				defer mu.Unlock()
				broken[c.name] = err
			}
		})
	}
	all.Wait()
	return broken
}

// Names gives the names of all checks, in their order.
func Names() []string {
	var names []string
	for _, c := range checks() {
		names = append(names, c.name)
	}
	return names
}

// A check is one promise of every adapter.
type check struct {
	name  string
	needs []Feature
	run   func(*scene) error
}

// checks gives all of them.
func checks() []check {
	var all []check
	for _, part := range [][]check{talkChecks, onceChecks, crashChecks, faultChecks, textChecks, choiceChecks, sendChecks, ratingChecks, occasionChecks, changeChecks, soundChecks, deskChecks, plays()} {
		all = append(all, part...)
	}
	return all
}

// hold runs the check on a platform, and looks at what is shown once more when the
// adapter has ended: nothing may come after what was expected.
func (c check) hold(t testing.TB, p *Platform) error {
	s := newScene(p)
	t.Cleanup(s.close)
	err := c.run(s)
	if err == nil {
		err = s.rest()
	}
	if err != nil {
		return fmt.Errorf("%s: %w", c.name, err)
	}
	return nil
}
