//go:build whisper && cgo

package whisper

// #include <stdint.h>
import "C"

import (
	"context"
	"log/slog"
	"runtime/cgo"
	"strings"
	"sync"
	"sync/atomic"
	"unsafe"
)

// The library has one log for the whole process, so the last engine that was opened
// with one gets what it says.
var (
	logging sync.Once
	logTo   atomic.Pointer[slog.Logger]
)

// maxLogged bounds what the library says at once, in bytes.
const maxLogged = 500

//export frontdeskWhisperLog
func frontdeskWhisperLog(_ C.int, text *C.char) {
	log := logTo.Load()
	if log == nil || !log.Enabled(context.Background(), slog.LevelDebug) {
		return
	}
	said := strings.TrimSpace(C.GoString(text))
	if len(said) > maxLogged {
		said = said[:maxLogged]
	}
	log.Debug("whisper.cpp", "says", strings.ToValidUTF8(said, "�"))
}

//export frontdeskWhisperFilter
func frontdeskWhisperFilter(handle C.uintptr_t, tokens *C.int32_t, n C.int, logits *C.float) {
	f := cgo.Handle(handle).Value().(bound)
	f.filter(unsafe.Slice((*int32)(tokens), n), unsafe.Slice((*float32)(logits), f.vocabulary))
}

// A bound filter knows how many logits there are.
type bound struct {
	filter     filter
	vocabulary int
}
