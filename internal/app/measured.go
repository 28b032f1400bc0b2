package app

import (
	"context"
	"time"

	"frontdesk/bot"
	"frontdesk/bot/journal"
)

// measured is the journal, whose failures and times are counted.
type measured struct {
	*journal.Journal
	meter *metrics // may be nil
}

var _ bot.Journal = measured{}

// Exchange implements [bot.Journal].
func (m measured) Exchange(ctx context.Context, conversation, messageID string) (x bot.Exchange, found bool, err error) {
	defer m.done("exchange", time.Now(), &err)
	return m.Journal.Exchange(ctx, conversation, messageID)
}

// Record implements [bot.Journal].
func (m measured) Record(ctx context.Context, x bot.Exchange) (err error) {
	defer m.done("record", time.Now(), &err)
	return m.Journal.Record(ctx, x)
}

// Rate implements [bot.Journal].
func (m measured) Rate(ctx context.Context, conversation, messageID string, by bot.Address, rating int) (err error) {
	defer m.done("rate", time.Now(), &err)
	return m.Journal.Rate(ctx, conversation, messageID, by, rating)
}

func (m measured) done(operation string, start time.Time, err *error) {
	if m.meter == nil {
		return
	}
	m.meter.stage("journal_"+operation, time.Since(start))
	if *err != nil {
		m.meter.journal.WithLabelValues(operation).Inc()
	}
}
