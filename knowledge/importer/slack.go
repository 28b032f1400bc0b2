package importer

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"frontdesk/internal/fault"
	"frontdesk/knowledge"
)

// Slack gives the reader of an export of a Slack workspace, the zip archive or
// its folder (https://slack.com/help/articles/220556107), or of one channel's
// folder in it.
//
// A thread in which a reply, or the question, has a ✅ becomes an FAQ item. What
// programs wrote is passed over, and so are private channels and direct
// messages. Who wrote what is not kept; people that a text names are.
func Slack() Reader {
	return Reader{Format: "slack", Title: "Slack export", Recognise: recogniseSlack, Read: readSlack}
}

var slackDay = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}\.json$`)

func recogniseSlack(s Source) bool {
	if !s.isDir() && !isZip(s.head(s.Path)) {
		return false
	}
	days := func(name string) bool { return slackDay.MatchString(path.Base(name)) }
	return recogniseIn(s, maxRasaHeads, days, func(_ string, head []byte) bool {
		return strings.Contains(string(head), `"ts"`) && strings.Contains(string(head), `"type"`)
	})
}

// A slackExport is an export while it is read.
type slackExport struct {
	taking
	in      *input
	o       Options
	text    slackText
	bots    map[string]bool   // people's ids that are programs
	ids     map[string]string // of channels, by the names of their folders
	private map[string]string // what a folder is that is not read, by its name
	faults  fault.List
}

// A slackName is an entry of a list of people or channels, with what we need of it.
type slackName struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	IsBot   bool   `json:"is_bot"`
	Profile struct {
		DisplayName string `json:"display_name"`
		RealName    string `json:"real_name"`
	} `json:"profile"`
}

// A slackMessage is a message with what we need of it.
type slackMessage struct {
	Type      string `json:"type"`
	Subtype   string `json:"subtype"`
	User      string `json:"user"`
	BotID     string `json:"bot_id"`
	Text      string `json:"text"`
	TS        string `json:"ts"`
	ThreadTS  string `json:"thread_ts"`
	Hidden    bool   `json:"hidden"`
	Reactions []struct {
		Name string `json:"name"`
	} `json:"reactions"`
	Files []struct {
		Name  string `json:"name"`
		Title string `json:"title"`
	} `json:"files"`
}

// slackSpoken are the subtypes of messages that people write.
var slackSpoken = []string{"", "thread_broadcast", "reply_broadcast", "file_share", "me_message"}

func readSlack(ctx context.Context, s Source, o Options) (*Found, error) {
	in, done, err := openProject(ctx, s)
	if err != nil {
		return nil, err
	}
	defer done()
	names, err := in.files(ctx, isJSON)
	if err != nil {
		return nil, err
	}
	x := &slackExport{
		in: in, o: o, bots: map[string]bool{}, ids: map[string]string{}, private: map[string]string{},
		text: slackText{people: map[string]string{}, channels: map[string]string{}},
	}
	if err := x.directory(ctx, names); err != nil {
		return nil, err
	}
	folders := map[string][]string{}
	var order []string
	for _, name := range names {
		if !slackDay.MatchString(path.Base(name)) {
			continue
		}
		dir := path.Dir(name)
		if folders[dir] == nil {
			order = append(order, dir)
		}
		folders[dir] = append(folders[dir], name)
	}
	for _, dir := range order {
		if what := x.private[path.Base(dir)]; what != "" {
			x.leave(knowledge.Pos{File: in.title(dir)}, what+" "+path.Base(dir), "it is not for everybody; import its folder by itself if it is meant to be")
			continue
		}
		if err := x.channel(ctx, dir, folders[dir]); err != nil {
			return nil, err
		}
	}
	x.faults.Sort()
	if err := x.faults.Err(); err != nil {
		return nil, err
	}
	return x.found(), nil
}

// directory reads the lists of people and channels.
func (x *slackExport) directory(ctx context.Context, names []string) error {
	for _, name := range names {
		if slackDay.MatchString(path.Base(name)) {
			continue
		}
		var each func(r slackName)
		switch base := stem(name); base {
		case "users", "org_users":
			each = func(r slackName) {
				x.bots[r.ID] = r.IsBot || r.ID == "USLACKBOT"
				x.text.people[r.ID] = cmp.Or(r.Profile.DisplayName, r.Profile.RealName, r.Name)
			}
		case "channels":
			each = func(r slackName) {
				x.ids[r.Name] = r.ID
				x.text.channels[r.ID] = r.Name
			}
		case "groups", "mpims", "dms":
			what := map[string]string{"groups": "private channel", "mpims": "group message", "dms": "direct message"}[base]
			each = func(r slackName) {
				x.private[cmp.Or(r.Name, r.ID)] = what
				x.private[r.ID] = what
			}
		default:
			if !slices.Contains([]string{"integration_logs", "canvases", "file_conversations", "lists", "huddle_transcripts"}, base) {
				x.leave(knowledge.Pos{File: x.in.title(name)}, "the file", "it holds no messages")
			}
			continue
		}
		err := records(ctx, x, name, func(r slackName, _ knowledge.Pos) { each(r) })
		if err != nil {
			return err
		}
	}
	delete(x.private, "")
	return nil
}

// records reads a list, one record after the other. Faults of the file are noted.
func records[T any](ctx context.Context, x *slackExport, name string, each func(T, knowledge.Pos)) error {
	f, err := x.in.stream(ctx, name, maxText)
	if err == nil {
		defer f.Close()
		s := newJSONStream(x.in.title(name), f)
		if err = s.open('['); err == nil {
			for {
				var r T
				pos, more, e := s.next(&r)
				if typ, ok := errors.AsType[*json.UnmarshalTypeError](e); ok {
					x.leave(pos, "a record", fmt.Sprintf("its %s is no text of Slack's, but a %s", typ.Field, typ.Value))
					continue
				}
				if err = e; err != nil || !more {
					break
				}
				each(r, pos)
			}
		}
	}
	if list, ok := asFaults(err); ok {
		x.faults = append(x.faults, list...)
		return nil
	}
	return err
}

// channel reads a channel's days, in their order, and takes its threads.
func (x *slackExport) channel(ctx context.Context, dir string, names []string) error {
	base := path.Base(dir)
	if base == "." {
		base = path.Base(x.in.Name)
	}
	id := cmp.Or(x.ids[base], base)
	threads := map[string]*chatThread{}
	var order []string
	loose, looseMarked := 0, 0
	for _, name := range names {
		err := records(ctx, x, name, func(r slackMessage, pos knowledge.Pos) {
			if r.Type != "message" || r.Hidden || r.BotID != "" || x.bots[r.User] || !slices.Contains(slackSpoken, r.Subtype) {
				return
			}
			m := chatMessage{id: r.TS, author: r.User, pos: pos}
			for _, reaction := range r.Reactions {
				m.marked = m.marked || isChatMark(reaction.Name, x.o)
			}
			if r.ThreadTS == "" {
				if loose++; m.marked {
					looseMarked++
				}
				return
			}
			for _, file := range r.Files {
				m.files = append(m.files, cmp.Or(file.Name, file.Title, "a file"))
			}
			th := threads[r.ThreadTS]
			if th == nil {
				th = &chatThread{key: id + "/" + r.ThreadTS}
				threads[r.ThreadTS] = th
				order = append(order, r.ThreadTS)
			}
			m.text = r.Text
			if r.TS == r.ThreadTS {
				th.root = m
			} else {
				th.replies = append(th.replies, m)
			}
		})
		if err != nil {
			return err
		}
	}
	pos := knowledge.Pos{File: x.in.title(dir)}
	unmarked, orphans := 0, 0
	slices.SortStableFunc(order, compareTS)
	for _, ts := range order {
		if err := ctx.Err(); err != nil {
			return err
		}
		th := threads[ts]
		switch {
		case th.root.id == "":
			orphans++
			continue
		case len(th.replies) == 0:
			continue
		case !th.isMarked():
			unmarked++
			continue
		}
		slices.SortStableFunc(th.replies, func(a, b chatMessage) int { return compareTS(a.id, b.id) })
		x.format(&th.root)
		for i := range th.replies {
			x.format(&th.replies[i])
		}
		x.takeThread(th)
	}
	x.leaveLoose(pos, loose, looseMarked)
	if unmarked > 0 {
		x.leave(pos, countOf(unmarked, "thread"), "no reaction marks an answer")
	}
	if orphans > 0 {
		x.leave(pos, countOf(orphans, "thread"), "who asked was a program, or the question is not in the export")
	}
	return nil
}

// format puts a message into words.
func (x *slackExport) format(m *chatMessage) {
	m.plain, m.text = x.text.plain(m.text), x.text.markdown(m.text)
}

// compareTS orders times as Slack writes them: seconds, a point, and a counter.
func compareTS(a, b string) int {
	return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(a, b))
}
