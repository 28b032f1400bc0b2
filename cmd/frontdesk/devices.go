package main

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"frontdesk/adapters/mic/capture"
	"frontdesk/adapters/terminal"

	"github.com/spf13/cobra"
)

// mostRates is how many rates of a microphone are listed; of more, the range.
const mostRates = 4

// A microphone is the JSON form of a device. Its fields stay what they are as long as
// V is 1.
type microphone struct {
	V           int    `json:"v"`
	SoundSystem string `json:"sound_system"`
	Name        string `json:"name"`
	ID          string `json:"id"`
	Default     bool   `json:"default"`
	Rates       []int  `json:"rates"`
	Channels    []int  `json:"channels"`
}

func newDevices(c *cli) *cobra.Command {
	var asJSON, all bool
	cmd := &cobra.Command{
		Use:   "devices",
		Short: "List the microphones",
		Long: "List the microphones, for device: under mic: in the configuration and for\n" +
			`"frontdesk listen --device": by name or id, or a part that no other has. The default` + "\n" +
			"is marked with *.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, stop := interruptible(cmd)
			defer stop()
			found, err := capture.Devices(ctx, all)
			if err != nil {
				return err
			}
			if asJSON {
				for _, d := range found {
					m := microphone{1, d.Backend, d.Name, d.ID, d.Default, append([]int{}, d.Rates...), append([]int{}, d.Channels...)}
					if err := writeJSON(c.out, m); err != nil {
						return err
					}
				}
				return nil
			}
			return c.showDevices(found)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object a line")
	cmd.Flags().BoolVar(&all, "all", false, "look in every sound system, even where the first one has a microphone")
	return cmd
}

func (c *cli) showDevices(found []capture.Device) error {
	if len(found) == 0 {
		_, err := fmt.Fprintln(c.out, "There is no microphone.")
		return err
	}
	w := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "\tNAME\tSOUND SYSTEM\tHZ\tID")
	for _, d := range found {
		mark := ""
		if d.Default {
			mark = "*"
		}
		var rates []string
		for _, r := range d.Rates {
			rates = append(rates, fmt.Sprint(r))
		}
		switch n := len(rates); {
		case n == 0:
			rates = []string{"any"}
		case n > mostRates:
			rates = []string{rates[0], "to", rates[n-1]}
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", mark, terminal.OneLine(d.Name), d.Backend, strings.Join(rates, " "), terminal.OneLine(d.ID))
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("writing the list: %w", err)
	}
	return nil
}
