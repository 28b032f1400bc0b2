package chat

import "errors"

// ErrRefused is wrapped by the error of an adapter's Run that only an owner can
// help: a token that is not accepted, a right that is lacking. The rest of the
// error says what to do. Such an adapter is tried again only rarely.
var ErrRefused = errors.New("the platform refuses us")

// A Finding is one thing that a doctor looked at: whether it is as it must be, and
// if not, what mends it. It holds no secrets.
type Finding struct {
	What string `json:"what"` // "the bot token is good, for the workspace Acme"
	OK   bool   `json:"ok"`
	Do   string `json:"do,omitempty"` // empty where all is well
}
