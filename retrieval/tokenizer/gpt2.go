package tokenizer

// gpt2Pattern is the expression that GPT-2 cuts with
// (github.com/openai/gpt-2, encoder.py).
const gpt2Pattern = `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`

// gpt2Next gives how many bytes the first piece of text has, which is not
// empty, by [gpt2Pattern], with which the pre-tokeniser ByteLevel cuts too. The
// pieces cover a text wholly.
func gpt2Next(text []byte) int {
	if text[0] == '\'' && len(text) > 1 {
		switch text[1] {
		case 's', 't', 'm', 'd':
			return 2
		case 'r', 'v':
			if len(text) > 2 && text[2] == 'e' {
				return 3
			}
		case 'l':
			if len(text) > 2 && text[2] == 'l' {
				return 3
			}
		}
	}
	table := classes()
	begin := 0
	if text[0] == ' ' && len(text) > 1 {
		begin = 1
	}
	kind, size := gpt2Kind(table, text[begin:])
	if kind == isSpace {
		return spaceRun(table, text)
	}
	end := begin + size
	for end < len(text) {
		next, size := gpt2Kind(table, text[end:])
		if next != kind {
			break
		}
		end += size
	}
	return end
}

// spaceRun gives the length of the white space that text begins with, but for
// the last of several characters where something follows.
func spaceRun(table *classTable, text []byte) int {
	end, last := 0, 0
	for end < len(text) {
		kind, size := gpt2Kind(table, text[end:])
		if kind != isSpace {
			if last > 0 {
				return last
			}
			return end
		}
		last = end
		end += size
	}
	return end
}

// gpt2Kind says what the first character is: space, letter, number or, as 0,
// something else.
func gpt2Kind(table *classTable, text []byte) (kind class, size int) {
	kind, size = table.at(text)
	return kind & (isSpace | isLetter | isNumber), size
}
