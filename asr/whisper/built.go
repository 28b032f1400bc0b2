//go:build whisper && cgo

package whisper

import low "github.com/ggerganov/whisper.cpp/bindings/go"

// Built says whether this program has whisper.cpp in it.
const Built = true

// SystemInfo says what the library was built for, and what of the processor it uses.
func SystemInfo() string { return low.Whisper_print_system_info() }
