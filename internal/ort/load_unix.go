//go:build cgo && !windows

package ort

/*
#cgo linux LDFLAGS: -ldl
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

// The beginning of the C API, which has been the same since its first version:
// https://onnxruntime.ai/docs/api/c/struct_ort_api_base.html
typedef struct {
	const void *(*get_api)(uint32_t version);
	const char *(*get_version)(void);
} frontdesk_ort_base;

typedef const frontdesk_ort_base *(*frontdesk_ort_entry)(void);

// Gives NULL and an error, or the handle of the library with its version and file.
static void *frontdesk_ort_load(const char *path, const char *entry, const char **version, const char **file, const char **error) {
	Dl_info info;
	void *library = dlopen(path, RTLD_LAZY | RTLD_LOCAL);
	if (library == NULL) {
		*error = dlerror();
		return NULL;
	}
	void *function = dlsym(library, entry);
	const frontdesk_ort_base *base = function == NULL ? NULL : ((frontdesk_ort_entry)function)();
	if (base == NULL) {
		*error = "it is a shared library, but not ONNX Runtime";
		dlclose(library);
		return NULL;
	}
	*version = base->get_version();
	if (dladdr(function, &info) != 0)
		*file = info.dli_fname;
	return library;
}

static int frontdesk_ort_has_api(void *library, const char *entry, uint32_t version) {
	frontdesk_ort_entry function = (frontdesk_ort_entry)dlsym(library, entry);
	return function()->get_api(version) != NULL;
}
*/
import "C"

import (
	"errors"
	"fmt"
	"strings"
	"unsafe"
)

// loadLibrary loads a library and gives its version and file. One that is good
// stays in memory until the program ends: its threads leave destructors behind
// that must not find their code gone.
func loadLibrary(path string) (version, file string, err error) {
	cPath, entry := C.CString(path), C.CString(entryPoint)
	defer C.free(unsafe.Pointer(cPath))
	defer C.free(unsafe.Pointer(entry))
	var cVersion, cFile, cError *C.char
	handle := C.frontdesk_ort_load(cPath, entry, &cVersion, &cFile, &cError)
	if handle == nil {
		return "", "", errors.New(strings.TrimPrefix(C.GoString(cError), path+": "))
	}
	version, file = C.GoString(cVersion), path
	if cFile != nil {
		file = C.GoString(cFile)
	}
	err = checkVersion(version)
	if err == nil && C.frontdesk_ort_has_api(handle, entry, apiVersion) == 0 {
		err = fmt.Errorf("it is ONNX Runtime %s, but lacks version %d of the C API", version, apiVersion)
	}
	if err != nil {
		C.dlclose(handle)
		return "", "", err
	}
	return version, file, nil
}
