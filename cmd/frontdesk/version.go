package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"frontdesk/internal/app"

	"github.com/spf13/cobra"
)

// A build says what this program was made of.
type build struct {
	V         int    `json:"v"`
	Version   string `json:"version"`
	Revision  string `json:"revision"` // of the repository; empty where it is not known
	Modified  bool   `json:"modified"` // whether the files differed from the revision
	Go        string `json:"go"`
	Platform  string `json:"platform"`
	Embedding string `json:"embedding"` // the fingerprint of the embedding model
	Whisper   string `json:"whisper"`   // the version of whisper.cpp; empty where it is not in the program
	Processor string `json:"processor"` // what of it whisper.cpp uses
}

func newVersion(c *cli) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			b := thisBuild()
			if asJSON {
				return writeJSON(c.out, b)
			}
			revision := b.Revision
			if b.Modified {
				revision += " (modified)"
			}
			hears := "not in this program"
			if b.Whisper != "" {
				hears = b.Whisper + ", with " + b.Processor
			}
			_, err := fmt.Fprintf(c.out, "frontdesk %s\nrevision  %s\ngo        %s %s\nembedding %s\nwhisper   %s\n",
				b.Version, revision, b.Go, b.Platform, b.Embedding, hears)
			return err
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print it as JSON")
	return cmd
}

func thisBuild() build {
	b := build{
		V: 1, Version: version, Go: runtime.Version(),
		Platform: runtime.GOOS + "/" + runtime.GOARCH, Embedding: app.BuiltIn().Fingerprint(),
	}
	b.Whisper, b.Processor = app.Whisper()
	info, ok := debug.ReadBuildInfo()
	if ok {
		if b.Version == "" {
			b.Version = info.Main.Version
		}
		for _, s := range info.Settings {
			switch s.Key {
			case "vcs.revision":
				b.Revision = s.Value
			case "vcs.modified":
				b.Modified = s.Value == "true"
			}
		}
	}
	if b.Version == "" {
		b.Version = "unknown"
	}
	if b.Revision == "" {
		b.Revision = "unknown"
	}
	return b
}
