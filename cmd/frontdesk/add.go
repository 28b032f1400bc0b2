package main

import (
	"errors"
	"fmt"
	"time"

	"frontdesk/internal/app"
	"frontdesk/knowledge"
	"frontdesk/knowledge/importer"

	"github.com/spf13/cobra"
)

func newAdd(c *cli) *cobra.Command {
	var e knowledge.Entry
	var into string
	var anyway bool
	cmd := &cobra.Command{
		Use:   "add",
		Short: "Add a question with its answer",
		Long: "Add a question with its answer to a file of the base, in which all else stays as it is\n" +
			"written. An id that there is already is refused, and so is a question that an entry\n" +
			"answers already by its meaning, unless --anyway is given.",
		Example: "  frontdesk add --question 'Where is the key?' --answer 'Under the mat.' --alternative 'no key'",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			e.Kind = knowledge.FAQ
			importer.Tidy(&e)
			if e.Question == "" || e.Answer == "" {
				return usage(errors.New("an entry needs words that people use and what they should read: give --question and --answer"))
			}
			if e.ID != "" {
				if what, do := knowledge.CheckID(e.ID); what != "" {
					return usage(fmt.Errorf("%s; %s", what, do))
				}
			}
			ctx, stop := interruptible(cmd)
			defer stop()
			cfg, err := c.load()
			if err != nil {
				return err
			}
			name := c.oneBase(cfg)
			file := into
			if file == "" {
				if file, err = app.OnlyFile(ctx, cfg, name); err != nil {
					return usage(err)
				}
			}
			plan, err := app.PlanImport(ctx, cfg, name, []app.ImportSource{{Found: &importer.Found{Items: []importer.Item{{Entry: &e}}}}}, app.ImportOptions{})
			if err != nil {
				return err
			}
			it := plan.Items[0]
			write := func(int, app.ImportItem) app.ImportDo { return app.ImportWrite }
			if it.Now != nil {
				return usage(fmt.Errorf("the base %q has an entry %q already; choose another --id", name, it.ID))
			}
			if it.State == app.ImportAlike && !anyway {
				// Whoever has to say --anyway should not then hear that the file is none of the base.
				if err := plan.Try(ctx, file, time.Now(), write); err != nil {
					return err
				}
			}
			switch {
			case it.State == app.ImportEqual:
				return usage(fmt.Errorf("there is nothing to add: %s", it.Note))
			case it.State == app.ImportAlike && !anyway:
				l := it.Alike[0]
				return usage(fmt.Errorf("%q is like it (%.2f): %q; add an alternative there, or add this one --anyway",
					l.Entry.ID, l.Probability, l.Entry.Question))
			}
			if len(plan.Left) > 0 {
				return usage(fmt.Errorf("%s: %s", plan.Left[0].What, plan.Left[0].Why))
			}
			w, err := plan.Write(ctx, file, time.Now(), write)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(c.out, "added as %q in %s; a desk that watches its files answers with it\n", it.ID, nearPath(w.Files[0]))
			return err
		},
	}
	f := cmd.Flags()
	f.StringVar(&e.Question, "question", "", "the `words` that people use")
	f.StringVar(&e.Answer, "answer", "", "what they should read, in `Markdown`")
	f.StringArrayVar(&e.Alternatives, "alternative", nil, "other `words` for it; may be given several times")
	f.StringArrayVar(&e.Tags, "tag", nil, "a `tag`; may be given several times")
	f.StringVar(&e.ID, "id", "", "the `id` (default: the first words of the question)")
	f.StringVar(&into, "into", "", "the `file` that it goes into (default: that of the base, where there is one)")
	f.BoolVar(&anyway, "anyway", false, "add it although an entry is like it")
	must(cmd.MarkFlagFilename("into", "yaml", "yml"))
	return cmd
}
