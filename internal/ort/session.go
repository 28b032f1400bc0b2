//go:build cgo

package ort

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	onnx "github.com/yalue/onnxruntime_go"
)

// A Session is a model that is ready to run. It is safe for concurrent use.
type Session struct {
	inputs, outputs []Port
	model           *onnx.DynamicAdvancedSession

	mu      sync.Mutex
	closed  bool
	running sync.WaitGroup
}

// OpenSession reads a model from a file. It must be closed.
func (r *Runtime) OpenSession(file string, o SessionOptions) (*Session, error) {
	d, err := readModel(file)
	if err == nil {
		var s *Session
		s, err = r.openSession(d, o, func(in, out []string, options *onnx.SessionOptions) (*onnx.DynamicAdvancedSession, error) {
			return onnx.NewDynamicAdvancedSession(file, in, out, options)
		})
		if err == nil {
			return s, nil
		}
	}
	return nil, fmt.Errorf("opening the model %s: %w", file, err)
}

// OpenModel is [Runtime.OpenSession] of a model that the program carries within
// itself; name stands for it in errors. The bytes are not kept.
func (r *Runtime) OpenModel(name string, model []byte, o SessionOptions) (*Session, error) {
	d, err := readDeclaration(bytes.NewReader(model), int64(len(model)))
	if err == nil {
		var s *Session
		s, err = r.openSession(d, o, func(in, out []string, options *onnx.SessionOptions) (*onnx.DynamicAdvancedSession, error) {
			return onnx.NewDynamicAdvancedSessionWithONNXData(model, in, out, options)
		})
		if err == nil {
			return s, nil
		}
	}
	return nil, fmt.Errorf("opening the model %s: %w", name, err)
}

func (r *Runtime) openSession(d declaration, o SessionOptions,
	open func(in, out []string, options *onnx.SessionOptions) (*onnx.DynamicAdvancedSession, error)) (_ *Session, err error) {
	s := &Session{inputs: d.inputs, outputs: d.outputs}
	if o.Outputs != nil {
		if chosen := o.Outputs(s.Outputs()); len(chosen) > 0 {
			s.outputs = slices.DeleteFunc(s.Outputs(), func(p Port) bool { return !slices.Contains(chosen, p.Name) })
		}
		if len(s.outputs) == 0 {
			return nil, fmt.Errorf("the model has none of the outputs that were chosen; it has %s", portNames(d.outputs))
		}
	}
	if err := r.use(); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, release())
		}
	}()
	options, err := r.options(o)
	if err != nil {
		return nil, err
	}
	defer options.Destroy() // it never fails for options that are there
	s.model, err = open(names(s.inputs), names(s.outputs), options)
	if err != nil {
		return nil, plain(err)
	}
	return s, nil
}

// options are those that suit short texts. Measured with the shape of
// all-MiniLM-L6-v2, sentences of 5 to 30 words and two processors, in texts a
// second, one by one and in batches of 8 of like length:
//
//   - 248 and 364 as here;
//   - 155 and 278 without spinning (allow_spinning is on by default: a thread
//     that waits for work keeps its processor busy for some milliseconds);
//   - 216 and 331 with memory patterns, which are kept for every new shape besides;
//   - 209 and 308 without the arena;
//   - 152 and 248 with one thread; two runs at once of such a session 206 and 277.
func (r *Runtime) options(o SessionOptions) (_ *onnx.SessionOptions, err error) {
	threads, err := r.threads(o)
	if err != nil {
		return nil, err
	}
	options, err := onnx.NewSessionOptions()
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, options.Destroy())
		}
	}()
	for _, set := range []error{
		options.SetIntraOpNumThreads(threads),
		options.SetInterOpNumThreads(1),
		options.SetExecutionMode(onnx.ExecutionModeSequential),
		options.SetGraphOptimizationLevel(onnx.GraphOptimizationLevelEnableAll),
		options.SetCpuMemArena(true),
		options.SetMemPattern(false),
		options.SetLogSeverityLevel(onnx.LoggingLevelFatal),
	} {
		if set != nil {
			return nil, set
		}
	}
	return options, r.provide(options)
}

// provide chooses the execution provider.
func (r *Runtime) provide(options *onnx.SessionOptions) error {
	var err error
	switch r.config.Provider {
	case CPU:
		return nil
	case CUDA:
		var cuda *onnx.CUDAProviderOptions
		if cuda, err = onnx.NewCUDAProviderOptions(); err == nil {
			err = errors.Join(options.AppendExecutionProviderCUDA(cuda), cuda.Destroy())
		}
	case CoreML:
		err = options.AppendExecutionProvider("CoreML", nil)
	}
	if err != nil {
		return fmt.Errorf("onnxruntime.provider: %s is not there in the library %s or on this machine: %w; "+
			"use a library that has it, or provider: cpu", r.config.Provider, r.file, plain(err))
	}
	return nil
}

func names(ports []Port) []string {
	all := make([]string, len(ports))
	for i, p := range ports {
		all[i] = p.Name
	}
	return all
}

// Inputs are those of the model, in its order.
func (s *Session) Inputs() []Port { return slices.Clone(s.inputs) }

// Outputs are those of the model, in its order.
func (s *Session) Outputs() []Port { return slices.Clone(s.outputs) }

// Close waits for the runs that have begun, and gives the model's memory back.
// It must not be called from within a run's function. A second Close does
// nothing.
func (s *Session) Close() error {
	s.mu.Lock()
	closed := s.closed
	s.closed = true
	s.mu.Unlock()
	if closed {
		return nil
	}
	s.running.Wait()
	return errors.Join(s.model.Destroy(), release())
}

// begin counts a run, unless the session is closed.
func (s *Session) begin() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return errors.New("the model is closed")
	}
	s.running.Add(1)
	return nil
}

// Run computes the outputs that are named, in their order, from all inputs of
// the model, in any order, and calls use with them. They hold memory that is
// given back afterwards: use must copy what it keeps. The error is that of use,
// or says which input does not fit, what ONNX Runtime reports, or that ctx has
// ended, upon which the computation stops.
func (s *Session) Run(ctx context.Context, inputs []Tensor, outputs []string, use func(outputs []Tensor) error) error {
	at := make([]int, len(outputs))
	for i, name := range outputs {
		var err error
		if at[i], err = s.output(name); err != nil {
			return err
		}
	}
	return s.compute(ctx, inputs, nil, func(out []onnx.Value) error {
		results := make([]Tensor, len(outputs))
		for i, name := range outputs {
			var err error
			if results[i], err = tensor(name, out[at[i]]); err != nil {
				return err
			}
		}
		return use(results)
	})
}

// RunInto is Run for a caller who knows the shapes of the outputs: they are
// written into the data of outputs, which may be used again for the next run.
// This saves what Run copies, and is the only way to have float16 ones, for
// which the binding makes no room itself.
func (s *Session) RunInto(ctx context.Context, inputs, outputs []Tensor) error {
	for _, t := range outputs {
		at, err := s.output(t.Name)
		if err != nil {
			return err
		}
		if err := s.outputs[at].fits(t); err != nil {
			return fmt.Errorf("room for the output %w", err)
		}
	}
	return s.compute(ctx, inputs, outputs, nil)
}

func (s *Session) output(name string) (int, error) {
	at := slices.IndexFunc(s.outputs, func(p Port) bool { return p.Name == name })
	if at < 0 {
		return 0, fmt.Errorf("the model has no output %q; it has %s", name, portNames(s.outputs))
	}
	return at, nil
}

// compute runs the model and lets use, which may be nil, see all outputs; room
// is where some of them are written.
func (s *Session) compute(ctx context.Context, inputs, room []Tensor, use func([]onnx.Value) error) error {
	if err := context.Cause(ctx); err != nil {
		return err
	}
	if len(inputs) != len(s.inputs) {
		return fmt.Errorf("%d inputs were given, and the model has %s", len(inputs), portNames(s.inputs))
	}
	if err := s.begin(); err != nil {
		return err
	}
	defer s.running.Done()
	values := make([]onnx.Value, len(s.inputs)+len(s.outputs))
	defer func() {
		for _, v := range values {
			if v != nil {
				v.Destroy() // it never fails
			}
		}
	}()
	for i, p := range s.inputs {
		at := slices.IndexFunc(inputs, func(t Tensor) bool { return t.Name == p.Name })
		if at < 0 {
			return fmt.Errorf("the input %q is missing; the model has %s", p.Name, portNames(s.inputs))
		}
		if err := p.fits(inputs[at]); err != nil {
			return fmt.Errorf("the input %w", err)
		}
		var err error
		if values[i], err = value(inputs[at]); err != nil {
			return fmt.Errorf("the input %q: %w", p.Name, plain(err))
		}
	}
	in, out := values[:len(s.inputs)], values[len(s.inputs):]
	for _, t := range room {
		at, err := s.output(t.Name)
		if err != nil {
			return err
		}
		if out[at] != nil {
			return fmt.Errorf("room for the output %q was given twice", t.Name)
		}
		if out[at], err = value(t); err != nil {
			return fmt.Errorf("room for the output %q: %w", t.Name, plain(err))
		}
	}
	if err := s.run(ctx, in, out); err != nil {
		return err
	}
	if use == nil {
		return nil
	}
	return use(out)
}

// run computes, and stops when ctx ends.
func (s *Session) run(ctx context.Context, inputs, outputs []onnx.Value) error {
	if ctx.Done() == nil {
		return plain(s.model.Run(inputs, outputs))
	}
	options, err := onnx.NewRunOptions()
	if err != nil {
		return plain(err)
	}
	defer options.Destroy() // it never fails for options that are there
	ended := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(ended)
		options.Terminate() // it never fails for options that are there
	})
	err = s.model.RunWithOptions(inputs, outputs, options)
	if !stop() {
		<-ended // the options must not go while they are used
	}
	if cause := context.Cause(ctx); err != nil && cause != nil {
		return cause
	}
	return plain(err)
}
