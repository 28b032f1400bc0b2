//go:build cgo

package capture

/*
#cgo LDFLAGS: -ldl
#include <dlfcn.h>
#include <stddef.h>

static void quiet(const char *file, int line, const char *function, int err, const char *format, ...) {}

// quietALSA has libasound print nothing by itself. The library is the one that
// miniaudio loads; where it is not there, there is nothing to do.
static void quietALSA(void) {
	void *alsa = dlopen("libasound.so.2", RTLD_NOW);
	if (alsa == NULL) return;
	int (*set)(void (*)(const char *, int, const char *, int, const char *, ...)) = dlsym(alsa, "snd_lib_error_set_handler");
	if (set != NULL) set(quiet);
}
*/
import "C"

import "sync"

// quietly keeps ALSA from writing to the standard error what we return as errors.
var quietly = sync.OnceFunc(func() { C.quietALSA() })
