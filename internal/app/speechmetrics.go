package app

import (
	"time"

	"frontdesk/asr"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// speechMetrics count what is heard. The labels are the names of engines and of
// gates.
type speechMetrics struct {
	seconds *prometheus.HistogramVec // engine
	sound   prometheus.Counter       // in seconds
	errors  *prometheus.CounterVec   // engine
	empty   *prometheus.CounterVec   // gate
	trouble *prometheus.CounterVec   // engine
	pending prometheus.Gauge
}

// transcribing are the bounds of what a recording takes: from 10 ms to 82 s.
var transcribing = prometheus.ExponentialBuckets(0.01, 2, 14)

func newSpeechMetrics(r *prometheus.Registry) speechMetrics {
	f := promauto.With(r)
	return speechMetrics{
		seconds: f.NewHistogramVec(prometheus.HistogramOpts{Name: "frontdesk_speech_seconds", Buckets: transcribing,
			Help: "How long a recording took to be recognised, waiting included."}, []string{"engine"}),
		sound: f.NewCounter(prometheus.CounterOpts{Name: "frontdesk_speech_sound_seconds_total", Help: "How much sound was given to be recognised."}),
		errors: f.NewCounterVec(prometheus.CounterOpts{Name: "frontdesk_speech_errors_total",
			Help: "Recordings that could not be recognised."}, []string{"engine"}),
		empty: f.NewCounterVec(prometheus.CounterOpts{Name: "frontdesk_speech_empty_total",
			Help: "Recordings in which nothing was heard, by what held it back; empty where nothing did."}, []string{"gate"}),
		trouble: f.NewCounterVec(prometheus.CounterOpts{Name: "frontdesk_speech_unguided_total",
			Help: "Recordings that were recognised, but not what else may have been said in them."}, []string{"engine"}),
		pending: f.NewGauge(prometheus.GaugeOpts{Name: "frontdesk_speech_pending", Help: "Recordings that are being recognised, or wait for it."}),
	}
}

// hearing notes that a recording is to be recognised, and calls of done how that
// went. It works without metrics, too.
func (m *metrics) hearing(engine string, sound time.Duration) (done func(asr.Transcript, error)) {
	if m == nil {
		return func(asr.Transcript, error) {}
	}
	start := time.Now()
	m.speech.sound.Add(sound.Seconds())
	m.speech.pending.Inc()
	return func(t asr.Transcript, err error) {
		m.speech.pending.Dec()
		switch {
		case err != nil:
			m.speech.errors.WithLabelValues(engine).Inc()
			return
		case t.Text == "" && t.Expected.Text == "":
			m.speech.empty.WithLabelValues(t.Gate).Inc()
		}
		if t.Trouble != "" {
			m.speech.trouble.WithLabelValues(t.Engine).Inc()
		}
		m.speech.seconds.WithLabelValues(engine).Observe(time.Since(start).Seconds())
	}
}
