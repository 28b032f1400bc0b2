package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"

	"frontdesk/asr"
	"frontdesk/asr/exec"
	"frontdesk/asr/openai"
	"frontdesk/asr/whisper"
	"frontdesk/asr/wyoming"
	"frontdesk/internal/config"
	"frontdesk/internal/shelf"
)

// A speechEngine is one engine that is open.
type speechEngine struct {
	asr.Recognizer
	name string // as the configuration calls it
	what string // for people: which program, model or server
	// server is the host to which sound is sent; empty where it stays in this process
	// or is given to a program.
	server string
	close  func() error
}

// away says whether sound leaves this machine.
func (e *speechEngine) away() bool { return e.server != "" && !isHere(e.server) }

// isHere says whether a server is on this machine.
func isHere(server string) bool {
	host, _, err := net.SplitHostPort(server)
	if err != nil {
		host = strings.Trim(server, "[]")
	}
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

var speechKind = modelKind{shelf.Speech, "speech model", ""}

// openSpeechEngine opens the engine of a name.
func openSpeechEngine(ctx context.Context, cfg *config.Config, name string, log *slog.Logger) (*speechEngine, error) {
	switch name {
	case config.SpeechWhisper:
		return openWhisper(ctx, cfg, log)
	case config.SpeechOpenAI:
		e, err := openai.Open(cfg.Speech.OpenAI)
		if err != nil {
			return nil, err
		}
		return &speechEngine{Recognizer: e, name: name, what: e.String(), server: e.Host(), close: e.Close}, nil
	case config.SpeechWyoming:
		e, err := wyoming.Open(cfg.Speech.Wyoming)
		if err != nil {
			return nil, err
		}
		return &speechEngine{Recognizer: e, name: name, what: e.String(), server: e.Host(), close: nothingToClose}, nil
	case config.SpeechExec:
		folder, err := filepath.Abs(cfg.Dir)
		if err != nil {
			return nil, fmt.Errorf("finding the folder of the configuration: %w", err)
		}
		e, err := exec.New(cfg.Speech.Exec, folder)
		if err != nil {
			return nil, fmt.Errorf("speech.exec: %w", err)
		}
		return &speechEngine{Recognizer: e, name: name, what: "the program " + e.String(), close: e.Close}, nil
	}
	return nil, fmt.Errorf("there is no engine %q to recognise speech", name)
}

func openWhisper(ctx context.Context, cfg *config.Config, log *slog.Logger) (*speechEngine, error) {
	if !whisper.Built { // before a model is fetched in vain
		_, err := whisper.Open(ctx, "", cfg.Speech.Whisper)
		return nil, err
	}
	file, name, err := findSpeechModel(cfg)
	if err != nil {
		return nil, err
	}
	settings := cfg.Speech.Whisper
	settings.Language, settings.Log = cfg.Speech.Language, log
	e, err := whisper.Open(ctx, file, settings)
	if err != nil {
		return nil, fmt.Errorf("opening the speech model %s: %w", name, err)
	}
	return &speechEngine{Recognizer: e, name: config.SpeechWhisper, what: "whisper.cpp with " + name, close: e.Close}, nil
}

// findSpeechModel gives the file of the model that is configured, and its name.
func findSpeechModel(cfg *config.Config) (file, name string, err error) {
	p, err := findModel(cfg, cfg.Speech.Whisper.Model, true, speechKind)
	switch {
	case err != nil:
		return "", "", err
	case p.isFile:
		return p.path, p.name, nil
	case p.entry == nil:
		return "", "", fmt.Errorf("the speech model %s is a folder; name the file with it, in the format ggml", p.path)
	}
	file = filepath.Join(p.path, filepath.FromSlash(p.entry.Files[0].Path))
	if _, err := os.Stat(file); err != nil {
		return "", "", fmt.Errorf("the speech model %s is not whole: %w; fetch it again: frontdesk models pull %s", p.name, err, p.name)
	}
	return file, p.name, nil
}

// speechFiles gives the files that hearing depends on: the model's, where one is run
// here, and the dictionary.
func speechFiles(cfg *config.Config) (paths []string) {
	if c := cfg.Speech; c.Engine == config.SpeechWhisper || c.Fallback == config.SpeechWhisper {
		if file, _, err := findSpeechModel(cfg); err == nil { // else who opens it says so
			paths = append(paths, file)
		}
	}
	if cfg.Speech.Dictionary != "" {
		paths = append(paths, dictionaryPath(cfg))
	}
	return paths
}

// nothingToClose is of an engine that holds nothing.
func nothingToClose() error { return nil }

var errSpeechClosed = errors.New("the recogniser was closed")

// Whisper says which version of whisper.cpp this program has in it, and what of the
// processor that uses, such as "AVX2 FMA"; nothing where it has none.
func Whisper() (version, processor string) { return whisper.Version(), whisper.Processor() }
