package exec_test

import (
	"path/filepath"
	"strings"
	"testing"
)

func TestSecretFaults(t *testing.T) {
	t.Setenv("EXEC_TEST_SECRET", "sh")
	dir := t.TempDir()
	_, faults := settings(t, dir, "command: [\"${env:EXEC_TEST_SECRET}\", \"${env:EXEC_TEST_NOWHERE}\"]\ndir: ${file:nowhere}\nenv: {A: \"${file:nowhere}\"}\n")
	want := strings.ReplaceAll(`F:1:11: the program cannot hold the secret ${env:EXEC_TEST_SECRET}; write it out, or $\{ for the characters themselves
F:1:38: the secret ${env:EXEC_TEST_NOWHERE} is missing; set the environment variable EXEC_TEST_NOWHERE where frontdesk is started
F:2:6: dir cannot hold the secret ${file:nowhere}; write it out, or $\{ for the characters themselves
F:3:10: the secret ${file:nowhere} cannot be read: no such file or directory; put it into the file D/nowhere, readable for frontdesk alone`, "F:", filepath.Join(dir, "knowledge.yaml")+":")
	if want = strings.ReplaceAll(want, "D/", dir+"/"); faults.Error() != want {
		t.Errorf("faults:\n%v\nwant:\n%s", faults, want)
	}
}
