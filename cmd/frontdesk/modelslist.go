package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"frontdesk/adapters/terminal"
	"frontdesk/internal/shelf"

	"github.com/charmbracelet/x/ansi"
	"github.com/spf13/cobra"
)

func newModelsList(c *cli) *cobra.Command {
	var asJSON, catalogue bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the models that there are, and which are here",
		Long: "List the models of the catalogue, with those of models: catalogue: of the configuration,\n" +
			"and which of them are here.",
		Args: usageArgs(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error {
			if catalogue {
				return c.say("%s", shelf.CatalogueYAML())
			}
			_, s, err := c.shelf()
			if err != nil {
				return err
			}
			all, err := s.List()
			if err != nil {
				return err
			}
			if asJSON {
				return c.modelsJSON(all)
			}
			return c.modelsTable(all)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print each as a JSON object on a line of its own")
	cmd.Flags().BoolVar(&catalogue, "catalogue", false, "print the built-in catalogue, the pattern for one of your own")
	return cmd
}

// modelsTable prints a line of columns for each model, and below it what it is for: with
// that as one more column no terminal would be wide enough.
func (c *cli) modelsTable(all []shelf.Status) error {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "model\tkind\tMB\tlanguages\tlicence\tstate")
	for _, st := range all {
		e := st.Entry
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", e.Name, modelCell(string(e.Kind)), megabytes(st),
			modelCell(strings.Join(e.Languages, " ")), modelCell(e.Licence), stateText(st))
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("writing the result: %w", err)
	}
	width := terminal.Width(c.out)
	for i, line := range slices.Collect(strings.Lines(b.String())) {
		if i > 0 {
			line += aboutModel(all[i-1], width)
		}
		if _, err := fmt.Fprint(c.out, line); err != nil {
			return fmt.Errorf("writing the result: %w", err)
		}
	}
	return nil
}

// aboutModel gives what stands below a model: what it is for, and what is odd about it.
func aboutModel(st shelf.Status, width int) string {
	text := st.Entry.What
	if sums := sumsText(st); sums != "" {
		text = strings.TrimSpace(text + " " + sums)
	}
	if text == "" {
		return ""
	}
	const margin = "  "
	return margin + strings.ReplaceAll(ansi.Wordwrap(terminal.OneLine(text), width-len(margin), ""), "\n", "\n"+margin) + "\n"
}

func modelCell(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// megabytes gives the size of a model, in MB of a million. Files beside the main
// one that nobody knows the size of are small.
func megabytes(st shelf.Status) string {
	n := st.Bytes
	if st.State != shelf.Here {
		if !st.Known || st.Entry.Files[0].Bytes == 0 {
			return "?"
		}
		n, _ = st.Entry.Bytes()
	}
	return strconv.FormatFloat(float64(n)/1e6, 'f', 1, 64)
}

func stateText(st shelf.Status) string {
	if st.State == shelf.Begun {
		return "begun, " + shelf.Size(st.Bytes)
	}
	return string(st.State)
}

// sumsText says of how many files no sum is published: these are believed at the first
// pull. It is empty where there are none.
func sumsText(st shelf.Status) string {
	unknown := 0
	for _, f := range st.Entry.Files {
		if f.SHA256 == "" {
			unknown++
		}
	}
	switch {
	case !st.Known:
		return "Not in the catalogue."
	case unknown == 0:
		return ""
	}
	return fmt.Sprintf("No sum is published for %d of %d files.", unknown, len(st.Entry.Files))
}

// A modelRow is a model as JSON. Bytes are those on this disk, else those of the
// catalogue; 0 where they are not known.
type modelRow struct {
	V         int         `json:"v"`
	Name      string      `json:"name"`
	Kind      shelf.Kind  `json:"kind,omitempty"`
	What      string      `json:"what,omitempty"`
	Languages []string    `json:"languages,omitempty"`
	Licence   string      `json:"licence,omitempty"`
	Dims      int         `json:"dims,omitempty"`
	MaxTokens int         `json:"max_tokens,omitempty"`
	From      string      `json:"from,omitempty"`
	State     shelf.State `json:"state"`
	Dir       string      `json:"dir,omitempty"`
	Bytes     int64       `json:"bytes"`
	Problem   string      `json:"problem,omitempty"`
	Files     []modelFile `json:"files,omitempty"`
}

type modelFile struct {
	Path   string `json:"path"`
	Bytes  int64  `json:"bytes,omitempty"`
	SHA256 string `json:"sha256,omitempty"`
}

func (c *cli) modelsJSON(all []shelf.Status) error {
	for _, st := range all {
		e := st.Entry
		row := modelRow{V: 1, Name: e.Name, Kind: e.Kind, What: e.What, Languages: e.Languages, Licence: e.Licence, Dims: e.Dims,
			MaxTokens: e.MaxTokens, State: st.State, Dir: st.Dir, Bytes: st.Bytes, Problem: st.Problem}
		if st.Known {
			row.From = e.Origin()
		}
		if n, known := e.Bytes(); known && st.State == shelf.Absent {
			row.Bytes = n
		}
		for _, f := range e.Files {
			row.Files = append(row.Files, modelFile{f.Path, f.Bytes, f.SHA256})
		}
		if err := writeJSON(c.out, row); err != nil {
			return err
		}
	}
	return nil
}
