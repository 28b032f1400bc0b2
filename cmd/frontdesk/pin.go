package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"frontdesk/bot/dispatch"

	"github.com/spf13/cobra"
	"golang.org/x/term"
)

func newPIN(c *cli) *cobra.Command {
	return &cobra.Command{
		Use:   "pin",
		Short: "Make the hash of a PIN for the configuration",
		Long: "Make the hash of a PIN, for pin: of a person in the configuration. The PIN is 4 to 12\n" +
			"digits. It is asked for on a terminal, without showing it, and otherwise read from the\n" +
			"standard input.",
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			pin, err := c.readPIN()
			if err != nil {
				return err
			}
			hash, err := dispatch.HashPIN(pin)
			if err != nil {
				return usage(err)
			}
			if _, err := fmt.Fprintln(c.out, hash); err != nil {
				return fmt.Errorf("writing the hash: %w", err)
			}
			return nil
		},
	}
}

// readPIN asks for a PIN twice where somebody types it, lest a slip locks a
// door.
func (c *cli) readPIN() (string, error) {
	f, ok := c.in.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		line, err := bufio.NewReader(io.LimitReader(c.in, 1024)).ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return "", fmt.Errorf("reading the PIN: %w", err)
		}
		return strings.TrimSpace(line), nil
	}
	ask := func(prompt string) (string, error) {
		fmt.Fprint(c.err, prompt)
		defer fmt.Fprintln(c.err)
		pin, err := term.ReadPassword(int(f.Fd()))
		if err != nil {
			return "", fmt.Errorf("reading the PIN: %w", err)
		}
		return string(pin), nil
	}
	pin, err := ask("PIN: ")
	if err != nil {
		return "", err
	}
	again, err := ask("Again: ")
	if err != nil {
		return "", err
	}
	if pin != again {
		return "", usage(errors.New("the two are not the same"))
	}
	return pin, nil
}
