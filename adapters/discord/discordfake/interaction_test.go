package discordfake_test

import (
	"crypto/ed25519"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"frontdesk/adapters/discord/discordfake"

	"github.com/bwmarrin/discordgo"
)

var commands = []*discordgo.ApplicationCommand{
	{Name: "ask", Description: "Ask the desk", Options: []*discordgo.ApplicationCommandOption{{
		Type: discordgo.ApplicationCommandOptionString, Name: "question", Description: "What is it?", Required: true, Autocomplete: true}}},
	{Name: "Ask about this", Type: discordgo.MessageApplicationCommand},
}

// TestInteractions goes through all kinds of interaction and of answer.
func TestInteractions(t *testing.T) {
	t.Parallel()
	s := serve(t, discordfake.Options{AnswerIn: time.Minute})
	ann := s.AddUser("ann")
	ch := s.AddChannel(s.AddGuild("home", ann), "general", discordfake.TextChannel)
	c := client(t, s, 0)
	acts := make(chan *discordgo.Interaction, 10)
	c.AddHandler(func(_ *discordgo.Session, i *discordgo.InteractionCreate) { acts <- i.Interaction })
	open(t, c)
	if _, err := c.ApplicationCommandBulkOverwrite(s.Bot.ID, "", commands); err != nil {
		t.Fatal(err)
	}
	if got := s.Commands(""); !slices.Equal(got, []string{"/ask", "Ask about this"}) {
		t.Errorf("registered: %q", got)
	}
	ctx := within(t)

	// Typing, with choices.
	typed, err := s.Complete(ch, ann, "ask", "question", "pass")
	if err != nil {
		t.Fatal(err)
	}
	got := next(t, acts)
	if d := got.ApplicationCommandData(); d.Options[0].StringValue() != "pass" || !d.Options[0].Focused || got.Member.User.ID != ann.ID {
		t.Errorf("typing came as %+v", d)
	}
	respond(t, c, got, &discordgo.InteractionResponse{Type: 8, Data: &discordgo.InteractionResponseData{
		Choices: []*discordgo.ApplicationCommandOptionChoice{{Name: "Password?", Value: "p"}}}})
	if r, err := typed.Response(ctx); err != nil || len(r.Choices) != 1 || r.Choices[0].Name != "Password?" {
		t.Errorf("%v; offered: %+v", err, r)
	}

	// A command: later, and only for who asked; then one more message.
	asked, err := s.Slash(ch, ann, "ask", discordfake.Option{Name: "question", Value: "password?"})
	if err != nil {
		t.Fatal(err)
	}
	got = next(t, acts)
	respond(t, c, got, &discordgo.InteractionResponse{Type: 5, Data: &discordgo.InteractionResponseData{Flags: discordgo.MessageFlagsEphemeral}})
	if err := c.InteractionRespond(got, &discordgo.InteractionResponse{Type: 5}); code(t, err) != 40060 {
		t.Error(err)
	}
	text := "It is so."
	if _, err := c.InteractionResponseEdit(got, &discordgo.WebhookEdit{Content: &text, Components: &[]discordgo.MessageComponent{row("Again", "again")}}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.FollowupMessageCreate(got, true, &discordgo.WebhookParams{Content: "And so."}); err != nil {
		t.Fatal(err)
	}
	answers, err := asked.Said(ctx, 2)
	if err != nil || answers[0].Content != text || answers[0].Flags&discordfake.Ephemeral == 0 || answers[1].Content != "And so." {
		t.Errorf("%v; answered: %+v", err, answers)
	}
	if all := s.Messages(ch); len(all) != 1 || all[0].Content != "And so." {
		t.Errorf("everybody sees %+v", all)
	}

	// A button that opens a modal, which is sent off and changes the message.
	pressed, err := s.Press(answers[0], ann, "again")
	if err != nil {
		t.Fatal(err)
	}
	got = next(t, acts)
	if got.MessageComponentData().CustomID != "again" || got.Message.ID != answers[0].ID {
		t.Errorf("the press came as %+v", got)
	}
	respond(t, c, got, &discordgo.InteractionResponse{Type: 9, Data: &discordgo.InteractionResponseData{CustomID: "form", Title: "More",
		Components: []discordgo.MessageComponent{discordgo.ActionsRow{Components: []discordgo.MessageComponent{
			discordgo.TextInput{CustomID: "size", Label: "Size", Style: discordgo.TextInputShort, Required: true}}}}}})
	if r, err := pressed.Response(ctx); err != nil || r.Modal == nil || r.Modal.Title != "More" {
		t.Errorf("%v; opened: %+v", err, r)
	}
	if _, err := s.Submit(pressed, nil); err == nil {
		t.Error("a required input may stay empty")
	}
	if _, err := s.Submit(pressed, map[string]string{"size": "7"}); err != nil {
		t.Fatal(err)
	}
	got = next(t, acts)
	if d := got.ModalSubmitData(); d.CustomID != "form" || d.Components[0].(*discordgo.ActionsRow).Components[0].(*discordgo.TextInput).Value != "7" {
		t.Errorf("the modal came as %+v", d)
	}
	respond(t, c, got, &discordgo.InteractionResponse{Type: 7, Data: &discordgo.InteractionResponseData{Content: "Size 7."}})
	if all := asked.Messages(); all[0].Content != "Size 7." {
		t.Errorf("the message is %+v", all[0])
	}

	// The menu of a message, answered at once for all, with a select.
	said := s.Say(ch, ann, "how?")
	if _, err = s.Menu(ch, said.ID, ann, "Ask about this"); err != nil {
		t.Fatal(err)
	}
	got = next(t, acts)
	if d := got.ApplicationCommandData(); d.TargetID != said.ID || d.Resolved.Messages[said.ID].Content != "how?" {
		t.Errorf("the menu came as %+v", d)
	}
	respond(t, c, got, &discordgo.InteractionResponse{Type: 4, Data: &discordgo.InteractionResponseData{Content: "Which?",
		Components: []discordgo.MessageComponent{discordgo.ActionsRow{Components: []discordgo.MessageComponent{discordgo.SelectMenu{
			CustomID: "which", Options: []discordgo.SelectMenuOption{{Label: "One", Value: "1"}, {Label: "Two", Value: "2"}}}}}}}})
	all := s.Answers(ch)
	if _, err := s.Pick(all[len(all)-1], ann, "which", "3"); err == nil {
		t.Error("one can pick what is not there")
	}
	if _, err := s.Pick(all[len(all)-1], ann, "which", "2"); err != nil {
		t.Fatal(err)
	}
	got = next(t, acts)
	if d := got.MessageComponentData(); !slices.Equal(d.Values, []string{"2"}) {
		t.Errorf("picked: %+v", d)
	}
	respond(t, c, got, &discordgo.InteractionResponse{Type: 6})
}

func row(label, id string) discordgo.MessageComponent {
	return discordgo.ActionsRow{Components: []discordgo.MessageComponent{discordgo.Button{Label: label, CustomID: id}}}
}

func respond(t *testing.T, c *discordgo.Session, i *discordgo.Interaction, r *discordgo.InteractionResponse) {
	t.Helper()
	if err := c.InteractionRespond(i, r); err != nil {
		t.Fatal(err)
	}
}

// TestLateAnswers holds that Discord does not wait.
func TestLateAnswers(t *testing.T) {
	t.Parallel()
	ask := func(opts discordfake.Options) (*discordgo.Session, *discordfake.Interaction, *discordgo.Interaction) {
		s := serve(t, opts)
		ann := s.AddUser("ann")
		c := client(t, s, 0)
		acts := make(chan *discordgo.Interaction, 10)
		c.AddHandler(func(_ *discordgo.Session, i *discordgo.InteractionCreate) { acts <- i.Interaction })
		open(t, c)
		if _, err := c.ApplicationCommandBulkOverwrite(s.Bot.ID, "", commands); err != nil {
			t.Fatal(err)
		}
		i, err := s.Slash(s.DM(ann), ann, "ask", discordfake.Option{Name: "question", Value: "x"})
		if err != nil {
			t.Fatal(err)
		}
		return c, i, next(t, acts)
	}
	c, asked, got := ask(discordfake.Options{AnswerIn: time.Millisecond})
	if got.User == nil || got.Member != nil {
		t.Errorf("in a direct message it comes as %+v", got)
	}
	if _, err := c.FollowupMessageCreate(got, true, &discordgo.WebhookParams{Content: "x"}); code(t, err) != 10015 {
		t.Error(err)
	}
	if _, err := asked.Response(within(t)); !errors.Is(err, discordfake.ErrLate) {
		t.Error(err)
	}
	if err := c.InteractionRespond(got, &discordgo.InteractionResponse{Type: 5}); code(t, err) != 10062 {
		t.Error(err)
	}
	c, _, got = ask(discordfake.Options{AnswerIn: time.Minute, TokenFor: time.Nanosecond})
	respond(t, c, got, &discordgo.InteractionResponse{Type: 5})
	if _, err := c.FollowupMessageCreate(got, true, &discordgo.WebhookParams{Content: "x"}); code(t, err) != 50027 {
		t.Error(err)
	}
}

// TestSignedInteractions lets interactions come by HTTP to an endpoint that uses
// the library's check of signatures.
func TestSignedInteractions(t *testing.T) {
	t.Parallel()
	s := serve(t, discordfake.Options{})
	ann := s.AddUser("ann")
	ch := s.AddChannel(s.AddGuild("home", ann), "general", discordfake.TextChannel)
	if _, err := client(t, s, 0).ApplicationCommandBulkOverwrite(s.Bot.ID, "", commands); err != nil {
		t.Fatal(err)
	}
	public, err := hex.DecodeString(s.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	check := true
	endpoint := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if check && !discordgo.VerifyInteraction(r, ed25519.PublicKey(public)) {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		body, _ := io.ReadAll(r.Body)
		if strings.Contains(string(body), `"type":1,`) && !strings.Contains(string(body), `"data"`) {
			fmt.Fprint(w, `{"type":1}`)
			return
		}
		fmt.Fprint(w, `{"type":4,"data":{"content":"by HTTP"}}`)
	}))
	t.Cleanup(endpoint.Close)
	check = false
	if err := s.SetEndpoint(endpoint.URL); err == nil {
		t.Error("an endpoint that takes every signature is taken")
	}
	check = true
	if err := s.SetEndpoint(endpoint.URL); err != nil {
		t.Fatal(err)
	}
	asked, err := s.Slash(ch, ann, "ask", discordfake.Option{Name: "question", Value: "x"})
	if err != nil {
		t.Fatal(err)
	}
	if r, err := asked.Response(within(t)); err != nil || r.Message.Content != "by HTTP" {
		t.Errorf("%v; %+v", err, r)
	}
	if all := s.Answers(ch); len(all) != 1 || all[0].Type != 20 {
		t.Errorf("%+v", all)
	}
}
