package main

import (
	"fmt"
	"strings"
	"unicode"

	"frontdesk/internal/app"

	"github.com/spf13/cobra"
)

func newDoctor(c *cli) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "doctor [slack|discord]",
		Short: "Find out what keeps the desk from working, and the fix",
		Long: "Find out what keeps the desk from working, and the fix: the configuration, the\n" +
			"data_dir, the journal, the knowledge, what recognises speech, and what the enabled adapters need of their\n" +
			"platforms. With the name of an adapter only that one is looked at, enabled or not.\n" +
			"The exit code is 1 where something is wrong.",
		Args:      cobra.MatchAll(cobra.MaximumNArgs(1), cobra.OnlyValidArgs),
		ValidArgs: app.Adapters(),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx, stop := interruptible(cmd)
			defer stop()
			cfg, err := c.load()
			if err != nil {
				return err
			}
			found, err := app.Doctor(ctx, cfg, strings.Join(args, ""))
			if err != nil {
				return err
			}
			return c.showFindings(found, asJSON)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the result as JSON")
	cmd.AddCommand(newDoctorVoice(c))
	return cmd
}

// showFindings prints them, and ends with an error where one of them is bad.
func (c *cli) showFindings(found []app.Diagnosis, asJSON bool) error {
	code := codeDone
	for _, f := range found {
		if !f.OK {
			code = codeFailure
		}
	}
	if err := c.printFindings(found, code == codeDone, asJSON); err != nil {
		return err
	}
	return silently(code)
}

func (c *cli) printFindings(found []app.Diagnosis, ok, asJSON bool) error {
	if asJSON {
		return writeJSON(c.out, struct {
			V        int             `json:"v"`
			OK       bool            `json:"ok"`
			Findings []app.Diagnosis `json:"findings"`
		}{1, ok, found})
	}
	var b strings.Builder
	for _, f := range found {
		mark := "ok  "
		if !f.OK {
			mark = "BAD "
		}
		fmt.Fprintf(&b, "%s %-8s %s\n", mark, f.Part, indented(f.What))
		if f.Do != "" {
			fmt.Fprintf(&b, "%14s→ %s\n", "", indented(f.Do))
		}
	}
	if _, err := fmt.Fprint(c.out, b.String()); err != nil {
		return fmt.Errorf("writing the result: %w", err)
	}
	return nil
}

// indented has the lines of a text stand below each other, without what would
// move a terminal's cursor: some of it comes from a platform.
func indented(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	for i, line := range lines {
		lines[i] = strings.Map(func(r rune) rune {
			if unicode.IsControl(r) {
				return -1
			}
			return r
		}, line)
	}
	return strings.Join(lines, "\n"+strings.Repeat(" ", 14))
}
