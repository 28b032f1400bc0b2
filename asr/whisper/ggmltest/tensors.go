package ggmltest

import (
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
)

// How large the weights are: such that the sound matters to what comes out, and
// the logits spread over some units.
const (
	logitSpread = 2.5 // standard deviation of the logits, roughly
	crossGain   = 4   // of what the decoder takes from the sound
	positions   = 0.5 // of the decoder's vectors of places
)

// tensors writes all of them.
func (w *writer) tensors(ids int) {
	m := w.m
	w.wave("encoder.positional_embedding", m.AudioCtx)
	w.conv("encoder.conv1", m.Mels)
	w.conv("encoder.conv2", m.Width)
	for i := range m.AudioLayers {
		block := fmt.Sprintf("encoder.blocks.%d.", i)
		w.attention(block+"attn", 1)
		w.mlp(block)
	}
	w.norm("encoder.ln_post")
	w.random("decoder.positional_embedding", false, positions/math.Sqrt(float64(m.Width)), m.Width, m.TextCtx)
	w.random("decoder.token_embedding.weight", m.F16, logitSpread/math.Sqrt(float64(m.Width)), m.Width, ids)
	for i := range m.TextLayers {
		block := fmt.Sprintf("decoder.blocks.%d.", i)
		w.attention(block+"attn", 1)
		w.attention(block+"cross_attn", crossGain)
		w.mlp(block)
	}
	w.norm("decoder.ln")
}

// attention writes an attention and the norm before it.
func (w *writer) attention(name string, gain float64) {
	w.norm(name + "_ln")
	w.linear(name+".query", w.m.Width, w.m.Width, 2, true)
	w.linear(name+".key", w.m.Width, w.m.Width, 2, false)
	w.linear(name+".value", w.m.Width, w.m.Width, 1, true)
	w.linear(name+".out", w.m.Width, w.m.Width, gain, true)
}

func (w *writer) mlp(block string) {
	w.norm(block + "mlp_ln")
	w.linear(block+"mlp.0", w.m.Width, 4*w.m.Width, 1, true)
	w.linear(block+"mlp.2", 4*w.m.Width, w.m.Width, 1, true)
}

func (w *writer) linear(name string, in, out int, gain float64, bias bool) {
	w.random(name+".weight", w.m.F16, gain/math.Sqrt(float64(in)), in, out)
	if bias {
		w.random(name+".bias", false, 0.02, out)
	}
}

func (w *writer) conv(name string, in int) {
	w.random(name+".weight", w.m.F16, 1/math.Sqrt(float64(3*in)), 3, in, w.m.Width)
	w.random(name+".bias", false, 0.02, 1, w.m.Width)
}

// norm writes a norm that changes nothing but the scale.
func (w *writer) norm(name string) {
	w.header(name+".weight", 0, w.m.Width)
	ones := make([]float32, w.m.Width)
	for i := range ones {
		ones[i] = 1
	}
	w.floats(ones)
	w.header(name+".bias", 0, w.m.Width)
	w.floats(make([]float32, w.m.Width))
}

// wave writes the vectors of places of the encoder, sines and cosines (Vaswani et
// al. 2017, "Attention Is All You Need", section 3.5).
func (w *writer) wave(name string, places int) {
	w.header(name, 0, w.m.Width, places)
	half := w.m.Width / 2
	row := make([]float32, w.m.Width)
	for p := range places {
		for i := range half {
			angle := float64(p) * math.Exp(-math.Log(10000)*float64(i)/float64(max(1, half-1)))
			row[i], row[half+i] = float32(math.Sin(angle)), float32(math.Cos(angle))
		}
		w.floats(row)
	}
}

// header writes what stands before the values of a tensor.
func (w *writer) header(name string, kind int, dims ...int) {
	w.ints(len(dims), len(name), kind)
	w.ints(dims...)
	w.bytes([]byte(name))
}

// random writes a tensor of numbers that are spread evenly around 0, with that
// standard deviation.
func (w *writer) random(name string, small bool, deviation float64, dims ...int) {
	size, bytes, kind := 1, 4, 0
	for _, d := range dims {
		size *= d
	}
	if small {
		bytes, kind = 2, 1
	}
	w.header(name, kind, dims...)
	hash := fnv.New64a()
	hash.Write([]byte(name))
	source := rand.NewPCG(w.m.Seed, hash.Sum64())
	scale := float32(deviation * math.Sqrt(12) / (1 << 32))
	const chunk = 1 << 16
	b := make([]byte, 0, chunk*bytes)
	put := func(bits uint32) {
		v := float32(int64(bits)-1<<31) * scale
		if small {
			b = binary.LittleEndian.AppendUint16(b, half(v))
		} else {
			b = binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
		}
	}
	for i := 0; i < size && w.err == nil; i += 2 {
		r := source.Uint64()
		put(uint32(r))
		if i+1 < size {
			put(uint32(r >> 32))
		}
		if len(b) >= (chunk-2)*bytes {
			w.bytes(b)
			b = b[:0]
		}
	}
	w.bytes(b)
}

// half gives a number as a 16-bit float of IEEE 754, rounded to the nearest. Those
// too small for the full precision become 0, which is near enough for what is random.
func half(v float32) uint16 {
	bits := math.Float32bits(v)
	sign := uint16(bits>>16) & 0x8000
	bits = bits&0x7fffffff + 0x1000
	exponent := int(bits>>23) - 127 + 15
	switch {
	case exponent <= 0:
		return sign
	case exponent >= 31:
		return sign | 0x7c00
	}
	return sign | uint16(exponent)<<10 | uint16(bits>>13)&0x3ff
}
