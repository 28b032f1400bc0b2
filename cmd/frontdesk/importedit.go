package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"

	"frontdesk/internal/app"
)

// edit opens an item in the editor of whoever is asked, as a knowledge file of its
// own. The error says why the item stays as it was.
func (c *cli) edit(ctx context.Context, p *app.ImportPlan, i int) (err error) {
	text, err := p.EditText(i)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "frontdesk-edit-")
	if err != nil {
		return fmt.Errorf("making the file to edit: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	file := filepath.Join(dir, "entry.yaml")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		return fmt.Errorf("making the file to edit: %w", err)
	}
	// Words apart, such as "code --wait", and never through a shell.
	editor := strings.Fields(cmp.Or(os.Getenv("VISUAL"), os.Getenv("EDITOR"), "vi"))
	if len(editor) == 0 {
		return errors.New("$VISUAL or $EDITOR names no editor")
	}
	cmd := exec.CommandContext(ctx, editor[0], append(editor[1:], file)...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = c.in, c.out, c.err
	// Ctrl-C is for the editor while it is open.
	interrupts := make(chan os.Signal, 1)
	signal.Notify(interrupts, os.Interrupt)
	defer signal.Stop(interrupts)
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("the editor %s: %w; $VISUAL or $EDITOR names another", editor[0], err)
	}
	return p.Edit(ctx, i, file)
}
