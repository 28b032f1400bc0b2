//go:build whisper && cgo

package whisper

import (
	"strings"

	low "github.com/ggerganov/whisper.cpp/bindings/go"
)

// Built says whether this program has whisper.cpp in it.
const Built = true

// systemInfo says what the library was built for, and what of the processor it uses.
func systemInfo() string { return low.Whisper_print_system_info() }

// Processor says what of the processor the library uses: "SSE3 SSSE3 AVX AVX2 F16C FMA
// BMI2". A library of tools/whisper.sh chooses among what it was compiled for when it
// is used first; FRONTDESK_WHISPER_CPU in the environment, of sse42, avx2 or avx512,
// asks for no more than that.
func Processor() string {
	_, features, _ := strings.Cut(systemInfo(), "CPU : ")
	var used []string
	for feature := range strings.SplitSeq(features, " | ") {
		if name, value, ok := strings.Cut(feature, " = "); ok && strings.TrimSpace(value) != "0" {
			used = append(used, strings.TrimSpace(name))
		}
	}
	return strings.Join(used, " ")
}
