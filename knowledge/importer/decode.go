package importer

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"

	"frontdesk/internal/fault"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

// decode gives a text file as UTF-8 without a byte order mark, with \n at the
// end of each line, and the encoding that was found: "UTF-8", "UTF-16" (by its
// byte order mark, or by the zeros of mostly Latin text) or "Windows-1252".
// What is none of them is a fault; file is its name there.
func decode(data []byte, file string) (text, encoding string, err error) {
	utf16 := func(order unicode.Endianness) (string, string, error) {
		out, err := unicode.UTF16(order, unicode.UseBOM).NewDecoder().Bytes(data)
		if err != nil || bytes.ContainsRune(out, utf8.RuneError) || bytes.IndexByte(out, 0) >= 0 {
			return "", "", fault.List{{File: file, What: "the file is no whole UTF-16 text", Do: "save it as UTF-8"}}
		}
		return lines(string(out)), "UTF-16", nil
	}
	switch {
	case bytes.HasPrefix(data, []byte("\xff\xfe")):
		return utf16(unicode.LittleEndian)
	case bytes.HasPrefix(data, []byte("\xfe\xff")):
		return utf16(unicode.BigEndian)
	}
	switch even, odd := zeros(data); {
	case odd && !even:
		return utf16(unicode.LittleEndian)
	case even && !odd:
		return utf16(unicode.BigEndian)
	}
	if i := bytes.IndexByte(data, 0); i >= 0 {
		return "", "", notText(data, i, file)
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if utf8.Valid(data) {
		return lines(string(data)), "UTF-8", nil
	}
	for i, b := range data {
		// The bytes that Windows-1252 gives no character, and control characters.
		if bytes.IndexByte([]byte{0x81, 0x8d, 0x8f, 0x90, 0x9d, 0x7f}, b) >= 0 || b < ' ' && !bytes.ContainsRune([]byte("\t\n\r\f\v"), rune(b)) {
			return "", "", notText(data, i, file)
		}
	}
	out, err := charmap.Windows1252.NewDecoder().Bytes(data)
	if err != nil {
		return "", "", fmt.Errorf("decoding %s: %w", file, err)
	}
	return lines(string(out)), "Windows-1252", nil
}

// zeros says whether most bytes at even or at odd places are zero, by the
// beginning of a file.
func zeros(data []byte) (even, odd bool) {
	data = data[:min(len(data), 1024)/2*2]
	var n [2]int
	for i, b := range data {
		if b == 0 {
			n[i%2]++
		}
	}
	half := len(data) / 4
	return half > 0 && n[0] > half, half > 0 && n[1] > half
}

// lines ends each line with \n alone.
func lines(s string) string {
	if !strings.Contains(s, "\r") {
		return s
	}
	return strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
}

// notText is the fault of a byte that no text has.
func notText(data []byte, at int, file string) error {
	before := data[:at]
	return fault.List{{
		File: file, Line: 1 + bytes.Count(before, []byte("\n")), Col: 1 + utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:]),
		What: fmt.Sprintf("the byte 0x%02X is no text", data[at]), Do: "save the file as text in UTF-8",
	}}
}
