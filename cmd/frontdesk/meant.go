package main

import (
	"errors"
	"fmt"

	"frontdesk/internal/strictyaml"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// meantVerb says which verb of a command was likely meant by a word: `; did you mean
// "ask"?`, or nothing.
func meantVerb(cmd *cobra.Command, word string) string {
	names := append([]string(nil), cmd.ValidArgs...)
	for _, sub := range cmd.Commands() {
		if sub.IsAvailableCommand() {
			names = append(names, sub.Name())
		}
	}
	near := strictyaml.Nearest(word, names)
	if begun := cmd.SuggestionsFor(word); near == "" && len(begun) > 0 {
		near = begun[0]
	}
	return didYouMean(near)
}

// flagError makes wrong flags an error of use, and says which one was likely meant.
func flagError(cmd *cobra.Command, err error) error {
	if unknown, ok := errors.AsType[*pflag.NotExistError](err); ok && unknown.GetSpecifiedShortnames() == "" {
		var names []string
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			if !f.Hidden {
				names = append(names, "--"+f.Name)
			}
		})
		err = fmt.Errorf("%w%s", err, didYouMean(strictyaml.Nearest("--"+unknown.GetSpecifiedName(), names)))
	}
	return usage(err)
}

func didYouMean(near string) string {
	if near == "" {
		return ""
	}
	return fmt.Sprintf("; did you mean %q?", near)
}

// strictHelp has cobra's own verbs refuse what they do not know: they print their help,
// as if all were well.
func strictHelp(root *cobra.Command) {
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	for _, cmd := range root.Commands() {
		switch cmd.Name() {
		case "help":
			cmd.Args = func(_ *cobra.Command, args []string) error {
				at, rest, err := root.Find(args)
				if err == nil && len(rest) > 0 {
					err = fmt.Errorf("there is no help for %q%s", rest[0], meantVerb(at, rest[0]))
				}
				return usage(err)
			}
		case "completion":
			cmd.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
		}
	}
}
