package slackfake_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"frontdesk/adapters/slack/slackfake"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"
	"github.com/slack-go/slack/socketmode"
)

// world is a server with a workspace, a person and a channel, and slack-go's
// client.
type world struct {
	*slackfake.Server
	ws            *slackfake.Workspace
	anna, general string
	api           *slack.Client
}

func start(t testing.TB, cfg slackfake.Config, setup slackfake.Setup) world {
	t.Helper()
	s, err := slackfake.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	w := world{Server: s, ws: s.AddWorkspace(setup)}
	w.anna = w.ws.AddUser(slackfake.User{Name: "anna", Locale: "de-DE"})
	w.general = w.ws.AddChannel("general", slackfake.Public, w.anna, w.ws.BotUser)
	w.api = slack.New(w.ws.Setup.BotToken, slack.OptionAPIURL(s.APIURL()), slack.OptionAppLevelToken(w.ws.Setup.AppToken))
	return w
}

func soon(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

func TestPosts(t *testing.T) {
	w := start(t, slackfake.Config{}, slackfake.Setup{})
	me, err := w.api.AuthTest()
	if err != nil || me.UserID != w.ws.BotUser || me.TeamID != w.ws.ID {
		t.Fatalf("auth.test: %+v, %v", me, err)
	}
	said := w.ws.Say(w.anna, w.general, "hello", "")
	text := func(s string) slack.MsgOption {
		return slack.MsgOptionBlocks(slack.NewSectionBlock(slack.NewTextBlockObject(slack.MarkdownType, s, false, false), nil, nil))
	}
	_, first, err := w.api.PostMessage(w.general, slack.MsgOptionText("hi", false), text("*hi*"), slack.MsgOptionTS(said.TS),
		slack.MsgOptionMetadata(slack.SlackMetadata{EventType: "a_reply", EventPayload: map[string]any{"key": "k"}}))
	if err != nil {
		t.Fatal(err)
	}
	_, second, err := w.api.PostMessage(w.general, slack.MsgOptionText("more", false), slack.MsgOptionTS(said.TS))
	if err != nil || second <= first || first <= said.TS {
		t.Fatalf("timestamps do not rise: %q, %q, %q: %v", said.TS, first, second, err)
	}
	replies, _, _, err := w.api.GetConversationReplies(&slack.GetConversationRepliesParameters{ChannelID: w.general, Timestamp: said.TS, IncludeAllMetadata: true})
	if err != nil || len(replies) != 3 || replies[1].Metadata.EventPayload["key"] != "k" || replies[0].User != w.anna {
		t.Fatalf("replies: %+v, %v", replies, err)
	}
	if _, _, _, err := w.api.UpdateMessage(w.general, first, slack.MsgOptionText("hi again", false), text("*hi again*")); err != nil {
		t.Fatal(err)
	}
	if _, _, err := w.api.DeleteMessage(w.general, second); err != nil {
		t.Fatal(err)
	}
	posts := w.ws.Posts(w.general, said.TS)
	if len(posts) != 1 || posts[0].Text != "hi again" || !strings.Contains(string(posts[0].Blocks), "*hi again*") || posts[0].Metadata == nil {
		t.Fatalf("posts: %+v", posts)
	}
	if link, err := w.api.GetPermalink(&slack.PermalinkParameters{Channel: w.general, Ts: first}); err != nil || !strings.Contains(link, w.general) {
		t.Errorf("permalink: %q, %v", link, err)
	}
	if err := w.api.AddReaction("eyes", slack.NewRefToMessage(w.general, said.TS)); err != nil {
		t.Error(err)
	}
	if err := w.api.AddReaction("eyes", slack.NewRefToMessage(w.general, said.TS)); err == nil || err.Error() != "already_reacted" {
		t.Errorf("the second reaction: %v", err)
	}
	if u, err := w.api.GetUserInfo(w.anna); err != nil || u.Name != "anna" {
		t.Errorf("users.info: %+v, %v", u, err)
	}
	dm, _, _, err := w.api.OpenConversation(&slack.OpenConversationParameters{Users: []string{w.anna}, ReturnIM: true})
	if err != nil || dm.ID != w.ws.DM(w.anna) || !dm.IsIM {
		t.Errorf("conversations.open: %+v, %v", dm, err)
	}
	if _, err := w.api.PostEphemeral(w.general, w.anna, slack.MsgOptionText("psst", false)); err != nil {
		t.Error(err)
	}
	if h, err := w.api.GetConversationHistory(&slack.GetConversationHistoryParameters{ChannelID: w.general}); err != nil || len(h.Messages) != 1 {
		t.Errorf("the history has what stands at the top, and nothing ephemeral: %+v, %v", h, err)
	}
	channels, next, err := w.api.GetConversations(&slack.GetConversationsParameters{Types: []string{"public_channel", "im"}, Limit: 1})
	if err != nil || len(channels) != 1 || next == "" {
		t.Errorf("conversations.list: %+v, %q, %v", channels, next, err)
	}
}

func TestRefusals(t *testing.T) {
	w := start(t, slackfake.Config{PerChannel: 1000, Burst: 1000}, slackfake.Setup{Scopes: []string{"chat:write", "channels:history"}})
	secret := w.ws.AddChannel("secret", slackfake.Private, w.anna)
	other := w.ws.AddChannel("other", slackfake.Public, w.anna)
	said := w.ws.Say(w.anna, w.general, "hello", "")
	section := func(n int) slack.Block {
		return slack.NewSectionBlock(slack.NewTextBlockObject(slack.MarkdownType, strings.Repeat("x", n), false, false), nil, nil)
	}
	plain := func(s string) *slack.TextBlockObject {
		return slack.NewTextBlockObject(slack.PlainTextType, s, false, false)
	}
	blocks := func(b ...slack.Block) error {
		_, _, err := w.api.PostMessage(w.general, slack.MsgOptionBlocks(b...))
		return err
	}
	post := func(channel string, o ...slack.MsgOption) error {
		_, _, err := w.api.PostMessage(channel, o...)
		return err
	}
	hi := slack.MsgOptionText("hi", false)
	var options []*slack.OptionBlockObject
	for i := range 101 {
		options = append(options, slack.NewOptionBlockObject(strings.Repeat("v", i+1), plain("x"), nil))
	}
	for name, test := range map[string]struct {
		err  error
		want string
	}{
		"no such channel":     {post("C404", hi), "channel_not_found"},
		"unseen channel":      {post(secret, hi), "channel_not_found"},
		"not a member":        {post(other, hi), "not_in_channel"},
		"nothing said":        {post(w.general), "no_text"},
		"too long":            {post(w.general, slack.MsgOptionText(strings.Repeat("x", 40_001), false)), "msg_too_long"},
		"thread":              {post(w.general, hi, slack.MsgOptionTS("yesterday")), "invalid_thread_ts"},
		"metadata":            {post(w.general, hi, slack.MsgOptionMetadata(slack.SlackMetadata{EventType: "no spaces", EventPayload: map[string]any{}})), "invalid_metadata_schema"},
		"long section":        {blocks(section(3001)), "invalid_blocks"},
		"empty section":       {blocks(section(0)), "invalid_blocks"},
		"many blocks":         {blocks(make51()...), "invalid_blocks"},
		"too much in blocks":  {blocks(section(3000), section(3000), section(3000), section(3000), section(3000)), "msg_blocks_too_long"},
		"long button":         {blocks(slack.NewActionBlock("b", slack.NewButtonBlockElement("a", "v", plain(strings.Repeat("x", 76))))), "invalid_blocks"},
		"long value":          {blocks(slack.NewActionBlock("b", slack.NewButtonBlockElement("a", strings.Repeat("x", 2001), plain("x")))), "invalid_blocks"},
		"long action id":      {blocks(slack.NewActionBlock("b", slack.NewButtonBlockElement(strings.Repeat("x", 256), "v", plain("x")))), "invalid_blocks"},
		"same action id":      {blocks(slack.NewActionBlock("b", slack.NewButtonBlockElement("a", "v", plain("x")), slack.NewButtonBlockElement("a", "w", plain("x")))), "invalid_blocks"},
		"too many options":    {blocks(slack.NewActionBlock("b", slack.NewOptionsSelectBlockElement("static_select", plain("?"), "a", options...))), "invalid_blocks"},
		"input in a message":  {blocks(slack.NewInputBlock("b", plain("x"), nil, slack.NewPlainTextInputBlockElement(plain("x"), "a"))), "invalid_blocks"},
		"somebody else's":     {second(w.api.DeleteMessage(w.general, said.TS)), "cant_delete_message"},
		"missing scope":       {w.api.AddReaction("eyes", slack.NewRefToMessage(w.general, said.TS)), "missing_scope"},
		"wrong token":         {second(slack.New("xoxb-wrong", slack.OptionAPIURL(w.APIURL())).PostMessage(w.general, hi)), "invalid_auth"},
		"app token":           {second(slack.New(w.ws.Setup.AppToken, slack.OptionAPIURL(w.APIURL())).PostMessage(w.general, hi)), "not_allowed_token_type"},
		"no token":            {second(slack.New("", slack.OptionAPIURL(w.APIURL())).PostMessage(w.general, hi)), "not_authed"},
		"unknown trigger":     {third(w.api.OpenView("1.2", slack.ModalViewRequest{Type: "modal", Title: plain("x")})), "invalid_trigger_id"},
		"history of a DM":     {third(w.api.GetConversationHistory(&slack.GetConversationHistoryParameters{ChannelID: w.ws.DM(w.anna)})), "missing_scope"},
		"the scope is needed": {third(w.api.GetUserInfo(w.anna)), "missing_scope"},
	} {
		if test.err == nil || test.err.Error() != test.want {
			t.Errorf("%s: %v, want %s", name, test.err, test.want)
		}
	}
	var missing slack.SlackErrorResponse
	if err := w.api.AddReaction("eyes", slack.NewRefToMessage(w.general, said.TS)); !errors.As(err, &missing) || missing.Needed != "reactions:write" {
		t.Errorf("the missing scope is not named: %+v", missing)
	}
}

func make51() []slack.Block {
	var b []slack.Block
	for range 51 {
		b = append(b, slack.NewDividerBlock())
	}
	return b
}

func second[A, B any](_ A, _ B, err error) error { return err }
func third[A any](_ A, err error) error          { return err }

// client runs slack-go's Socket Mode client; it acknowledges what it is told to.
type client struct {
	mu     sync.Mutex
	events []slackevents.EventsAPIEvent
	other  []socketmode.Event
	tries  []int
	ack    func(socketmode.Event) bool
	answer any
	conns  int
}

func (w world) connect(t testing.TB, ack func(socketmode.Event) bool) *client {
	t.Helper()
	sm := socketmode.New(w.api, socketmode.OptionLog(log.New(io.Discard, "", 0)))
	c := &client{ack: ack}
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() { _ = sm.RunContext(ctx) })
	wg.Go(func() {
		for {
			select {
			case <-ctx.Done():
				return
			case e := <-sm.Events:
				c.mu.Lock()
				switch data := e.Data.(type) {
				case slackevents.EventsAPIEvent:
					c.events = append(c.events, data)
					c.tries = append(c.tries, e.Request.RetryAttempt)
				case *socketmode.ConnectedEvent:
					c.conns++
				default:
					c.other = append(c.other, e)
				}
				answer := c.answer
				c.mu.Unlock()
				if e.Request != nil && e.Request.EnvelopeID != "" && (c.ack == nil || c.ack(e)) {
					_ = sm.Ack(*e.Request, answer)
				}
			}
		}
	})
	t.Cleanup(func() { cancel(); wg.Wait() })
	if err := w.Await(soon(t), func() bool { return w.ws.Connections() > 0 }); err != nil {
		t.Fatal(err)
	}
	return c
}

func TestFaults(t *testing.T) {
	w := start(t, slackfake.Config{PerChannel: 0.001, Burst: 2}, slackfake.Setup{})
	post := func() error {
		_, _, err := w.api.PostMessage(w.general, slack.MsgOptionText("hi", false))
		return err
	}
	w.Inject(slackfake.Fault{Method: "chat.*", Times: 1, Status: http.StatusTooManyRequests, RetryAfter: 7})
	w.Inject(slackfake.Fault{Method: "chat.postMessage", Times: 1, Status: http.StatusServiceUnavailable})
	w.Inject(slackfake.Fault{Method: "chat.postMessage", Times: 1, DropBefore: true})
	w.Inject(slackfake.Fault{Method: "chat.postMessage", Times: 1, DropAfter: true})
	var limited *slack.RateLimitedError
	if err := post(); !errors.As(err, &limited) || limited.RetryAfter != 7*time.Second {
		t.Errorf("429: %v", err)
	}
	var status slack.StatusCodeError
	if err := post(); !errors.As(err, &status) || status.Code != http.StatusServiceUnavailable {
		t.Errorf("503: %v", err)
	}
	if err := post(); err == nil || len(w.ws.Posts(w.general, "")) != 0 {
		t.Errorf("dropped before: %v, %d posts", err, len(w.ws.Posts(w.general, "")))
	}
	if err := post(); err == nil || len(w.ws.Posts(w.general, "")) != 1 {
		t.Errorf("dropped after: %v, %d posts", err, len(w.ws.Posts(w.general, "")))
	}
	if err := post(); err != nil {
		t.Error(err)
	}
	if err := post(); !errors.As(err, &limited) {
		t.Errorf("the channel's limit: %v", err)
	}
}

func TestInteractions(t *testing.T) {
	w := start(t, slackfake.Config{Quiet: true}, slackfake.Setup{})
	c := w.connect(t, nil)
	plain := func(s string) *slack.TextBlockObject {
		return slack.NewTextBlockObject(slack.PlainTextType, s, false, false)
	}
	said := w.ws.Say(w.anna, w.general, "hello", "")
	_, ts, err := w.api.PostMessage(w.general, slack.MsgOptionTS(said.TS), slack.MsgOptionBlocks(slack.NewActionBlock("b",
		slack.NewButtonBlockElement("yes", "1", plain("Yes")),
		slack.NewOptionsSelectBlockElement("static_select", plain("?"), "pick", slack.NewOptionBlockObject("k", plain("Kitchen"), nil)))))
	if err != nil {
		t.Fatal(err)
	}
	press, err := w.ws.Press(w.anna, w.general, ts, func(c slackfake.Control) bool { return c.Text == "Yes" }, "")
	if err != nil {
		t.Fatal(err)
	}
	pick, err := w.ws.Press(w.anna, w.general, ts, func(c slackfake.Control) bool { return c.ActionID == "pick" }, "Kitchen")
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range []*slackfake.Delivery{press, pick} {
		if _, err := d.Wait(soon(t)); err != nil {
			t.Fatal(err)
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	var calls []slack.InteractionCallback
	for _, e := range c.other {
		if call, ok := e.Data.(slack.InteractionCallback); ok {
			calls = append(calls, call)
		}
	}
	if len(calls) != 2 || calls[0].ActionCallback.BlockActions[0].Value != "1" || calls[0].Container.ThreadTs != said.TS ||
		calls[0].Message.Timestamp != ts || calls[1].ActionCallback.BlockActions[0].SelectedOption.Value != "k" {
		t.Fatalf("%+v", calls)
	}
	if _, err := w.api.OpenView(calls[0].TriggerID, slack.ModalViewRequest{
		Type: slack.VTModal, Title: plain("Which?"), Submit: plain("OK"), CallbackID: "form", PrivateMetadata: "m",
		Blocks: slack.Blocks{BlockSet: []slack.Block{slack.NewInputBlock("in", plain("Room"), nil, slack.NewPlainTextInputBlockElement(nil, "room"))}},
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.api.OpenView(calls[0].TriggerID, slack.ModalViewRequest{Type: slack.VTModal, Title: plain("x")}); err == nil || err.Error() != "exchanged_trigger_id" {
		t.Errorf("a trigger that was used: %v", err)
	}
	if v, ok := w.ws.Modal(w.anna); !ok || v.CallbackID != "form" {
		t.Errorf("modal: %+v", v)
	}
	c.mu.Unlock()
	submit, err := w.ws.Submit(w.anna, map[string]string{"room": "attic"})
	if err != nil {
		t.Fatal(err)
	}
	_, err = submit.Wait(soon(t))
	c.mu.Lock()
	last, _ := c.other[len(c.other)-1].Data.(slack.InteractionCallback)
	if err != nil || last.View.State.Values["in"]["room"].Value != "attic" || last.View.PrivateMetadata != "m" {
		t.Errorf("%+v, %v", last, err)
	}
	if err := w.Await(soon(t), func() bool { _, open := w.ws.Modal(w.anna); return !open }); err != nil {
		t.Error("the modal stays open")
	}
	// What a response_url is good for.
	if err := slack.PostWebhook(calls[0].ResponseURL, &slack.WebhookMessage{Text: "for you"}); err != nil {
		t.Error(err)
	}
	posts := w.ws.Posts(w.general, "")
	if len(posts) != 1 || posts[0].Ephemeral != w.anna {
		t.Errorf("posts: %+v", posts)
	}
	if _, err := w.api.PublishView(w.anna, slack.HomeTabViewRequest{Type: slack.VTHomeTab, Blocks: slack.Blocks{BlockSet: []slack.Block{slack.NewDividerBlock()}}}, ""); err != nil {
		t.Error(err)
	}
	if _, ok := w.ws.Home(w.anna); !ok {
		t.Error("no home tab")
	}
	channel, thread, _ := w.ws.StartAssistant(w.anna, w.general)
	if err := w.api.SetAssistantThreadsStatus(slack.AssistantThreadsSetStatusParameters{ChannelID: channel, ThreadTS: thread, Status: "is looking"}); err != nil {
		t.Error(err)
	}
	prompts := slack.AssistantThreadsSetSuggestedPromptsParameters{ChannelID: channel, ThreadTS: thread}
	prompts.AddPrompt("One", "What can you do?")
	if err := w.api.SetAssistantThreadsSuggestedPrompts(prompts); err != nil {
		t.Error(err)
	}
	if a := w.ws.Assistant(channel, thread); a.Status != "is looking" || len(a.Prompts) != 1 {
		t.Errorf("assistant: %+v", a)
	}
}

func TestFiles(t *testing.T) {
	w := start(t, slackfake.Config{}, slackfake.Setup{})
	c := w.connect(t, nil)
	said := w.ws.Share(w.anna, w.general, "", "", slackfake.File{
		Name: "audio message.m4a", Mimetype: "audio/mp4", Filetype: "m4a", Subtype: "slack_audio", Content: []byte("sound"), Duration: time.Second,
	})
	if _, err := said.Event.Wait(soon(t)); err != nil {
		t.Fatal(err)
	}
	c.mu.Lock()
	m, ok := c.events[0].InnerEvent.Data.(*slackevents.MessageEvent)
	c.mu.Unlock()
	if !ok || m.SubType != "file_share" || len(m.Message.Files) != 1 {
		t.Fatalf("%+v", m)
	}
	var b bytes.Buffer
	if err := w.api.GetFile(m.Message.Files[0].URLPrivateDownload, &b); err != nil || b.String() != "sound" {
		t.Errorf("%q, %v", b.String(), err)
	}
	other := slack.New("xoxb-wrong", slack.OptionAPIURL(w.APIURL()))
	if err := other.GetFile(m.Message.Files[0].URLPrivateDownload, &b); err == nil {
		t.Error("the file was given to a stranger")
	}
}

func TestEvents(t *testing.T) {
	w := start(t, slackfake.Config{}, slackfake.Setup{})
	c := w.connect(t, nil)
	said := w.ws.Say(w.anna, w.general, "hello", "")
	deliveries := []*slackfake.Delivery{
		w.ws.Edit(w.general, said.TS, "hallo"),
		w.ws.React(w.anna, w.general, said.TS, "+1", true),
		w.ws.React(w.anna, w.general, said.TS, "+1", false),
		w.ws.OpenHome(w.anna, "home"),
		w.ws.SayAsBot(w.general, "I am a bot").Event,
		w.ws.Delete(w.general, said.TS),
	}
	for _, d := range deliveries {
		if _, err := d.Wait(soon(t)); err != nil {
			t.Fatal(err)
		}
	}
	var kinds []string
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, e := range c.events {
		kind := e.InnerEvent.Type
		if m, ok := e.InnerEvent.Data.(*slackevents.MessageEvent); ok {
			kind += "." + m.SubType
			if m.SubType == "message_changed" && (m.Message.Text != "hallo" || m.PreviousMessage.Text != "hello") {
				t.Errorf("changed: %+v, before %+v", m.Message, m.PreviousMessage)
			}
			if m.SubType == "message_deleted" && m.DeletedTimeStamp != said.TS {
				t.Errorf("deleted: %+v", m)
			}
		}
		kinds = append(kinds, kind)
	}
	want := "message. message.message_changed reaction_added reaction_removed app_home_opened message.bot_message message.message_deleted"
	if got := strings.Join(kinds, " "); got != want {
		t.Errorf("events: %s\nwant:   %s", got, want)
	}
	if w.ws.Say(w.anna, w.ws.AddChannel("unseen", slackfake.Private, w.anna), "x", "").Event != nil {
		t.Error("an event of a channel that the bot is not in")
	}
}
