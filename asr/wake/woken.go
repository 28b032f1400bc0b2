package wake

import "frontdesk/asr"

// fits is the margin from which on what was expected fits the sound as well as what was
// heard freely.
const fits = -0.5

// Woken says whether what was heard begins with a phrase, and gives it without. The free
// reading alone may say so. Else it takes an expected reading that begins with the phrase
// and the sound or the free reading bearing it out: some sentence is expected of all sound.
func (p *Phrases) Woken(t asr.Transcript) (asr.Transcript, bool) {
	rest, ok := p.Cut(t.Text)
	var others []asr.Alternative
	for _, a := range t.Alternatives {
		other, cut := p.Cut(a.Text)
		if !cut || a.LogProbability != 0 && a.LogProbability-t.LogProbability <= fits {
			continue // it is not the phrase, or not as likely as what was heard
		}
		if a.Text = other; !ok {
			rest, ok = other, true
			continue
		}
		others = append(others, a)
	}
	expected, forced := p.Cut(t.Expected.Text)
	if !ok && forced {
		switch {
		case !t.Expected.Measured:
			rest, ok = p.CutNear(t.Text)
		case t.Expected.Margin > fits:
			rest, ok = expected, true
		}
	}
	if !ok {
		return t, false
	}
	t.Text, t.Alternatives = rest, others
	if forced {
		t.Expected.Text = expected
	}
	return t, true
}

// Without gives what was heard without a phrase that was said before it, as is known from
// elsewhere: what stands at the beginning and is something like the phrase, where there
// is any.
func (p *Phrases) Without(t asr.Transcript) asr.Transcript {
	expected, forced := p.Cut(t.Expected.Text)
	if forced {
		t.Expected.Text = expected
	}
	var others []asr.Alternative
	for _, a := range t.Alternatives {
		if rest, ok := p.CutNear(a.Text); ok {
			a.Text = rest
		}
		if a.Text != "" {
			others = append(others, a)
		}
	}
	t.Alternatives = others
	rest, near := p.CutNear(t.Text)
	switch {
	case near:
		t.Text = rest
	case forced:
		t.Text = expected
	}
	return t
}
