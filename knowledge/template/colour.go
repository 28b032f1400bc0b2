package template

import "strings"

// colourNames are the named colours of CSS Color Module Level 4, section 6.1
// (https://www.w3.org/TR/css-color-4/#named-colors), without the spellings
// with "grey", which name the same colours as those with "gray".
const colourNames = `aliceblue antiquewhite aqua aquamarine azure beige bisque black blanchedalmond blue
	blueviolet brown burlywood cadetblue chartreuse chocolate coral cornflowerblue cornsilk crimson cyan
	darkblue darkcyan darkgoldenrod darkgray darkgreen darkkhaki darkmagenta darkolivegreen darkorange
	darkorchid darkred darksalmon darkseagreen darkslateblue darkslategray darkturquoise darkviolet deeppink
	deepskyblue dimgray dodgerblue firebrick floralwhite forestgreen fuchsia gainsboro ghostwhite gold
	goldenrod gray green greenyellow honeydew hotpink indianred indigo ivory khaki lavender lavenderblush
	lawngreen lemonchiffon lightblue lightcoral lightcyan lightgoldenrodyellow lightgray lightgreen lightpink
	lightsalmon lightseagreen lightskyblue lightslategray lightsteelblue lightyellow lime limegreen linen
	magenta maroon mediumaquamarine mediumblue mediumorchid mediumpurple mediumseagreen mediumslateblue
	mediumspringgreen mediumturquoise mediumvioletred midnightblue mintcream mistyrose moccasin navajowhite
	navy oldlace olive olivedrab orange orangered orchid palegoldenrod palegreen paleturquoise palevioletred
	papayawhip peachpuff peru pink plum powderblue purple rebeccapurple red rosybrown royalblue saddlebrown
	salmon sandybrown seagreen seashell sienna silver skyblue slateblue slategray snow springgreen steelblue
	tan teal thistle tomato turquoise violet wheat white whitesmoke yellow yellowgreen`

// colours gives the CSS name by the name without blanks, in either spelling.
var colours = func() map[string]string {
	byName := make(map[string]string)
	for name := range strings.FieldsSeq(colourNames) {
		byName[name] = name
		byName[strings.Replace(name, "gray", "grey", 1)] = name
	}
	return byName
}()

// maxColourWords is how many words the longest name has: light golden rod
// yellow.
const maxColourWords = 4

// A coloured is one reading of a text as a colour.
type coloured struct {
	end  int
	name string
}

// readColours gives every reading of text from p on as a colour: a CSS name in
// one word or several, #rrggbb or #rgb.
func readColours(text string, p int) []coloured {
	if !startsWord(text, p) {
		return nil
	}
	w, end := word(text, p)
	if hex, ok := strings.CutPrefix(w, "#"); ok {
		if len(hex) == 3 {
			hex = hex[:1] + hex[:1] + hex[1:2] + hex[1:2] + hex[2:] + hex[2:]
		}
		return []coloured{{end, "#" + hex}}
	}
	var found []coloured
	joined := ""
	for range maxColourWords {
		joined += w
		if name, ok := colours[joined]; ok {
			found = append(found, coloured{end, name})
		}
		if w, end = next(text, end); w == "" {
			break
		}
	}
	return found
}
