package main

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// On a full disk the desk warns, and answers all the same.
func TestFullDisk(t *testing.T) {
	if testing.Short() {
		t.Skip("it is the system that is tested: nothing to race")
	}
	dir := deskFolder(t)
	data := filepath.Join(dir, "data")
	if err := os.Mkdir(data, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", data, "tmpfs", 0, "size=64k"); err != nil {
		t.Skipf("a small disk needs the right to mount one: %v", err)
	}
	defer func() {
		if err := syscall.Unmount(data, 0); err != nil {
			t.Error(err)
		}
	}()
	fill, err := os.Create(filepath.Join(data, "fill"))
	if err != nil {
		t.Fatal(err)
	}
	for err == nil {
		_, err = fill.Write(make([]byte, 4096))
	}
	if !strings.Contains(err.Error(), "no space") {
		t.Fatalf("filling the disk: %v", err)
	}
	fill.Close()

	cmd := program(t, dir, "ask", "when are you open")
	var out, stderr strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("ask: %v\n%s", err, &stderr)
	}
	if !strings.Contains(out.String(), "From nine to five.") {
		t.Errorf("printed %q", out.String())
	}
	if !strings.Contains(stderr.String(), "warning") || !strings.Contains(stderr.String(), "no space left") {
		t.Errorf("the warning is %q", stderr.String())
	}

	// With room again, everything is as it should be.
	if err := os.Remove(filepath.Join(data, "fill")); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", data, "tmpfs", syscall.MS_REMOUNT, "size=64m"); err != nil {
		t.Fatal(err)
	}
	if out, err := program(t, dir, "ask", "when are you open").CombinedOutput(); err != nil || strings.Contains(string(out), "warning") {
		t.Errorf("with room again: %v\n%s", err, out)
	}
}
