//go:build unix

package exec

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"strconv"
	"syscall"
)

// An account is a user of this machine, as whom a program runs.
type account struct {
	name, home string
	credential *syscall.Credential // nil where it is our own
}

// findAccount looks up a user by name, and whether we may run programs as them.
func findAccount(name string) (*account, error) {
	u, err := user.Lookup(name)
	if err != nil {
		return nil, errors.New("there is no such user")
	}
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return nil, fmt.Errorf("the user has no number: %w", err)
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	if err != nil {
		return nil, fmt.Errorf("the user's group has no number: %w", err)
	}
	a := &account{name: u.Username, home: u.HomeDir}
	switch os.Geteuid() {
	case int(uid):
		return a, nil
	case 0:
	default:
		return nil, errors.New("only root may run a program as somebody else")
	}
	ids, err := u.GroupIds()
	if err != nil {
		return nil, fmt.Errorf("the user's groups cannot be found: %w", err)
	}
	a.credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	for _, id := range ids {
		if n, err := strconv.ParseUint(id, 10, 32); err == nil {
			a.credential.Groups = append(a.credential.Groups, uint32(n))
		}
	}
	return a, nil
}

// become has a command run as the account. It must come after separate.
func (a *account) become(cmd *exec.Cmd) { cmd.SysProcAttr.Credential = a.credential }
