//go:build cgo

package ort

import (
	"errors"
	"fmt"
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"
)

// base is the beginning of the C API, which has been the same since its first
// version: https://onnxruntime.ai/docs/api/c/struct_ort_api_base.html
type base struct {
	getAPI     uintptr
	getVersion uintptr
}

// loadLibrary loads a library and gives its version and file. One that is good
// stays in memory until the program ends.
func loadLibrary(path string) (version, file string, err error) {
	library, err := windows.LoadDLL(path)
	if err != nil {
		return "", "", err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, library.Release())
		}
	}()
	entry, err := library.FindProc(entryPoint)
	if err != nil {
		return "", "", errors.New("it is a shared library, but not ONNX Runtime")
	}
	at, _, _ := entry.Call() // its error is the thread's last one, and says nothing
	if at == 0 {
		return "", "", errors.New("it is a shared library, but not ONNX Runtime")
	}
	api := *(**base)(unsafe.Pointer(&at)) // memory of the library, which stays
	text, _, _ := syscall.SyscallN(api.getVersion)
	version = windows.BytePtrToString(*(**byte)(unsafe.Pointer(&text)))
	if err := checkVersion(version); err != nil {
		return "", "", err
	}
	if functions, _, _ := syscall.SyscallN(api.getAPI, apiVersion); functions == 0 {
		return "", "", fmt.Errorf("it is ONNX Runtime %s, but lacks version %d of the C API", version, apiVersion)
	}
	return version, path, nil
}
