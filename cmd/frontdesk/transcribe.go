package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"frontdesk/asr"
	"frontdesk/asr/audio"
	"frontdesk/internal/app"
	"frontdesk/internal/config"

	"github.com/bmatcuk/doublestar/v4"
	"github.com/spf13/cobra"
)

// Bounds of a recording of one's own, which may be a lecture. At the longest it
// takes about a gigabyte of memory.
const (
	maxRecordingBytes  = 500 << 20
	maxRecordingLength = 3 * time.Hour
	maxFFmpegTime      = 10 * time.Minute
	mostRecordings     = 100_000 // that patterns may name
)

// A transcribing is how files are transcribed, and what is printed of it.
type transcribing struct {
	json, srt, vtt   bool
	out              string
	language, engine string
}

func newTranscribe(c *cli) *cobra.Command {
	var tr transcribing
	cmd := &cobra.Command{
		Use:   "transcribe FILES...",
		Short: "Write down what is said in recordings",
		Long: "Write down what is said in recordings, with the engine that the section speech: of the\n" +
			"configuration names. WAV, FLAC, MP3 and Ogg/Opus are read as they are, others such as M4A\n" +
			"and WebM where ffmpeg is installed; up to three hours and 500 MiB each. FILES may be\n" +
			"patterns such as \"calls/**/*.ogg\", and - is the standard input.\n\n" +
			"A file that cannot be read does not stop the others; it is named at the end, and the exit\n" +
			"code is 1 then. After Ctrl-C, what is done by then is still written.",
		Example: "  frontdesk transcribe memo.m4a\n  frontdesk transcribe --json calls/*.wav > calls.jsonl\n  frontdesk transcribe --srt -o talk.srt talk.mp3",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if tr.json && (tr.srt || tr.vtt) || tr.srt && tr.vtt {
				return usage(errors.New("choose one of --json, --srt and --vtt"))
			}
			ctx, stop := interruptible(cmd)
			defer stop()
			cfg, err := c.load()
			if err != nil {
				return err
			}
			if err := tr.apply(cfg); err != nil {
				return err
			}
			return c.transcribe(ctx, cfg, tr, args)
		},
	}
	cmd.Flags().BoolVar(&tr.json, "json", false, "print each as a JSON object on a line of its own")
	cmd.Flags().BoolVar(&tr.srt, "srt", false, "print subtitles in the form SubRip")
	cmd.Flags().BoolVar(&tr.vtt, "vtt", false, "print subtitles in the form WebVTT")
	cmd.Flags().StringVarP(&tr.out, "output", "o", "", "write to this `file`; for subtitles of several recordings a folder (default: beside each)")
	cmd.Flags().StringVar(&tr.language, "language", "", "the `language` that is spoken, such as en (default: that of the configuration)")
	cmd.Flags().StringVar(&tr.engine, "engine", "", "the `name` of the engine (default: that of the configuration)")
	must(cmd.MarkFlagFilename("output"))
	must(cmd.RegisterFlagCompletionFunc("engine", cobra.FixedCompletions(config.SpeechEngines(), cobra.ShellCompDirectiveNoFileComp)))
	return cmd
}

// apply has the flags hold in place of the configuration.
func (tr transcribing) apply(cfg *config.Config) (err error) {
	if tr.engine != "" {
		cfg.Speech.Engine = tr.engine
		if cfg.Speech.Fallback == tr.engine {
			cfg.Speech.Fallback = ""
		}
	}
	cfg.Speech.Language = cmp.Or(tr.language, cfg.Speech.Language)
	if tr.engine == "" && tr.language == "" {
		return nil
	}
	cfg.Speech.Check(func(key, what, do string) {
		if err == nil {
			err = usage(fmt.Errorf("--%s: %s; %s", strings.TrimPrefix(key, "speech."), what, do))
		}
	})
	return err
}

// subtitles tells whether the result is one of them, and how such a file is called.
func (tr transcribing) subtitles() (ext string, ok bool) {
	switch {
	case tr.srt:
		return ".srt", true
	case tr.vtt:
		return ".vtt", true
	}
	return "", false
}

// transcribe writes down what is said in files.
func (c *cli) transcribe(ctx context.Context, cfg *config.Config, tr transcribing, args []string) (err error) {
	files, err := recordings(args)
	if err != nil {
		return err
	}
	w, err := tr.writer(c, files)
	if err != nil {
		return err
	}
	speech, err := app.OpenSpeech(ctx, cfg, app.Options{Log: c.log, Warn: c.warn})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, speech.Close()) }()

	b := bars{c: c}
	defer b.finish()
	show := b.stages()
	var failed []error
	done := 0
	for i, file := range files {
		if ctx.Err() != nil {
			break
		}
		if show != nil {
			show("transcribing "+filepath.Base(file), i, len(files))
		}
		t, err := c.transcribeFile(ctx, speech, file)
		if err != nil && ctx.Err() != nil {
			break
		}
		if err != nil {
			failed = append(failed, fmt.Errorf("%s: %w", file, err))
		}
		b.clear()
		if err := w.add(file, t, err); err != nil {
			return err
		}
		done++
	}
	b.finish()
	if err := w.close(); err != nil {
		return err
	}
	for _, err := range failed {
		report(c.err, err)
	}
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("stopped: %d of %d files are done", done, len(files))
	case len(failed) > 0:
		return silently(codeFailure)
	}
	return nil
}

// recordings gives the files that arguments name, each once, in their order.
func recordings(args []string) (files []string, err error) {
	seen := map[string]bool{}
	for _, arg := range args {
		found := []string{arg}
		if _, err := os.Lstat(arg); arg != "-" && err != nil && strings.ContainsAny(arg, "*?[{") {
			found, err = doublestar.FilepathGlob(arg, doublestar.WithFilesOnly())
			switch {
			case errors.Is(err, doublestar.ErrBadPattern):
				return nil, usage(fmt.Errorf("%s: there is no such file, and as a pattern it has a bracket that is never closed", arg))
			case err != nil:
				return nil, fmt.Errorf("%s: %w", arg, plainError(err))
			case len(found) == 0:
				found = []string{arg} // it is then named as what is not there
			}
		}
		for _, file := range found {
			if !seen[file] {
				seen[file] = true
				files = append(files, file)
			}
		}
		if len(files) > mostRecordings {
			return nil, usage(fmt.Errorf("that is more than %d files; transcribe them in several runs", mostRecordings))
		}
	}
	return files, nil
}

func (c *cli) transcribeFile(ctx context.Context, speech asr.Recognizer, file string) (asr.Transcript, error) {
	clip, err := c.recording(ctx, file, audio.Options{MaxBytes: maxRecordingBytes, MaxLength: maxRecordingLength, FFmpegTime: maxFFmpegTime})
	if err != nil {
		return asr.Transcript{}, err
	}
	return speech.Transcribe(ctx, clip, asr.Hints{})
}

// recording reads a sound file, or the standard input where it is named -.
func (c *cli) recording(ctx context.Context, file string, o audio.Options) (asr.Clip, error) {
	in := c.stdin(ctx)
	if file != "-" {
		f, err := os.Open(file)
		if err != nil {
			return asr.Clip{}, plainError(err)
		}
		defer f.Close()
		if info, err := f.Stat(); err != nil {
			return asr.Clip{}, plainError(err)
		} else if info.IsDir() {
			return asr.Clip{}, fmt.Errorf("it is a folder; name the files in it, as in %s", filepath.Join(file, "*.wav"))
		}
		in = f
	}
	// One byte more than is allowed tells that it is too large.
	data, err := io.ReadAll(io.LimitReader(in, int64(o.MaxBytes)+1))
	if err != nil {
		return asr.Clip{}, plainError(err)
	}
	return audio.Decode(ctx, data, o)
}

// plainError gives what went wrong with a file without its name, which is said already or
// is that of a file beside it, which nobody knows of.
func plainError(err error) error {
	if p, ok := errors.AsType[*os.PathError](err); ok {
		return p.Err
	}
	return err
}

// writer gives what prints the results.
func (tr transcribing) writer(c *cli, files []string) (transcripts, error) {
	ext, subtitles := tr.subtitles()
	if subtitles {
		return newSubtitleFiles(c, ext, tr.out, files)
	}
	w := &transcriptLines{c: c, file: tr.out, inputs: files, json: tr.json}
	if tr.out == "" || tr.out == "-" {
		w.to = c.out
	} else {
		w.to = &w.kept
	}
	w.widths(files)
	return w, nil
}

// transcripts take the results in, one after another. Of a file that failed there
// is an error and no transcript.
type transcripts interface {
	add(file string, t asr.Transcript, err error) error
	close() error
}

// transcriptLines print a line for each file, as soon as it is there; into a file
// they are written at the end, all or none.
type transcriptLines struct {
	c      *cli
	file   string
	inputs []string
	json   bool
	to     io.Writer
	kept   bytes.Buffer
	width  int  // of the names
	headed bool // the head of the table is written
}

func (w *transcriptLines) close() error {
	if w.to != &w.kept {
		return nil
	}
	return writeTo(w.file, w.c.out, w.inputs, func(out io.Writer) error {
		_, err := out.Write(w.kept.Bytes())
		return err
	})
}
