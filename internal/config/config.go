// Package config reads config.yaml, strictly: every fault of the file is
// reported at once, with its line and column and with what to do. Each part of
// the program owns the settings of its section, with their defaults and checks;
// this package puts them together.
package config

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path"
	"path/filepath"
	"strings"

	"frontdesk/adapters/discord"
	"frontdesk/adapters/mic"
	"frontdesk/adapters/slack"
	"frontdesk/adapters/terminal"
	"frontdesk/bot"
	"frontdesk/bot/dispatch"
	"frontdesk/bot/dispatch/homeassistant"
	"frontdesk/bot/dispatch/mqtt"
	"frontdesk/bot/journal"
	"frontdesk/internal/ort"
	"frontdesk/internal/shelf"
	"frontdesk/knowledge"
	"frontdesk/retrieval"

	"github.com/adrg/xdg"
)

const (
	formatNumber = 1
	maxSize      = 1 << 20 // bytes of the file
	appName      = "frontdesk"
	fileName     = "config.yaml"
	// envFile names the file to use where no flag does.
	envFile = "FRONTDESK_CONFIG"
)

// A Config is a whole configuration.
type Config struct {
	File string // where it was read from, for people
	FS   fs.FS  // what the knowledge is read from; nil: the operating system's files
	Dir  string // the folder from which the paths of the knowledge count

	DataDir     string // where the program writes; absolute
	Embedding   Embedding
	ONNXRuntime ort.Config   // the library that it names is absolute
	Models      shelf.Config // the file that it names is absolute
	DefaultBase string       // one of Bases
	Bases       map[string]Base
	People      map[string]dispatch.Person // by name

	Conversations bot.Config
	Journal       journal.Config
	MQTT          mqtt.Config // the files that it names are absolute
	Terminal      terminal.Config
	Slack         slack.Config
	Discord       discord.Config
	HomeAssistant homeassistant.Config
	Speech        Speech
	Mic           mic.Config // the files that it names are absolute
	HTTP          HTTP       // the files that it names are absolute
	Log           Log

	digest [sha256.Size]byte // of the file as it was read
}

// A Base is one base of knowledge and how it answers.
type Base struct {
	Knowledge []string          // files, folders and globs
	Handover  string            // Markdown, shown when something is not known; may be empty
	Experts   bot.Address       // to whom questions may be handed on; empty for nobody
	Allow     *knowledge.Rights // of commands that say nothing of their own; nil for nobody
	Propose   *knowledge.Rights // of proposing new entries; nil for nobody
	Retrieval retrieval.Config
}

// Log says what is logged, and how.
type Log struct {
	Level slog.Level
	JSON  bool // one JSON object a line, else text
}

// Find gives the configuration file to use: the one that was asked for, the
// one that $FRONTDESK_CONFIG names, config.yaml in the current folder, or
// frontdesk/config.yaml in the user's configuration folder (as the XDG Base
// Directory Specification has it). It gives "" when there is none.
func Find(asked string) string {
	if asked != "" {
		return asked
	}
	if named := os.Getenv(envFile); named != "" {
		return named
	}
	if _, err := os.Stat(fileName); err == nil {
		return fileName
	}
	if found, err := xdg.SearchConfigFile(filepath.Join(appName, fileName)); err == nil {
		return found
	}
	return ""
}

// Load reads a configuration file from the operating system (fsys nil), or one
// that is built in. Paths of knowledge count from the file's folder, and so
// do a data_dir, a library, a catalogue and certificates that are not absolute. A file at fault gives a [fault.List].
func Load(fsys fs.FS, name string) (*Config, error) {
	data, err := read(fsys, name)
	if err != nil {
		return nil, fmt.Errorf("reading the configuration %s: %w", name, err)
	}
	c := &Config{File: name, FS: fsys, Dir: filepath.Dir(name), digest: sha256.Sum256(data)}
	if fsys != nil {
		c.File, c.Dir = name+" (built in)", path.Dir(name)
	}
	if err := c.parse(name, data).Err(); err != nil {
		return nil, err
	}
	if c.DataDir, err = dataDir(c.DataDir, filepath.Dir(name)); err != nil {
		return nil, fmt.Errorf("finding the data_dir: %w", err)
	}
	if c.ONNXRuntime.Library != "" {
		if c.ONNXRuntime.Library, err = absolute(c.ONNXRuntime.Library, filepath.Dir(name)); err != nil {
			return nil, fmt.Errorf("finding the library of ONNX Runtime: %w", err)
		}
	}
	if c.Models.Catalogue != "" {
		if c.Models.Catalogue, err = absolute(c.Models.Catalogue, filepath.Dir(name)); err != nil {
			return nil, fmt.Errorf("finding the catalogue of models: %w", err)
		}
	}
	if c.MQTT, err = c.MQTT.Resolve(func(path string) (string, error) { return absolute(path, filepath.Dir(name)) }); err != nil {
		return nil, fmt.Errorf("finding the certificates for the MQTT broker: %w", err)
	}
	if c.HomeAssistant.CA != "" {
		if c.HomeAssistant.CA, err = absolute(c.HomeAssistant.CA, filepath.Dir(name)); err != nil {
			return nil, fmt.Errorf("finding the certificates of Home Assistant: %w", err)
		}
	}
	if c.Mic, err = c.Mic.Resolve(func(path string) (string, error) { return absolute(path, filepath.Dir(name)) }); err != nil {
		return nil, fmt.Errorf("finding the models of the microphone: %w", err)
	}
	for _, file := range []*string{&c.HTTP.TLS.Cert, &c.HTTP.TLS.Key} {
		if *file == "" {
			continue
		}
		if *file, err = absolute(*file, filepath.Dir(name)); err != nil {
			return nil, fmt.Errorf("finding the certificate for HTTP: %w", err)
		}
	}
	return c, nil
}

// Edited says whether the file is no longer the one that was read, or is gone.
func (c *Config) Edited() bool {
	if c.FS != nil {
		return false
	}
	data, err := read(nil, c.File)
	return err != nil || sha256.Sum256(data) != c.digest
}

// Path gives where a path leads that stands in the configuration, such as that
// of a model: it counts from the file's folder, or begins with ~/.
func (c *Config) Path(text string) (string, error) { return absolute(text, c.Dir) }

func read(fsys fs.FS, name string) ([]byte, error) {
	var f fs.File
	var err error
	if fsys == nil {
		f, err = os.Open(name)
	} else {
		f, err = fsys.Open(name)
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxSize+1))
	if err == nil && len(data) > maxSize {
		err = errors.New("the file is larger than 1 MiB")
	}
	return data, err
}

// dataDir gives the folder for what the program writes.
func dataDir(dir, from string) (string, error) {
	if dir == "" {
		return filepath.Join(xdg.StateHome, appName), nil
	}
	return absolute(dir, from)
}

// absolute gives a path that may begin at the home folder or at from.
func absolute(dir, from string) (string, error) {
	if dir == "~" || strings.HasPrefix(dir, "~/") {
		home, err := os.UserHomeDir()
		if err != nil {
			return "", err
		}
		return filepath.Join(home, dir[1:]), nil
	}
	if !filepath.IsAbs(dir) {
		dir = filepath.Join(from, dir)
	}
	return filepath.Abs(dir)
}
