package app

import (
	"slices"
	"sync"
	"time"

	"frontdesk/adapters/chat"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// metrics count what a serving desk does, for Prometheus. All labels are of
// bounded sets: adapters and bases that the configuration names, and words of
// the program. They are safe for concurrent use.
type metrics struct {
	registry *prometheus.Registry

	chats     *chat.Metrics            // of what the adapters take in and show
	failed    *prometheus.CounterVec   // adapter
	inFlight  prometheus.Gauge         // messages
	stages    *prometheus.HistogramVec // stage
	restarts  *prometheus.CounterVec   // adapter
	journal   *prometheus.CounterVec   // operation
	knowledge *prometheus.GaugeVec     // base
	embedding prometheus.Histogram     // of models that take their time
	reloadOK  prometheus.Gauge
	reloaded  prometheus.Gauge

	embedErrors prometheus.Counter
	speech      speechMetrics

	mu        sync.Mutex
	stageSeen []string
}

// maxStages bounds how many stages are told apart.
const maxStages = 32

// other is the label of what is not known by name.
const other = "other"

// latencies reach from a tenth of a millisecond to six seconds.
var latencies = prometheus.ExponentialBuckets(0.0001, 2, 17)

func newMetrics(version string) *metrics {
	r := prometheus.NewRegistry()
	r.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	f := promauto.With(r)
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return f.NewCounterVec(prometheus.CounterOpts{Name: "frontdesk_" + name, Help: help}, labels)
	}
	gauge := func(name, help string, labels ...string) *prometheus.GaugeVec {
		return f.NewGaugeVec(prometheus.GaugeOpts{Name: "frontdesk_" + name, Help: help}, labels)
	}
	histogram := func(name, help string, labels ...string) *prometheus.HistogramVec {
		return f.NewHistogramVec(prometheus.HistogramOpts{Name: "frontdesk_" + name, Help: help, Buckets: latencies}, labels)
	}
	m := &metrics{
		registry:  r,
		chats:     chat.NewMetrics(r),
		speech:    newSpeechMetrics(r),
		failed:    counter("message_errors_total", "Messages that could not be handled.", "adapter"),
		inFlight:  gauge("messages_in_flight", "Messages that are being handled, or wait for their conversation's turn.").WithLabelValues(),
		stages:    histogram("engine_seconds", "How long each stage of the engine took, of those that make up the stage called handle.", "stage"),
		restarts:  counter("adapter_restarts_total", "How often an adapter failed and was started again.", "adapter"),
		journal:   counter("journal_errors_total", "Calls of the journal that failed.", "operation"),
		knowledge: gauge("knowledge_ok", "1 where the files of a base are what is served, 0 where they are at fault and an older state is.", "base"),
		embedding: f.NewHistogram(prometheus.HistogramOpts{Name: "frontdesk_embedding_seconds", Buckets: latencies,
			Help: "How long a remote or ONNX embedding model took for the texts of one call."}),
		reloadOK: gauge("config_reload_ok", "1 where the configuration in force is that of the file, 0 where the file is at fault.").WithLabelValues(),
		reloaded: gauge("config_loaded_timestamp_seconds", "When the configuration in force was loaded.").WithLabelValues(),
	}
	m.embedErrors = counter("embedding_errors_total", "Questions that got no vector of the remote embedding model.").WithLabelValues()
	gauge("build_info", "1, with the version of the program.", "version").WithLabelValues(version).Set(1)
	m.configured(nil)
	return m
}

// configured notes that the configuration was read, or why it is not in force.
func (m *metrics) configured(err error) {
	if err != nil {
		m.reloadOK.Set(0)
		return
	}
	m.reloadOK.Set(1)
	m.reloaded.SetToCurrentTime()
}

// stage notes how long a stage took.
func (m *metrics) stage(name string, took time.Duration) {
	m.mu.Lock()
	if !slices.Contains(m.stageSeen, name) {
		if len(m.stageSeen) < maxStages {
			m.stageSeen = append(m.stageSeen, name)
		} else {
			name = other
		}
	}
	m.mu.Unlock()
	m.stages.WithLabelValues(name).Observe(took.Seconds())
}

// A collected tells Prometheus what is loaded and connected, whenever it asks.
type collected struct {
	app      *App
	adapters *supervisor
}

var (
	entriesDesc   = prometheus.NewDesc("frontdesk_base_entries", "Entries of a base.", []string{"base"}, nil)
	phrasingsDesc = prometheus.NewDesc("frontdesk_base_phrasings", "Phrasings of a base.", []string{"base"}, nil)
	indexDesc     = prometheus.NewDesc("frontdesk_index_bytes", "Size of the saved index of a base; 0 where it is not saved.", []string{"base"}, nil)
	loadDesc      = prometheus.NewDesc("frontdesk_base_load_seconds", "How long the latest loading of a base took.", []string{"base"}, nil)
	loadedDesc    = prometheus.NewDesc("frontdesk_base_loaded_timestamp_seconds", "When a base was loaded.", []string{"base"}, nil)
	upDesc        = prometheus.NewDesc("frontdesk_adapter_up", "1 where an adapter is connected, else 0.", []string{"adapter"}, nil)
	modelDesc     = prometheus.NewDesc("frontdesk_model_info", "1, with the embedding model that answers and its dimensions.", []string{"model", "dimensions"}, nil)
	fallbackDesc  = prometheus.NewDesc("frontdesk_embedding_fallback", "1 while the built-in model answers in the place of a remote one, else 0.", nil, nil)
)

// Describe implements [prometheus.Collector].
func (collected) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{entriesDesc, phrasingsDesc, indexDesc, loadDesc, loadedDesc, upDesc, modelDesc, fallbackDesc} {
		out <- d
	}
}

// Collect implements [prometheus.Collector].
func (c collected) Collect(out chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	for _, s := range c.app.statuses() {
		gauge(entriesDesc, float64(s.Entries), s.Base)
		gauge(phrasingsDesc, float64(s.Phrasings), s.Base)
		gauge(indexDesc, float64(s.IndexSize), s.Base)
		gauge(loadDesc, s.Took.Seconds(), s.Base)
		gauge(loadedDesc, float64(s.Loaded.UnixNano())/1e9, s.Base)
	}
	for _, p := range c.adapters.parts() {
		up := 0.0
		if p.OK {
			up = 1
		}
		gauge(upDesc, up, p.Name)
	}
	e := c.app.current()
	model, dimensions := e.answering()
	gauge(modelDesc, 1, model, dimensions)
	fallback := 0.0
	if e.link != nil && !e.link.isUp() {
		fallback = 1
	}
	gauge(fallbackDesc, fallback)
}
