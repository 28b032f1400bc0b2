package main

import (
	"math"

	"frontdesk/retrieval"
)

// The JSON form of a result is stable as long as V is 1. What cannot be said is
// null.
type resultJSON struct {
	V         int             `json:"v"`
	Base      string          `json:"base,omitempty"`
	Corpus    string          `json:"corpus,omitempty"`
	Entries   int             `json:"entries"`
	Phrasings int             `json:"phrasings"`
	IndexedMS int64           `json:"indexed_ms"`
	Precision float64         `json:"precision"`
	Unknown   float64         `json:"unknown_share"`
	Point     pointJSON       `json:"operating_point"`
	Columns   []columnJSON    `json:"columns"`
	Compared  *comparisonJSON `json:"comparison,omitempty"`
}

type pointJSON struct {
	Answer     *float64 `json:"answer"` // null where nothing is answered
	Run        *float64 `json:"run"`
	Suggest    float64  `json:"suggest"`
	BalancedOn string   `json:"balanced_on,omitempty"`
}

type columnJSON struct {
	Name             string          `json:"name"`
	InScope          int             `json:"in_scope"`
	OutOfScope       int             `json:"out_of_scope"`
	Top1             *float64        `json:"top1"`
	Recall3          *float64        `json:"recall@3"`
	Recall5          *float64        `json:"recall@5"`
	MRR              *float64        `json:"mrr"`
	AUROC            *float64        `json:"auroc_out_of_scope"`
	RightWrong       *float64        `json:"auroc_right_wrong"`
	Coverage         *float64        `json:"coverage@95%precision"`
	CalibrationError *float64        `json:"calibration_error"`
	Accuracy         *float64        `json:"right"`
	Answered         *float64        `json:"answered"`
	Abstained        *float64        `json:"abstained"`
	Balanced         *float64        `json:"mean_right_abstained"`
	AnswerPrecision  *float64        `json:"precision"`
	P50MS            *float64        `json:"p50_ms"`
	P99MS            *float64        `json:"p99_ms"`
	Reliability      []binJSON       `json:"reliability"`
	Confusions       []confusionJSON `json:"confusions"`
}

type binJSON struct {
	From   float64  `json:"from"`
	To     float64  `json:"to"`
	Asked  int      `json:"asked"`
	Stated *float64 `json:"stated"`
	Right  *float64 `json:"right"`
}

type confusionJSON struct {
	Expect      *string `json:"expect"` // null for what the base does not answer
	Got         *string `json:"got"`    // null where nothing was found
	Times       int     `json:"times"`
	Of          int     `json:"of"`
	Answered    int     `json:"answered"`
	Example     string  `json:"example"`
	Probability float64 `json:"probability"`
}

type comparisonJSON struct {
	Compared int         `json:"compared"`
	New      int         `json:"new"`
	Gone     int         `json:"gone"`
	Share    float64     `json:"share_moved"`
	Kinds    []moveTally `json:"kinds"`
	Moved    []moveJSON  `json:"moved"`
	Shifted  []moveJSON  `json:"shifted"` // the largest ones
}

type moveJSON struct {
	Text   string             `json:"text"`
	Expect *string            `json:"expect"`
	From   retrieval.Source   `json:"from,omitempty"`
	Kind   retrieval.MoveKind `json:"kind,omitempty"`
	Before decisionJSON       `json:"before"`
	After  decisionJSON       `json:"after"`
}

type decisionJSON struct {
	Entry       *string `json:"entry"` // the best one
	Probability float64 `json:"probability"`
	Abstain     bool    `json:"abstain"`
	Right       bool    `json:"right"`
}

func (r *result) json() resultJSON {
	out := resultJSON{
		V: 1, Base: r.name, Corpus: r.corpus, Entries: len(r.base.Entries), IndexedMS: r.built.Milliseconds(),
		Precision: r.config.Precision, Unknown: r.config.UnknownShare,
		Point: pointJSON{number(r.point.Answer), number(r.point.Run), r.point.Suggest, r.balancedOn},
	}
	for _, e := range r.base.Entries {
		out.Phrasings += 1 + len(e.Alternatives)
	}
	for _, c := range r.columns {
		out.Columns = append(out.Columns, c.json())
	}
	if c := r.comparison; c != nil {
		j := &comparisonJSON{
			Compared: c.Compared, New: c.New, Gone: c.Gone, Share: c.Share(),
			Moved: movesOf(c.Moved), Shifted: movesOf(c.Shifted[:min(mostShifted, len(c.Shifted))]),
		}
		for _, kind := range retrieval.MoveKinds {
			j.Kinds = append(j.Kinds, tallyMoves(c.Moved, kind))
		}
		out.Compared = j
	}
	return out
}

func (c column) json() columnJSON {
	m := c.trial.Score()
	out := columnJSON{
		Name: c.name, InScope: m.InScope, OutOfScope: m.OutOfScope,
		Top1: number(m.Top1), Recall3: number(m.Recall3), Recall5: number(m.Recall5), MRR: number(m.MRR),
		AUROC: number(m.AUROC), RightWrong: number(m.RightWrong), Coverage: number(m.Coverage),
		CalibrationError: number(m.CalibrationError), Accuracy: number(m.Accuracy), Answered: number(m.Answered),
		Abstained: number(m.Abstained), Balanced: number(m.Balanced()), AnswerPrecision: number(m.Precision),
		Reliability: []binJSON{}, Confusions: []confusionJSON{},
	}
	if len(c.took) > 0 {
		out.P50MS, out.P99MS = number(millis(c.took, 0.5)), number(millis(c.took, 0.99))
	}
	for _, b := range c.trial.Reliability(reliabilityBins) {
		out.Reliability = append(out.Reliability, binJSON{b.From, b.To, b.Asked, number(b.Stated), number(b.Right)})
	}
	for _, x := range c.trial.Confusions() {
		out.Confusions = append(out.Confusions, confusionJSON{
			orNull(x.Expect), orNull(x.Got), x.Times, x.Of, x.Answered, x.Example, x.Probability,
		})
	}
	return out
}

func decisionJSONOf(p retrieval.Prediction, right bool) decisionJSON {
	d := decisionJSON{Abstain: p.Abstain, Right: right}
	if len(p.Ranked) > 0 {
		d.Entry, d.Probability = &p.Ranked[0], p.Scores[0]
	}
	return d
}

// number gives a number to six places, as JSON can hold it: nil for none.
func number(x float64) *float64 {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return nil
	}
	x = math.Round(x*1e6) / 1e6
	return &x
}

// orNull gives nil for no text.
func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
