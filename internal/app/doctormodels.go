package app

import (
	"context"
	"time"

	"frontdesk/adapters/chat"
	"frontdesk/internal/config"
)

// examineModels tries whether the models that are configured work. An error of
// theirs says what to do.
func examineModels(ctx context.Context, cfg *config.Config) (found []chat.Finding) {
	const mend = "what mends it is said there"
	e, err := OpenEmbedding(ctx, cfg, "")
	if err != nil {
		found = append(found, bad(mend, "%v", err))
	} else {
		defer e.Close()
		found = append(found, examineRuntime(e.onnx)...)
		if e.without != nil {
			found = append(found, good("the static model is used alone: the transformer that is built in would find more, but %v", e.without))
		}
		start := time.Now()
		switch _, err := e.Embedder.Embed(ctx, []string{"Where is the front desk?"}); {
		case err != nil:
			found = append(found, bad(mend, "the embedding model %s: %v", e.Name, err))
		default:
			found = append(found, good("the embedding model %s works, with %d dimensions: a question takes it %v", e.Name, e.Dim(), brief(time.Since(start))))
		}
	}
	r, err := OpenReranker(cfg, "")
	if err != nil {
		return append(found, bad(mend, "%v", err))
	}
	if r == nil {
		return found
	}
	defer r.Close()
	if e == nil || e.onnx == nil {
		found = append(found, examineRuntime(&r.onnxModel)...)
	}
	start := time.Now()
	if _, err := r.Score(ctx, "Where is the front desk?", []string{"In the hall."}); err != nil {
		return append(found, bad(mend, "the reranker %s: %v", r.Name, err))
	}
	return append(found, good("the reranker %s works: a text takes it %v", r.Name, brief(time.Since(start))))
}

// examineRuntime says which ONNX Runtime runs a model; nil for none.
func examineRuntime(m *onnxModel) []chat.Finding {
	if m == nil {
		return nil
	}
	return []chat.Finding{good("ONNX Runtime %s is loaded from %s, and opens %s", m.runtime.Version(), m.runtime.Library(), m.dir)}
}

// brief rounds a time for people.
func brief(d time.Duration) time.Duration {
	if d > 10*time.Millisecond {
		return d.Round(time.Millisecond)
	}
	return d.Round(time.Microsecond)
}
