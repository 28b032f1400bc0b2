package importer

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"frontdesk/internal/fault"
	"frontdesk/knowledge"
)

// Discord gives the reader of channels that DiscordChatExporter has written as
// JSON (https://github.com/Tyrrrz/DiscordChatExporter), a file or a folder or an
// archive of them.
//
// A message with replies of which one, or itself, has a ✅ becomes an FAQ item;
// so does a thread or a forum's post, under its title. What programs wrote is
// passed over. Who wrote what is not kept; people that a text names are.
func Discord() Reader {
	return Reader{Format: "discord", Title: "Discord export", Recognise: recogniseDiscord, Read: readDiscord}
}

var discordMark = regexp.MustCompile(`^\s*\{\s*"guild"\s*:\s*\{[\s\S]*"channel"\s*:\s*\{`)

func recogniseDiscord(s Source) bool {
	return recogniseIn(s, maxRasaHeads, isJSON, func(_ string, head []byte) bool { return discordMark.Match(head) })
}

// A discordMessage is a message with what we need of it.
type discordMessage struct {
	ID      string `json:"id"`
	Type    string `json:"type"`
	Content string `json:"content"`
	Author  struct {
		ID    string `json:"id"`
		IsBot bool   `json:"isBot"`
	} `json:"author"`
	Reactions []struct {
		Emoji struct {
			Name string `json:"name"`
			Code string `json:"code"`
		} `json:"emoji"`
	} `json:"reactions"`
	Attachments []struct {
		FileName string `json:"fileName"`
	} `json:"attachments"`
	Mentions []struct {
		ID       string `json:"id"`
		Name     string `json:"name"`
		Nickname string `json:"nickname"`
	} `json:"mentions"`
	Reference *struct {
		MessageID string `json:"messageId"`
		ChannelID string `json:"channelId"`
	} `json:"reference"`
}

// A discordChannel is what a file says of its channel.
type discordChannel struct {
	ID   string `json:"id"`
	Type string `json:"type"`
	Name string `json:"name"`
}

// isThread says whether the channel is a thread or a forum's post; its name is
// what its title is.
func (c discordChannel) isThread() bool { return strings.HasSuffix(c.Type, "Thread") }

// maxDiscordKept bounds what is kept of one channel while it is read.
const maxDiscordKept = 128 << 20 // bytes of messages

func readDiscord(ctx context.Context, s Source, o Options) (*Found, error) {
	in, done, err := openProject(ctx, s)
	if err != nil {
		return nil, err
	}
	defer done()
	names, err := in.files(ctx, isJSON)
	if err != nil {
		return nil, err
	}
	var t taking
	var faults fault.List
	for _, name := range names {
		x := discordFile{taking: &t, in: in, o: o, name: name, messages: map[string]*chatMessage{}, roots: map[string]string{}}
		err := x.read(ctx)
		if list, ok := asFaults(err); ok {
			faults = append(faults, list...)
		} else if err != nil {
			return nil, err
		}
	}
	faults.Sort()
	if err := faults.Err(); err != nil {
		return nil, err
	}
	return t.found(), nil
}

// A discordFile is a channel while it is read.
type discordFile struct {
	*taking
	in       *input
	o        Options
	name     string
	channel  discordChannel
	order    []*chatMessage // of people
	messages map[string]*chatMessage
	roots    map[string]string // by a reply's id: the message that began the exchange
	kept     int
}

// read reads the file, and takes its threads.
func (x *discordFile) read(ctx context.Context) error {
	f, err := x.in.stream(ctx, x.name, maxFile)
	if err != nil {
		return err
	}
	defer f.Close()
	s := newJSONStream(x.in.title(x.name), f)
	if err := s.open('{'); err != nil {
		return err
	}
	seen := false
	for s.fresh(); s.d.More(); s.fresh() {
		key, err := s.d.Token()
		if err != nil {
			return s.err(err)
		}
		switch key {
		case "channel":
			if err := s.d.Decode(&x.channel); err != nil {
				return s.err(err)
			}
		case "messages":
			seen = true
			err = x.list(s)
		default:
			err = s.skip()
		}
		if err != nil {
			return err
		}
	}
	if _, err := s.d.Token(); err != nil {
		return s.err(err)
	}
	if !seen {
		x.leave(knowledge.Pos{File: s.title}, "the file", "it holds no messages")
		return nil
	}
	return x.threads(ctx)
}

// list reads the messages.
func (x *discordFile) list(s *jsonStream) error {
	if err := s.open('['); err != nil {
		return err
	}
	for {
		var m discordMessage
		pos, more, err := s.next(&m)
		if typ, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
			x.leave(pos, "a message", fmt.Sprintf("its %s is no text of Discord's, but a %s", typ.Field, typ.Value))
			continue
		}
		if err != nil || !more {
			return err
		}
		if x.kept += len(m.Content) + 200; x.kept > maxDiscordKept {
			return fault.List{{File: pos.File, Line: pos.Line, Col: pos.Col, What: fmt.Sprintf("more than %d MiB of messages", maxDiscordKept>>20),
				Do: "export the channel in parts (--partition)"}}
		}
		x.message(m, pos)
	}
}

// message keeps what a person wrote.
func (x *discordFile) message(m discordMessage, pos knowledge.Pos) {
	if m.ID == "" || m.Author.IsBot || m.Type != "Default" && m.Type != "Reply" {
		return
	}
	c := &chatMessage{id: m.ID, author: m.Author.ID, pos: pos, text: m.Content}
	for _, p := range m.Mentions {
		if c.people == nil {
			c.people = map[string]string{}
		}
		c.people[p.ID] = cmp.Or(p.Nickname, p.Name)
	}
	for _, r := range m.Reactions {
		c.marked = c.marked || isChatMark(r.Emoji.Name, x.o) || isChatMark(r.Emoji.Code, x.o)
	}
	for _, file := range m.Attachments {
		c.files = append(c.files, cmp.Or(file.FileName, "a file"))
	}
	x.order = append(x.order, c)
	x.messages[c.id] = c
	if r := m.Reference; r != nil && m.Type == "Reply" && r.MessageID != "" {
		x.roots[c.id] = cmp.Or(x.roots[r.MessageID], r.MessageID)
	}
}

// threads takes what hangs together.
func (x *discordFile) threads(ctx context.Context) error {
	pos := knowledge.Pos{File: x.in.title(x.name)}
	if x.channel.isThread() {
		if len(x.order) == 0 {
			x.leave(pos, "the thread", "it has no messages of people")
			return nil
		}
		th := &chatThread{key: x.channel.ID, title: x.channel.Name, root: *x.order[0]}
		for _, m := range x.order[1:] {
			th.replies = append(th.replies, *m)
		}
		if !x.thread(th) {
			x.leave(pos, fmt.Sprintf("thread %q", shown(x.channel.Name)), "no reaction marks an answer")
		}
		return nil
	}
	threads := map[string]*chatThread{}
	orphans := 0
	for _, m := range x.order { // Replies are given to what they reply to.
		root := x.roots[m.id]
		if root == "" {
			continue
		}
		first := x.messages[root]
		if first == nil {
			orphans++
			continue
		}
		if threads[root] == nil {
			threads[root] = &chatThread{key: x.channel.ID + "/" + root, root: *first}
		}
		threads[root].replies = append(threads[root].replies, *m)
	}
	unmarked, loose, looseMarked := 0, 0, 0
	for _, m := range x.order {
		if err := ctx.Err(); err != nil {
			return err
		}
		if threads[m.id] == nil && x.roots[m.id] == "" {
			if loose++; m.marked {
				looseMarked++
			}
		}
		if th := threads[m.id]; th != nil && !x.thread(th) {
			unmarked++
		}
	}
	x.leaveLoose(pos, loose, looseMarked)
	if unmarked > 0 {
		x.leave(pos, countOf(unmarked, "question")+" with replies", "no reaction marks an answer")
	}
	if orphans > 0 {
		x.leave(pos, countOf(orphans, "message"), "what it replies to was written by a program, or is not in the export")
	}
	return nil
}

// thread takes a thread, and says whether an answer is marked in it.
func (x *discordFile) thread(th *chatThread) bool {
	if !th.isMarked() {
		return false
	}
	format := func(m *chatMessage) {
		text := discordText{m.people}
		m.plain, m.text = text.plain(m.text), text.markdown(m.text)
	}
	format(&th.root)
	for i := range th.replies {
		format(&th.replies[i])
	}
	x.takeThread(th)
	return true
}
