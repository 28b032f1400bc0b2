package bot

import (
	"context"
	"time"
)

// A Handler answers messages; [Bot.Handle] is one.
type Handler func(ctx context.Context, m Message) (Reply, error)

// An Outbox takes replies out that are no answer to a message just handled: a
// schedule that fired, a question for somebody else. It must be safe for
// concurrent use.
type Outbox interface {
	// Send brings a reply to an address. When it returns nil, the reply was
	// handed over to whatever shows it.
	Send(ctx context.Context, to Address, r Reply) error
}

// A Journal keeps the lasting record. It must be safe for concurrent use.
type Journal interface {
	// Record keeps one exchange; when it returns nil, the exchange survives
	// the death of the process.
	Record(ctx context.Context, x Exchange) error
	// Exchange gives what is on record of the message with that ID, from that
	// conversation; false where nothing is.
	Exchange(ctx context.Context, conversation, messageID string) (Exchange, bool, error)
	// Rate adds somebody's rating (1 or -1) to a recorded exchange.
	Rate(ctx context.Context, conversation, messageID string, by Address, rating int) error
}

// Handovers keep the questions that were handed on to experts. They must be safe
// for concurrent use.
type Handovers interface {
	// HandOver keeps one; when it returns nil, it survives the death of the process.
	HandOver(ctx context.Context, h Handover) error
	// Handover gives the one of an ID.
	Handover(ctx context.Context, id string) (Handover, bool, error)
	// Answered notes that an expert has answered; answering again changes nothing.
	Answered(ctx context.Context, id string, by Address, at time.Time) error
}

// An Exchange is one message and what became of it.
type Exchange struct {
	Time         time.Time
	Base         string
	Conversation string
	MessageID    string
	Sender       Address
	Channel      Address // where it was said
	Kind         Kind
	Locale       string
	Question     string
	Decision     Decision
	Entry        string
	Probability  float64
	Slots        map[string]string
	Answer       string
	Failed       bool
	Latency      time.Duration
}
