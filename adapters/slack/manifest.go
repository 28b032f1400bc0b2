package slack

import _ "embed"

// Manifest is the file that creates the Slack app in one paste, with what the
// adapter uses and nothing else.
//
//go:embed app_manifest.yaml
var Manifest string

// A scope is a right of the bot, and what it is for.
type scope struct{ name, use string }

// needed are the scopes without which the adapter does not work, wished those
// without which something is missing.
var (
	needed = []scope{
		{"app_mentions:read", "to be told when it is mentioned"},
		{"chat:write", "to answer"},
		{"im:history", "to read private messages"},
		{"im:write", "to write to people first"},
	}
	wished = []scope{
		{"assistant:write", "assistant threads"},
		{"channels:history", "threads in public channels, and finding its own answers there after a crash"},
		{"channels:read", "finding out which channels it is in"},
		{"commands", "the slash command and the shortcut"},
		{"files:read", "voice messages"},
		{"groups:history", "threads in private channels, and finding its own answers there after a crash"},
		{"groups:read", "finding out which private channels it is in"},
		{"im:read", "finding out what private messages there are"},
		{"mpim:history", "messages between several people"},
		{"reactions:read", "ratings by 👍 and 👎, and proposals by ✅"},
		{"reactions:write", "showing that a slow answer is being made"},
		{"users:read", "answering people in their language"},
	}
)
