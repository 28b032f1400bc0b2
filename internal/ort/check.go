package ort

import (
	"debug/elf"
	"debug/macho"
	"debug/pe"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
)

// entryPoint is the one function of the library that everything starts from.
const entryPoint = "OrtGetApiBase"

var errNoLibrary = errors.New("it is no shared library of this system, or it is cut off")

// checkFile looks at a library before the system loads it: the system's own
// errors are hard to read, the file of a download that was cut would end the
// program when its missing part is touched, and loading runs code.
func checkFile(file string) error {
	info, err := os.Stat(file)
	if err != nil {
		return brief(err)
	}
	if !info.Mode().IsRegular() {
		return errors.New("it is no file")
	}
	if info.Size() == 0 {
		return errors.New("it is empty")
	}
	switch runtime.GOOS {
	case "windows":
		return checkPE(file)
	case "darwin":
		return checkMachO(file, info.Size())
	}
	return checkELF(file, info.Size())
}

func wrongMachine(its string) error {
	return fmt.Errorf("it is for %s, and this program is for %s", its, runtime.GOARCH)
}

func checkELF(file string, size int64) error {
	f, err := elf.Open(file)
	if err != nil {
		return errNoLibrary
	}
	defer f.Close() // it was only read
	machines := map[string]elf.Machine{"amd64": elf.EM_X86_64, "arm64": elf.EM_AARCH64}
	if m, ok := machines[runtime.GOARCH]; ok && f.Machine != m {
		return wrongMachine(f.Machine.String())
	}
	if f.Type != elf.ET_DYN {
		return errNoLibrary
	}
	for _, p := range f.Progs {
		if p.Type == elf.PT_LOAD && (p.Off > uint64(size) || p.Filesz > uint64(size)-p.Off) {
			return errNoLibrary
		}
	}
	symbols, err := f.DynamicSymbols()
	if err != nil || !slices.ContainsFunc(symbols, func(s elf.Symbol) bool {
		return s.Name == entryPoint && s.Section != elf.SHN_UNDEF
	}) {
		return errors.New("it is a shared library, but not ONNX Runtime")
	}
	return nil
}

func checkMachO(file string, size int64) error {
	machines := map[string]macho.Cpu{"amd64": macho.CpuAmd64, "arm64": macho.CpuArm64}
	want := machines[runtime.GOARCH]
	if fat, err := macho.OpenFat(file); err == nil {
		defer fat.Close() // it was only read
		for _, a := range fat.Arches {
			if a.Cpu == want {
				return nil
			}
		}
		return wrongMachine("other processors")
	}
	f, err := macho.Open(file)
	if err != nil {
		return errNoLibrary
	}
	defer f.Close() // it was only read
	if f.Cpu != want {
		return wrongMachine(f.Cpu.String())
	}
	for _, l := range f.Loads {
		if s, ok := l.(*macho.Segment); ok && (s.Offset > uint64(size) || s.Filesz > uint64(size)-s.Offset) {
			return errNoLibrary
		}
	}
	return nil
}

func checkPE(file string) error {
	f, err := pe.Open(file)
	if err != nil {
		return errNoLibrary
	}
	defer f.Close() // it was only read
	machines := map[string]uint16{"amd64": pe.IMAGE_FILE_MACHINE_AMD64, "arm64": pe.IMAGE_FILE_MACHINE_ARM64}
	if m, ok := machines[runtime.GOARCH]; ok && f.Machine != m {
		return wrongMachine(fmt.Sprintf("machine %#x", f.Machine))
	}
	return nil
}

// checkVersion says whether a library of a version has the C API that is needed.
func checkVersion(version string) error {
	major, rest, _ := strings.Cut(version, ".")
	minor, _, _ := strings.Cut(rest, ".")
	n, err := strconv.Atoi(minor)
	switch {
	case err != nil || major != "1":
		return fmt.Errorf("it says that it is ONNX Runtime %q, which is not known here; at least 1.%d is needed", version, apiVersion)
	case n < apiVersion:
		return fmt.Errorf("it is ONNX Runtime %s, which is too old; at least 1.%d is needed", version, apiVersion)
	}
	return nil
}
