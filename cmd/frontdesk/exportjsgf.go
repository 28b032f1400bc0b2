package main

import (
	"cmp"
	"fmt"
	"io"

	"frontdesk/internal/app"
	"frontdesk/knowledge"
	"frontdesk/knowledge/jsgf"
	"frontdesk/knowledge/template"

	"github.com/spf13/cobra"
)

// maxLeftTold is how many parts that are left out are told one by one.
const maxLeftTold = 20

func newExportJSGF(c *cli) *cobra.Command {
	var out, dictionary string
	var o jsgf.Options
	var all bool
	cmd := &cobra.Command{
		Use:   "jsgf",
		Short: "Turn the commands of a base into a grammar for speech",
		Long: "Turn the commands of a base into a grammar in the Java Speech Grammar Format (JSGF\n" +
			"1.0), which recognisers such as pocketsphinx read: the sentences as they are\n" +
			"spoken, with the values of their slots, and the phrasings of the commands. Free\n" +
			"text has no place in a grammar; what is left out is told.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, stop := interruptible(cmd)
			defer stop()
			cfg, err := c.load()
			if err != nil {
				return err
			}
			base, err := app.Load(ctx, cfg, c.oneBase(cfg))
			if err != nil {
				return err
			}
			if dictionary != "" {
				d, err := app.OpenDictionary(dictionary)
				if err != nil {
					return fmt.Errorf("reading the dictionary: %w", err)
				}
				o.Known = d.Has
			}
			told := c.leftOut(&o, base, all)
			if err := writeTo(out, c.out, append(base.Files, cfg.File, dictionary), func(w io.Writer) error { return jsgf.Write(w, base, o) }); err != nil {
				return err
			}
			told()
			return nil
		},
	}
	cmd.Flags().StringVarP(&out, "output", "o", "", "write to this `file` (default: the standard output)")
	cmd.Flags().StringVar(&dictionary, "dictionary", "", "use the words of this pronouncing dictionary only, a `file` in the form of CMUdict")
	cmd.Flags().BoolVar(&o.Questions, "questions", false, "add the questions that are answered")
	cmd.Flags().StringArrayVar(&o.Leads, "lead", nil, "`words` that may be said before a command, such as a wake phrase")
	cmd.Flags().BoolVar(&all, "all", false, "tell all that is left out")
	must(cmd.MarkFlagFilename("output", "jsgf", "gram"))
	must(cmd.MarkFlagFilename("dictionary", "dict"))
	return cmd
}

// leftOut has warnings given of what a grammar leaves out, when told is called.
func (c *cli) leftOut(o *jsgf.Options, base *knowledge.Base, all bool) (told func()) {
	var left []template.Unsaid
	o.Left = func(u template.Unsaid) { left = append(left, u) }
	return func() {
		for i, u := range left {
			if i == maxLeftTold && !all {
				c.warn(fmt.Errorf("and %d more parts are left out; --all tells them", len(left)-i))
				return
			}
			place := u.ID
			if e, ok := base.Entry(u.ID); ok {
				place = cmp.Or(e.Pos.String(), u.ID)
			}
			c.warn(fmt.Errorf("%s: %q is left out: %s", place, u.Part, u.Why))
		}
	}
}
