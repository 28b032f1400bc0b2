package ort_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"frontdesk/internal/ort"
)

func text(v any) string { return fmt.Sprint(v) }

func TestFloat16(t *testing.T) {
	for bits, want := range map[ort.Float16]float32{
		0x0000: 0, 0x3c00: 1, 0xc000: -2, 0x7bff: 65504, 0x0400: 1.0 / (1 << 14), 0x0001: 1.0 / (1 << 24),
		0x03ff: 1023.0 / (1 << 24), 0x3555: 0.33325195, 0x7c00: float32(math.Inf(1)), 0xfc00: float32(math.Inf(-1)),
	} {
		if got := bits.Float32(); got != want {
			t.Errorf("%#04x is %v, want %v", bits, got, want)
		}
	}
	if v := ort.Float16(0x8000).Float32(); v != 0 || !math.Signbit(float64(v)) {
		t.Errorf("negative zero is %v", v)
	}
	if v := ort.Float16(0x7e00).Float32(); v == v {
		t.Errorf("NaN is %v", v)
	}
	// In their order by bits, the numbers rise, each by the step of its exponent.
	last := ort.Float16(0).Float32()
	for b := ort.Float16(1); b <= 0x7bff; b++ {
		v := b.Float32()
		if step := math.Ldexp(1, max(int(b>>10), 1)-25); float64(v-last) != math.Ldexp(1, max(int((b-1)>>10), 1)-25) || step <= 0 {
			t.Fatalf("%#04x is %v, after %v", b, v, last)
		}
		last = v
	}
}

func TestConfig(t *testing.T) {
	for _, c := range []struct {
		config ort.Config
		keys   []string
	}{
		{ort.DefaultConfig(), nil},
		{ort.Config{Provider: ort.CUDA, Threads: 256}, nil},
		{ort.Config{Provider: ort.CoreML, Threads: 1, Library: "x"}, nil},
		{ort.Config{}, []string{"provider"}},
		{ort.Config{Provider: "gpu", Threads: -1}, []string{"threads", "provider"}},
		{ort.Config{Provider: ort.CPU, Threads: 257}, []string{"threads"}},
	} {
		var keys []string
		c.config.Check(func(key, what, do string) {
			keys = append(keys, key)
			if what == "" || do == "" {
				t.Errorf("%s: %q, %q", key, what, do)
			}
		})
		if !slices.Equal(keys, c.keys) {
			t.Errorf("%+v: %v are wrong, want %v", c.config, keys, c.keys)
		}
		if _, err := ort.Open(c.config); len(c.keys) > 0 && err == nil {
			t.Errorf("%+v is opened", c.config)
		}
	}
}
