package chat_test

import (
	"path/filepath"
	"slices"
	"testing"
	"time"

	"frontdesk/bot/bottest"
	"frontdesk/bot/journal"

	"golang.org/x/sync/errgroup"
)

func TestConform(t *testing.T) {
	bottest.Conform(t, func(t testing.TB) *bottest.Platform { return newHall(t, "").platform() })
}

// The journal is the store of a desk that outlives its process.
func TestConformOverTheJournal(t *testing.T) {
	if testing.Short() {
		t.Skip("TestConform is the same with another store")
	}
	bottest.Conform(t, func(t testing.TB) *bottest.Platform {
		j, err := journal.Open(t.Context(), filepath.Join(t.TempDir(), "journal.db"), journal.DefaultConfig())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := j.Close(); err != nil {
				t.Error(err)
			}
		})
		return hallOver(t, j, "").platform()
	})
}

// hearing gives the checks that an adapter which hears nothing breaks.
func hearing() []string {
	return slices.DeleteFunc(bottest.Names(), func(name string) bool {
		return name == "an answer longer than can be shown" // in the hall, none is
	})
}

// The suite finds what an adapter does wrong.
func TestConformCanFail(t *testing.T) {
	if testing.Short() {
		t.Skip("it is about the suite, not about the desk")
	}
	var atOnce errgroup.Group
	atOnce.SetLimit(8)
	for _, c := range []struct {
		flaw string
		want []string // checks that must find it
	}{
		{"hears nothing", hearing()},
		{"shows twice", []string{"what is said reaches the handler", "order within a conversation", "Markdown", "a message delivered twice is answered once", "everything at once, play 1"}},
		{"loses some", []string{"order within a conversation", "order within each of many conversations", "everything at once, play 2"}},
		{"puts the newest first", []string{"what is said reaches the handler", "order within a conversation", "a long answer"}},
		{"does not look for its posts", []string{"killed after the post", "killed after the post, in a channel", "killed in the middle of a long answer", "an answer that is lost", "a long answer, of which a part's answer is lost", "everything at once, play 2"}},
		{"takes events twice", []string{"a message delivered twice is answered once", "a message delivered again while it is answered", "a message delivered again after a restart", "everything at once, play 2"}},
		{"takes edits for questions", []string{"editing a question edits its answer", "an edit of what was never answered"}},
		{"removes nothing", []string{"deleting a question deletes its answer", "an edit to a longer answer and back", "everything at once, play 2"}},
		{"talks to programs", []string{"never to other programs"}},
		{"speaks unasked", []string{"silent where it is not named", "silent in threads of others", "helpful silence"}},
		{"fetches from anywhere", []string{"sound on a strange host is not fetched"}},
		{"tells everybody", []string{"for one person's eyes", "another person presses"}},
		{"cuts long answers", []string{"a long answer", "a very long answer", "an edit to a longer answer and back"}},
		{"calls people", []string{"mentions in answers call nobody", "mentions in an edited answer call nobody"}},
		{"has no store", []string{"a message delivered again after a restart", "killed in the handler", "options after a restart", "an edit after a restart"}},
		{"is one conversation", []string{"private conversations are apart", "a slow answer holds up nobody else", "threads are conversations"}},
		{"leaves at once", []string{"shutdown finishes what was received", "shutdown with several conversations"}},
		{"shows its markup", []string{"Markdown"}},
		{"anybody is the asker", []string{"another person presses"}},
		{"gives up", []string{"come back later", "an internal error", "a long answer, of which a part is refused at first", "one failure after the other"}},
		{"misses what came meanwhile", []string{"what is said while the connection is down", "the connection drops while a question is answered", "what is said while nothing runs"}},
		{"escapes what is typed", []string{"what is typed arrives as it was typed"}},
		{"leaves out what has no width", []string{"unicode there and back"}},
		{"always says something", []string{"nothing to say", "helpful silence"}},
		{"shows five options", []string{"a dozen options"}},
		{"cuts ids", []string{"options with long labels and ids"}},
		{"shows options everywhere", []string{"a long answer with options"}},
		{"settles everything", []string{"options that follow an answer stay", "another person presses"}},
		{"answers edits anew", []string{"an edit keeps its place"}},
		{"sends to one place", []string{"what nobody asked for", "a reply sent to where a message came from", "an approval asked for elsewhere"}},
		{"answers outside of threads", []string{"a channel's messages say where they come from", "threads are conversations"}},
		{"forgets what was chosen", []string{"options are shown and pressed", "an approval asked for elsewhere"}},
		{"forgets what was typed", []string{"a value is typed into a form"}},
		{"takes every rating for a good one", []string{"an answer is rated", "an answer in a channel is rated by somebody else"}},
		{"does not say which hand-over", []string{"the answer to a question handed on"}},
		{"listens to nobody", []string{"sound is fetched and decoded"}},
		{"forgets to settle", []string{"options are shown and pressed", "options in a channel"}},
	} {
		// They wait more than they work, so there are more at once than t.Parallel allows.
		atOnce.Go(func() error {
			broken := bottest.Breaches(t, func(t testing.TB) *bottest.Platform {
				p := newHall(t, c.flaw).platform()
				p.Patience = 100 * time.Millisecond
				return p
			}, c.want...)
			for _, name := range c.want {
				if broken[name] == nil {
					t.Errorf("%q is not found by %q", c.flaw, name)
				}
			}
			return nil
		})
	}
	_ = atOnce.Wait() // what was wrong is told
}
