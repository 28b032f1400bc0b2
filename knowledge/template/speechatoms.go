package template

import (
	"fmt"
	"slices"
	"strings"
)

const maxGlued = 256 // ways to say what stands between two borders of words

// An atom is a part of a template between which words may go on.
type atom struct {
	kind  pieceKind
	text  string // of letters, in normal form
	spelt string // as it is written
	mixed bool   // put together from several parts
	node  *node  // of what is neither letters nor a border
}

// atoms gives those of a node.
func (s *Speaker) atoms(n *node) []atom {
	switch n.kind {
	case literal:
		return literalAtoms(n.text)
	case sequence:
		var out []atom
		for i := range n.kids {
			out = append(out, s.atoms(&n.kids[i])...)
		}
		return out
	case slotRef:
		return []atom{{kind: value, node: n}}
	case permutation:
		return []atom{{kind: anyOrder, node: n}}
	}
	return []atom{{kind: oneOf, node: n}}
}

// literalAtoms gives the words of a literal with the borders between them, as
// [words] does, and how they are written.
func literalAtoms(text string) []atom {
	var out []atom
	in := glyphs(text)
	gap, kept := false, false
	var start, end int32
	for i, g := range in {
		what := classify(in, i, kept)
		kept = what == keep && isWordRune(g.r)
		switch {
		case what == keep:
			if last := len(out) - 1; !gap && last >= 0 && out[last].kind == letters {
				out[last].text += string(g.r)
				end = max(end, g.end)
				out[last].spelt = text[start:end]
				continue
			}
			if gap {
				out = append(out, atom{kind: border})
				gap = false
			}
			start, end = g.start, g.end
			out = append(out, atom{kind: letters, text: string(g.r), spelt: text[start:end]})
		case what == blank:
			gap = true
		}
	}
	if gap {
		out = append(out, atom{kind: border})
	}
	return out
}

// glued puts together the words that lie in several parts, as in light[s]: all the
// ways in which they can be said.
func (s *Speaker) glued(atoms []atom) *Phrase {
	ways, ok := s.ways(atoms)
	if !ok {
		s.note(textOf(atoms), fmt.Sprintf("its words can be put together in more than %d ways", maxGlued))
		return nil
	}
	parts := make([]*Phrase, 0, len(ways))
	for _, way := range ways {
		glued := false
		for i := 1; i < len(way); i++ {
			if way[i-1].kind != border && way[i].kind != border {
				glued = true // to a value, or to parts in any order
			}
		}
		if glued {
			s.note(textOf(way), "nothing stands between a value and what is beside it")
			continue
		}
		parts = append(parts, s.between(way))
	}
	return saidOne(parts...)
}

// ways gives the ways to say atoms, in which only letters, borders and values are
// left, and those of permutations.
func (s *Speaker) ways(atoms []atom) ([][]atom, bool) {
	ways := [][]atom{nil}
	for _, a := range atoms {
		var own [][]atom
		switch a.kind {
		case letters, border, value, anyOrder:
			own = [][]atom{{a}}
		default:
			kids := a.node.kids
			if a.node.kind == ruleRef {
				kids = []node{s.ruleOf(a.node).root}
			}
			for i := range kids {
				more, ok := s.ways(s.atoms(&kids[i]))
				if !ok {
					return nil, false
				}
				own = append(own, more...)
			}
			if a.node.kind == optional {
				own = append(own, nil)
			}
		}
		if len(ways)*len(own) > maxGlued {
			return nil, false
		}
		var all [][]atom
		for _, head := range ways {
			for _, tail := range own {
				all = append(all, join(head, tail))
			}
		}
		ways = all
	}
	return ways, true
}

// join puts atoms behind others, and letters behind letters into one word.
func join(head, tail []atom) []atom {
	out := slices.Clone(head)
	for _, a := range tail {
		if last := len(out) - 1; a.kind == letters && last >= 0 && out[last].kind == letters {
			out[last].text += a.text
			out[last].spelt += a.spelt
			out[last].mixed = true
			continue
		}
		out = append(out, a)
	}
	return out
}

func textOf(atoms []atom) string {
	var b strings.Builder
	for _, a := range atoms {
		switch a.kind {
		case letters:
			b.WriteString(a.spelt)
		case border:
			b.WriteByte(' ')
		default:
			a.node.write(&b, true)
		}
	}
	return strings.TrimSpace(b.String())
}
