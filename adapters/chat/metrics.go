package chat

import (
	"time"

	"frontdesk/bot"

	"github.com/prometheus/client_golang/prometheus"
)

// Metrics are what Prometheus is told of the desks of all platforms. They are
// safe for concurrent use.
type Metrics struct {
	messages, duplicates, decisions, retries, failures, reconnects *prometheus.CounterVec
	stages                                                         *prometheus.HistogramVec
	queue                                                          *prometheus.GaugeVec
}

// NewMetrics makes the metrics and registers them; nil for nowhere.
func NewMetrics(r prometheus.Registerer) *Metrics {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "frontdesk", Name: name, Help: help}, append([]string{"adapter"}, labels...))
	}
	m := &Metrics{
		messages:   counter("messages_total", "Events taken in, by kind of message.", "kind"),
		duplicates: counter("duplicates_total", "Events that were delivered again and dropped."),
		decisions:  counter("decisions_total", "What was decided.", "decision"),
		retries:    counter("show_retries_total", "Replies that had to be tried again."),
		failures:   counter("events_failed_total", "Events that were given up."),
		reconnects: counter("reconnects_total", "Connections to the platform made anew."),
		stages: prometheus.NewHistogramVec(prometheus.HistogramOpts{Namespace: "frontdesk", Name: "stage_seconds",
			Help:    "How long each stage of an event took: accept, queue, fetch, handle, show, total.",
			Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 60}}, []string{"adapter", "stage"}),
		queue: prometheus.NewGaugeVec(prometheus.GaugeOpts{Namespace: "frontdesk", Name: "queued_events",
			Help: "Events that wait or are worked on."}, []string{"adapter"}),
	}
	if r != nil {
		r.MustRegister(m.messages, m.duplicates, m.decisions, m.retries, m.failures, m.reconnects, m.stages, m.queue)
	}
	return m
}

func (m *Metrics) received(adapter string, kind bot.Kind, fresh bool, took time.Duration) {
	if !fresh {
		m.duplicates.WithLabelValues(adapter).Inc()
		return
	}
	m.messages.WithLabelValues(adapter, string(kind)).Inc()
	m.stage(adapter, "accept", took)
}

func (m *Metrics) handled(adapter string, d bot.Decision, took time.Duration) {
	m.decisions.WithLabelValues(adapter, string(d)).Inc()
	m.stage(adapter, "handle", took)
}

func (m *Metrics) stage(adapter, stage string, took time.Duration) {
	m.stages.WithLabelValues(adapter, stage).Observe(took.Seconds())
}

func (m *Metrics) queued(adapter string, n int) { m.queue.WithLabelValues(adapter).Set(float64(n)) }
func (m *Metrics) retried(adapter string)       { m.retries.WithLabelValues(adapter).Inc() }
func (m *Metrics) failed(adapter string)        { m.failures.WithLabelValues(adapter).Inc() }
func (m *Metrics) reconnected(adapter string)   { m.reconnects.WithLabelValues(adapter).Inc() }
