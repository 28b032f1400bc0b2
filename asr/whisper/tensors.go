package whisper

import "fmt"

const (
	// The sizes of the vocabulary that there are: of English alone, of all languages,
	// and of large-v3. The library computes the numbers of its special tokens from it.
	englishOnly  = 51864
	multilingual = 51865
	withYue      = 51866
	// versions is what the version of the quantisation is counted in.
	versions = 1000
	// maxStateForTests bounds what a file without weights may ask for: it is base's.
	maxStateForTests = 512
	maxState         = 1280 // of large
	maxLayers        = 32   // of large
	maxAudioContext  = 1500
	minTextContext   = 64
	maxTextContext   = 448
)

// A weightType is how weights are stored: blocks of so many in so many bytes.
type weightType struct {
	name         string
	id           int32 // as the file names it
	block, bytes int64
}

// weightTypes are those that whisper.cpp's own programs write, by the number of the
// file's type (enum ggml_ftype); each tensor has that of enum ggml_type.
var weightTypes = map[int32]weightType{
	0:  {"f32", 0, 1, 4},
	1:  {"f16", 1, 1, 2},
	2:  {"q4_0", 2, 32, 18},
	3:  {"q4_1", 3, 32, 20},
	7:  {"q8_0", 8, 32, 34},
	8:  {"q5_0", 6, 32, 22},
	9:  {"q5_1", 7, 32, 24},
	10: {"q2_k", 10, 256, 84},
	11: {"q3_k", 11, 256, 110},
	12: {"q4_k", 12, 256, 144},
	13: {"q5_k", 13, 256, 176},
	14: {"q6_k", 14, 256, 210},
}

// A tensor is what the library expects under a name. A shape begins with the
// dimension whose elements lie side by side.
type tensor struct {
	shape   [3]int32
	weights weightType
}

func (t tensor) bytes() int64 {
	n := int64(t.shape[0]) * int64(t.shape[1]) * int64(t.shape[2])
	return n / t.weights.block * t.weights.bytes
}

// check says whether the library takes the numbers, and no more memory for them than
// for the largest model that there is.
func (n numbers) check() error {
	t, known := weightTypes[n.Type%versions]
	between := func(n, least, most int32) bool { return n >= least && n <= most }
	switch {
	case n.Type < 0 || !known:
		return fmt.Errorf("its weights are of type %d, which this program does not know", n.Type)
	case !between(n.Vocabulary, englishOnly, withYue):
		return fmt.Errorf("it has %d tokens; models of Whisper have %d, %d or %d", n.Vocabulary, englishOnly, multilingual, withYue)
	case n.AudioState != n.TextState,
		!between(n.AudioState, 16, maxState),
		!between(n.AudioHeads, 1, n.AudioState), n.AudioState%n.AudioHeads != 0,
		!between(n.TextHeads, 1, n.TextState), n.TextState%n.TextHeads != 0,
		!between(n.AudioLayers, 1, maxLayers), !between(n.TextLayers, 1, maxLayers),
		!between(n.AudioContext, 1, maxAudioContext),
		!between(n.TextContext, minTextContext, maxTextContext),
		n.Mels != 80 && n.Mels != 128,
		int64(n.AudioState)%t.block != 0:
		return errDamaged
	}
	return nil
}

// name is the model's size, which the library tells by the layers.
func (n numbers) name() string {
	switch n.AudioLayers {
	case 4:
		return "tiny"
	case 6:
		return "base"
	case 12:
		return "small"
	case 24:
		return "medium"
	case 32:
		if n.Vocabulary == withYue && n.TextLayers == 4 {
			return "large-v3-turbo"
		}
		return "large"
	}
	return "unknown"
}

// tensors gives those of a model with such numbers, as whisper_model_load of
// whisper.cpp has them.
func (n numbers) tensors() map[string]tensor {
	single, half := weightTypes[0], weightTypes[1]
	large := weightTypes[n.Type%versions]
	convolution := half
	if large == single {
		convolution = single
	}
	all := make(map[string]tensor)
	add := func(name string, t weightType, shape ...int32) {
		of := [3]int32{1, 1, 1}
		copy(of[:], shape)
		all[name] = tensor{shape: of, weights: t}
	}
	linear := func(name string, from, to int32) {
		add(name+".weight", large, from, to)
		add(name+".bias", single, to)
	}
	norm := func(name string, of int32) {
		add(name+".weight", single, of)
		add(name+".bias", single, of)
	}
	attention := func(name string, of int32) {
		linear(name+".query", of, of)
		add(name+".key.weight", large, of, of)
		linear(name+".value", of, of)
		linear(name+".out", of, of)
	}
	block := func(name string, of int32) {
		norm(name+".attn_ln", of)
		attention(name+".attn", of)
		norm(name+".mlp_ln", of)
		linear(name+".mlp.0", of, 4*of)
		linear(name+".mlp.2", 4*of, of)
	}

	add("encoder.positional_embedding", single, n.AudioState, n.AudioContext)
	add("encoder.conv1.weight", convolution, 3, n.Mels, n.AudioState)
	add("encoder.conv1.bias", single, 1, n.AudioState)
	add("encoder.conv2.weight", convolution, 3, n.AudioState, n.AudioState)
	add("encoder.conv2.bias", single, 1, n.AudioState)
	norm("encoder.ln_post", n.AudioState)
	for i := range n.AudioLayers {
		block(fmt.Sprintf("encoder.blocks.%d", i), n.AudioState)
	}
	add("decoder.positional_embedding", single, n.TextState, n.TextContext)
	add("decoder.token_embedding.weight", large, n.TextState, n.Vocabulary)
	norm("decoder.ln", n.TextState)
	for i := range n.TextLayers {
		name := fmt.Sprintf("decoder.blocks.%d", i)
		block(name, n.TextState)
		norm(name+".cross_attn_ln", n.TextState)
		attention(name+".cross_attn", n.TextState)
	}
	return all
}
