//go:build unix

package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// A newcomer does what README.md says, word for word, and is answered.
func TestServeReadme(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("the program is a process of its own, which the race detector does not see")
	}
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	section := func(name string) string {
		_, text, ok := strings.Cut(string(readme), "\n## "+name+"\n")
		if !ok {
			t.Fatalf("README.md has no section %s", name)
		}
		text, _, _ = strings.Cut(text, "\n## ")
		return text
	}
	_, whole, _ := strings.Cut(section("Slack"), "```yaml\n")
	whole, _, _ = strings.Cut(whole, "```")
	line := regexp.MustCompile("`(discord: \\{[^`]+\\})`").FindStringSubmatch(section("Discord"))
	if !strings.Contains(whole, "slack: {") || line == nil {
		t.Fatal("README.md does not show what to write for Slack and Discord")
	}
	slackLine := regexp.MustCompile(`(?m)^ *slack: .*$`).FindString(whole)
	for name, text := range map[string]string{"slack": whole, "discord": strings.Replace(whole, slackLine, "   "+line[1], 1)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := servedPlatforms[name](t, 1)
			for _, step := range []string{"frontdesk doctor " + name, "frontdesk serve"} {
				if !strings.Contains(section(strings.ToUpper(name[:1])+name[1:]), step) {
					t.Errorf("README.md does not say %q", step)
				}
			}
			// The stand-in is elsewhere than the platform, and port 8337 may be taken.
			api := regexp.MustCompile(`api_url: "[^"]+"`).FindString(p.section())
			text = regexp.MustCompile(`(?m)^   `).ReplaceAllString(text, "")
			text = regexp.MustCompile(`(?m)^(slack|discord): \{(.*)\}`).ReplaceAllString(text, "$1: {$2, "+api+"}")
			dir := t.TempDir()
			if err := os.Mkdir(filepath.Join(dir, "kb"), 0o700); err != nil {
				t.Fatal(err)
			}
			serveWrite(t, dir, "kb/desk.yaml", serveKnowledge())
			serveWrite(t, dir, "config.yaml", text+"http: {address: \"127.0.0.1:0\"}\ndata_dir: data\n")
			// The tokens are in the variables that README.md names, in its order.
			var environment []string
			names := regexp.MustCompile(`\$\{env:([A-Z_]+)\}`).FindAllStringSubmatch(text, -1)
			for i, pair := range p.environment() {
				_, value, _ := strings.Cut(pair, "=")
				environment = append(environment, names[i][1]+"="+value)
			}
			s := startServeWith(t, dir, environment)
			serveUntil(t, "a connection", p.connected)
			p.say(t, 0, "what are your hours")
			serveUntil(t, "the first answer", func() bool {
				return slices.ContainsFunc(p.said(0), func(text string) bool { return strings.Contains(text, "From nine to five.") })
			})
			s.signal(os.Interrupt)
			if code := s.end(); code != codeDone {
				t.Errorf("it ended with %d", code)
			}
		})
	}
}
