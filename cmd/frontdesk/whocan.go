package main

import (
	"fmt"
	"io"
	"strings"

	"frontdesk/bot/dispatch"
	"frontdesk/internal/app"
	"frontdesk/internal/config"
	"frontdesk/internal/strictyaml"
	"frontdesk/knowledge"

	"github.com/spf13/cobra"
)

func newWhoCan(c *cli) *cobra.Command {
	return &cobra.Command{
		Use:   "who-can [COMMAND]",
		Short: "Say who may run a command, or every command",
		Long: "Say who may run a command of the base, where and when, and what it asks for before\n" +
			"it runs. Without COMMAND, of every command. What is printed is what holds: the\n" +
			"command's own allow:, else that of the base, else nobody.",
		Args: cobra.MaximumNArgs(1),
		ValidArgsFunction: func(cmd *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
			return c.completeCommand(cmd)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			cfg, err := c.load()
			if err != nil {
				return err
			}
			ctx, stop := interruptible(cmd)
			defer stop()
			base, d, err := app.Commands(ctx, cfg, c.oneBase(cfg))
			if err != nil {
				return err
			}
			if len(args) == 0 {
				err = writeAllRights(c.out, base, d)
			} else {
				err = c.writeRights(base, d, args[0])
			}
			return err
		},
	}
}

// writeRights prints who may run one command.
func (c *cli) writeRights(base *knowledge.Base, d *dispatch.Dispatcher, id string) error {
	e, ok := base.Entry(id)
	if !ok || e.Command == nil {
		text := fmt.Sprintf("there is no command %q", id)
		if near := strictyaml.Nearest(id, commandIDs(base)); near != "" {
			text += fmt.Sprintf("; did you mean %q?", near)
		}
		return usage(fmt.Errorf("%s", text))
	}
	lines, _, _ := d.Holders(e)
	for _, line := range lines {
		if _, err := fmt.Fprintln(c.out, line); err != nil {
			return fmt.Errorf("writing the result: %w", err)
		}
	}
	for _, line := range guardsOf(e.Command) {
		if _, err := fmt.Fprintln(c.out, "  "+line); err != nil {
			return fmt.Errorf("writing the result: %w", err)
		}
	}
	return nil
}

// writeAllRights prints who may run each command of a base.
func writeAllRights(w io.Writer, base *knowledge.Base, d *dispatch.Dispatcher) error {
	for _, e := range base.Entries {
		if e.Command == nil {
			continue
		}
		lines, _, _ := d.Holders(e)
		text := strings.Join(lines, "; or ")
		if guards := guardsOf(e.Command); len(guards) > 0 {
			text += " (" + strings.Join(guards, "; ") + ")"
		}
		if _, err := fmt.Fprintf(w, "%s: %s\n", e.ID, text); err != nil {
			return fmt.Errorf("writing the result: %w", err)
		}
	}
	return nil
}

// guardsOf says in words what a command asks for before it runs.
func guardsOf(c *knowledge.Command) []string {
	var out []string
	switch {
	case c.Confirm.Always:
		out = append(out, "always confirmed")
	case c.Confirm.Never:
		out = append(out, "never confirmed")
	case c.Confirm.Below > 0:
		out = append(out, fmt.Sprintf("confirmed below %g", c.Confirm.Below))
	}
	if c.PIN {
		out = append(out, "asks for a PIN when spoken")
	}
	if a := c.Approve; a != nil {
		var names []string
		for _, r := range a.By.Roles {
			names = append(names, r.Name)
		}
		for _, p := range a.By.People {
			names = append(names, p.Name)
		}
		out = append(out, fmt.Sprintf("approved by %d of %s within %s", a.Count, strings.Join(names, ", "), a.Within))
	}
	for _, l := range c.Limits {
		out = append(out, fmt.Sprintf("at most %d in %s for each %s", l.Count, l.Within, l.Per))
	}
	for _, h := range c.Quiet {
		out = append(out, "confirmed at "+h.String())
	}
	if c.Once {
		out = append(out, "never twice")
	}
	return out
}

func commandIDs(base *knowledge.Base) []string {
	var ids []string
	for _, e := range base.Entries {
		if e.Command != nil {
			ids = append(ids, e.ID)
		}
	}
	return ids
}

// completeCommand completes the ids of commands.
func (c *cli) completeCommand(cmd *cobra.Command) ([]string, cobra.ShellCompDirective) {
	cfg, err := app.LoadConfig(c.configFile)
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	base, err := app.Load(cmd.Context(), cfg, c.oneBase(cfg))
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	return commandIDs(base), cobra.ShellCompDirectiveNoFileComp
}

// writePeople prints who the configuration knows.
func writePeople(w io.Writer, cfg *config.Config) {
	people := dispatch.NewPeople(cfg.People)
	for _, name := range people.Names() {
		p := cfg.People[name]
		var is []string
		for _, id := range p.Is {
			is = append(is, string(id))
		}
		pin := ""
		if p.PIN != "" {
			pin = ", with a PIN"
		}
		fmt.Fprintf(w, "person %s\t%s; roles: %s%s\n", name, orNone(is), orNone(p.Roles), pin)
	}
}

func orNone(list []string) string {
	if len(list) == 0 {
		return "none"
	}
	return strings.Join(list, ", ")
}
