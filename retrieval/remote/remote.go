// Package remote embeds texts with a model that a server offers by the API of
// OpenAI: POST {url}/embeddings
// (https://platform.openai.com/docs/api-reference/embeddings/create). Ollama
// (http://host:11434/v1), vLLM, text-embeddings-inference and llama.cpp offer the
// same.
//
// Every vector that comes is checked and brought to length 1. Numbers are asked
// for as JSON (encoding_format: float), which all of these servers know; what
// comes in base64 all the same is read, too.
package remote

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"frontdesk/internal/secret"
)

const (
	// codeVersion is part of the fingerprint; it rises when the same texts begin
	// to be sent or read in another way.
	codeVersion = 1
	// maxText is how many bytes of a text are sent. No tokenizer of bytes makes
	// more tokens of them, and OpenAI takes 8,192.
	maxText = 8000
	// maxRequest bounds the texts of one request, in bytes.
	maxRequest = 256 << 10
	// probeText is embedded to see whether the model is there.
	probeText = "Where is the front desk?"
)

// A Model is a model on a server. It is safe for concurrent use.
type Model struct {
	config   Config
	endpoint *url.URL
	redactor *secret.Redactor // finds the key in what a server says
	http     *http.Client
	dim      atomic.Int64  // 0 while it is not known
	pause    time.Duration // before a request is sent for the second time
}

// Open makes a model of a configuration that [Config.Check] has nothing against.
// It connects to nothing: see [Model.Probe].
func Open(c Config) (*Model, error) {
	u, err := c.address()
	if err != nil {
		return nil, fmt.Errorf("embedding.remote.url: %w", err)
	}
	m := &Model{config: c, endpoint: u.JoinPath("embeddings"), redactor: secret.NewRedactor(c.APIKey), http: newClient(), pause: firstPause}
	m.dim.Store(int64(c.Dimensions))
	return m, nil
}

// Probe embeds a short text, to see whether the model can be reached. From the
// first time on that it could, [Model.Dim] and [Model.Fingerprint] are settled.
func (m *Model) Probe(ctx context.Context) error {
	_, err := m.embed(ctx, m.config.QueryPrefix, []string{probeText})
	return err
}

// String names the model and where it is.
func (m *Model) String() string {
	return m.config.Model + " at " + m.endpoint.Host
}

// Fingerprint identifies the model by what its configuration says of it. The
// server may put another model under the same name: two that give the same
// vectors have one fingerprint, but not the other way round.
func (m *Model) Fingerprint() string {
	return fmt.Sprintf("remote/%d %q %q dim=%d query=%q passage=%q", codeVersion,
		strings.TrimSuffix(m.endpoint.String(), "/embeddings"), m.config.Model, m.Dim(), m.config.QueryPrefix, m.config.PassagePrefix)
}

// Dim is the length of every vector; 0 while it is neither configured nor known
// from an answer.
func (m *Model) Dim() int { return int(m.dim.Load()) }

// Embed gives one vector a question; see [frontdesk/retrieval.Embedder]. Texts
// without a word are not sent, and have zeros.
func (m *Model) Embed(ctx context.Context, texts []string) ([][]float32, error) {
	return m.embed(ctx, m.config.QueryPrefix, texts)
}

// EmbedPassages gives one vector a text that is to be found; see
// [frontdesk/retrieval.PassageEmbedder].
func (m *Model) EmbedPassages(ctx context.Context, texts []string) ([][]float32, error) {
	return m.embed(ctx, m.config.PassagePrefix, texts)
}

// Close gives up the connections that are kept.
func (m *Model) Close() error {
	m.http.CloseIdleConnections()
	return nil
}

func (m *Model) embed(ctx context.Context, prefix string, texts []string) ([][]float32, error) {
	out := make([][]float32, len(texts))
	var places []int // of what is sent
	for i, text := range texts {
		if strings.TrimSpace(text) != "" { // an empty text is refused by some
			places = append(places, i)
		}
	}
	for len(places) > 0 {
		var batch []string
		size := 0
		for _, i := range places {
			text := shorten(prefix + texts[i])
			if len(batch) == m.config.Batch || len(batch) > 0 && size+len(text) > maxRequest {
				break
			}
			batch, size = append(batch, text), size+len(text)
		}
		vectors, err := m.send(ctx, batch)
		if err != nil {
			return nil, err
		}
		for i, v := range vectors {
			out[places[i]] = v
		}
		places = places[len(batch):]
	}
	if m.Dim() == 0 && len(texts) > 0 { // nothing was sent, so how long are zeros?
		if err := m.Probe(ctx); err != nil {
			return nil, err
		}
	}
	for i := range out {
		if out[i] == nil {
			out[i] = make([]float32, m.Dim())
		}
	}
	return out, ctx.Err()
}

// settle takes over the length of the vectors from the first answer, and
// refuses any other.
func (m *Model) settle(dim int) error {
	if m.dim.CompareAndSwap(0, int64(dim)) || m.Dim() == dim {
		return nil
	}
	do := "another model was put in its place there; a desk that is open takes it up by itself, anything else when it is started again"
	if m.config.Dimensions != 0 {
		do = "write dimensions: " + strconv.Itoa(dim) + " under embedding: remote:, or leave it out"
	}
	return m.fault(fmt.Sprintf("it gives vectors of %d numbers, and not of %d", dim, m.Dim()), do)
}

// shorten cuts a text to what is sent of it, at a character's border.
func shorten(text string) string {
	if len(text) > maxText {
		text = text[:maxText]
		for n := 1; n < utf8.UTFMax && n < len(text); n++ {
			if r, size := utf8.DecodeLastRuneInString(text); r != utf8.RuneError || size > 1 {
				break
			}
			text = text[:len(text)-1]
		}
	}
	return strings.ToValidUTF8(text, "�")
}
