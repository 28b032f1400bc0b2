package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	house "frontdesk/bot/dispatch/homeassistant"
	"frontdesk/internal/fault"
	"frontdesk/knowledge/importer/homeassistant"

	"github.com/spf13/cobra"
)

const (
	// importMark begins the files that we write, so that no other is replaced.
	importMark = "Written by frontdesk import homeassistant, which replaces this file when it is run again."
	// importSum stands before the digest of what follows the comment, which tells
	// whether somebody has changed it.
	importSum = "Contents: sha256 "

	maxImport   = 64 << 20 // bytes of all files
	maxToken    = 8 << 10  // bytes of the file with the token
	tokenEnv    = "HOMEASSISTANT_TOKEN"
	readTimeout = time.Minute // for all that is asked of a running instance
)

// An importHA is one import from Home Assistant.
type importHA struct {
	out, url, tokenFile, ca string
}

func newImportHA(c *cli) *cobra.Command {
	var i importHA
	cmd := &cobra.Command{
		Use:   "homeassistant [PATH…]",
		Short: "Turn Home Assistant's sentences, areas and devices into knowledge",
		Long: "Turn sentence files of Home Assistant, such as custom_sentences/en, into commands that\n" +
			"hand their intents over to it. A PATH is a YAML file or a folder of them. What these\n" +
			"sentences name by {name}, {area} and {floor} comes from files of areas, floors and\n" +
			"entities, or with --url from a running instance, which needs a long-lived access token\n" +
			"in $" + tokenEnv + " or in a file. With --url alone, these become slots for commands\n" +
			"that you write yourself. What has no place in knowledge is told, with its place.\n\n" +
			"A file that is written is replaced when the import runs again, but not once somebody\n" +
			"has changed it: keep changes in another file.",
		Example: "  frontdesk import homeassistant custom_sentences/en house.yaml -o knowledge/ha.yaml\n" +
			"  frontdesk import homeassistant --url http://homeassistant.local:8123 -o knowledge/house.yaml",
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 && i.url == "" {
				return usage(errors.New("nothing is named to import; name files or folders, or a running instance with --url"))
			}
			ctx, stop := interruptible(cmd)
			defer stop()
			return c.importHA(ctx, i, args)
		},
		ValidArgsFunction: cobra.FixedCompletions([]string{"yaml", "yml"}, cobra.ShellCompDirectiveFilterFileExt),
	}
	cmd.Flags().StringVarP(&i.out, "output", "o", "", "write to this `file` (default: the standard output)")
	cmd.Flags().StringVar(&i.url, "url", "", "the `address` of a running Home Assistant, such as http://homeassistant.local:8123")
	cmd.Flags().StringVar(&i.tokenFile, "token-file", "", "the `file` that holds the access token (default: $"+tokenEnv+")")
	cmd.Flags().StringVar(&i.ca, "ca", "", "the `file` of certificates by which that of Home Assistant is known (default: those of the system)")
	must(cmd.MarkFlagFilename("output", "yaml", "yml"))
	must(cmd.MarkFlagFilename("token-file"))
	must(cmd.MarkFlagFilename("ca", "pem", "crt"))
	return cmd
}

// importHA reads what is named and writes it as knowledge.
func (c *cli) importHA(ctx context.Context, i importHA, paths []string) error {
	if err := replaceable(i.out); err != nil {
		return err
	}
	files, err := sentenceFiles(paths)
	if err != nil {
		return err
	}
	var known *homeassistant.House
	if i.url != "" {
		var notes fault.List
		if known, notes, err = i.instance(ctx); err != nil {
			return err
		}
		c.notes(notes)
	}
	var im *homeassistant.Import
	if len(files) == 0 {
		im = homeassistant.Store(known)
	} else if im, err = homeassistant.Read(ctx, files, known); err != nil {
		return err
	}
	c.notes(im.Notes)
	var body, whole bytes.Buffer
	if err := im.WriteYAML(&body, ""); err != nil {
		return err
	}
	fmt.Fprintf(&whole, "# %s\n# %s%s\n%s", importMark, importSum, digest(body.Bytes()), body.String())
	var names []string
	for _, f := range files {
		names = append(names, f.Name)
	}
	return writeTo(i.out, c.out, names, func(w io.Writer) error {
		_, err := w.Write(whole.Bytes())
		return err
	})
}

// notes tells of what was left out.
func (c *cli) notes(notes fault.List) {
	for _, n := range notes {
		fmt.Fprintf(c.err, "frontdesk: note: %s\n", n.Error())
	}
}

func digest(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// replaceable says whether a file may be written: one that is not there, or one
// that we wrote and that nobody has changed since.
func replaceable(file string) error {
	if file == "" || file == "-" {
		return nil
	}
	data, err := readBounded(file, maxImport)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("looking at what is to be replaced: %w", err)
	}
	mark, rest, _ := strings.Cut(string(data), "\n")
	sum, body, _ := strings.Cut(rest, "\n")
	switch {
	case mark != "# "+importMark:
		return usage(fmt.Errorf("%s was not written by this import; choose another file, or remove it", file))
	case sum != "# "+importSum+digest([]byte(body)):
		return usage(fmt.Errorf("%s was changed since it was imported; move the changes into another file and remove it", file))
	}
	return nil
}

// sentenceFiles reads files, and the YAML files in folders, in the order of
// their names.
func sentenceFiles(paths []string) ([]homeassistant.File, error) {
	var files []homeassistant.File
	total := 0
	read := func(name string) error {
		data, err := readBounded(name, maxImport-total)
		if err != nil {
			return err
		}
		total += len(data)
		files = append(files, homeassistant.File{Name: name, Data: data})
		if len(files) > homeassistant.MaxFiles {
			return fmt.Errorf("there are more than %d files", homeassistant.MaxFiles)
		}
		return nil
	}
	for _, p := range paths {
		before := len(files)
		err := filepath.WalkDir(p, func(name string, d fs.DirEntry, err error) error {
			isYAML := slices.Contains([]string{".yaml", ".yml"}, strings.ToLower(filepath.Ext(name)))
			if err != nil || d.IsDir() || name != p && !isYAML {
				return err
			}
			return read(name)
		})
		if err != nil {
			return nil, fmt.Errorf("importing: %w", err)
		}
		if len(files) == before {
			return nil, fmt.Errorf("importing: %s has no file that ends in .yaml or .yml", p)
		}
	}
	return files, nil
}

// readBounded reads a file of at most limit bytes.
func readBounded(name string, limit int) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, int64(limit)+1))
	if err == nil && len(data) > limit {
		err = fmt.Errorf("%s: with it there are more than %d bytes to read", name, limit)
	}
	return data, err
}

// instance asks a running Home Assistant.
func (i importHA) instance(ctx context.Context) (*homeassistant.House, fault.List, error) {
	token := os.Getenv(tokenEnv)
	if i.tokenFile != "" {
		data, err := readBounded(i.tokenFile, maxToken)
		if err != nil {
			return nil, nil, fmt.Errorf("reading the token: %w", err)
		}
		token = string(data)
	}
	if token = strings.TrimSpace(token); token == "" {
		return nil, nil, usage(fmt.Errorf("there is no access token; make a long-lived one on your profile's page in Home Assistant, "+
			"and put it into $%s or into a file for --token-file", tokenEnv))
	}
	client, err := house.HTTP(i.ca)
	if err != nil {
		return nil, nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	return homeassistant.ReadInstance(ctx, homeassistant.Instance{URL: i.url, Token: token, Client: client})
}
