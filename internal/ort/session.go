//go:build cgo

package ort

import (
	"context"
	"errors"
	"fmt"
	"os"
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
	s, err := r.openSession(file, o)
	if err != nil {
		return nil, fmt.Errorf("opening the model %s: %w", file, err)
	}
	return s, nil
}

func (r *Runtime) openSession(file string, o SessionOptions) (_ *Session, err error) {
	info, err := os.Stat(file)
	switch {
	case err != nil:
		return nil, brief(err)
	case !info.Mode().IsRegular():
		return nil, errors.New("it is no file")
	case info.Size() == 0:
		return nil, errors.New("it is empty")
	}
	env.Lock()
	if env.users == 0 {
		env.Unlock()
		return nil, errors.New("ONNX Runtime is closed")
	}
	env.users++
	env.Unlock()
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
	in, out, err := onnx.GetInputOutputInfoWithOptions(file, options)
	if err != nil {
		return nil, err
	}
	s := &Session{inputs: ports(in), outputs: ports(out)}
	if len(s.inputs) == 0 || len(s.outputs) == 0 {
		return nil, errors.New("the model has no input or no output")
	}
	if o.Outputs != nil {
		if chosen := o.Outputs(s.Outputs()); len(chosen) > 0 {
			s.outputs = slices.DeleteFunc(s.outputs, func(p Port) bool { return !slices.Contains(chosen, p.Name) })
		}
	}
	s.model, err = onnx.NewDynamicAdvancedSession(file, names(s.inputs), names(s.outputs), options)
	return s, err
}

// options are those that suit short texts.
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
			"use a library that has it, or provider: cpu", r.config.Provider, r.file, err)
	}
	return nil
}

func ports(infos []onnx.InputOutputInfo) []Port {
	all := make([]Port, len(infos))
	for i, p := range infos {
		all[i] = Port{Name: p.Name, Shape: slices.Clone(p.Dimensions)}
		if t := Type(p.DataType); p.OrtValueType == onnx.ONNXTypeTensor && typeNames[t] != "" {
			all[i].Type = t
		}
	}
	return all
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
	if err := context.Cause(ctx); err != nil {
		return err
	}
	in, err := s.order(inputs)
	if err != nil {
		return err
	}
	wanted := make([]int, len(outputs))
	for i, name := range outputs {
		if wanted[i] = slices.IndexFunc(s.outputs, func(p Port) bool { return p.Name == name }); wanted[i] < 0 {
			return fmt.Errorf("the model has no output %q; it has %s", name, portNames(s.outputs))
		}
	}
	if err := s.begin(); err != nil {
		return err
	}
	defer s.running.Done()

	values := make([]onnx.Value, 0, len(in)+len(s.outputs))
	defer func() {
		for _, v := range values {
			if v != nil {
				v.Destroy() // it never fails
			}
		}
	}()
	for _, t := range in {
		v, err := value(t)
		if err != nil {
			return fmt.Errorf("input %q: %w", t.Name, err)
		}
		values = append(values, v)
	}
	values = values[:len(in)+len(s.outputs)]
	if err := s.run(ctx, values[:len(in)], values[len(in):]); err != nil {
		return err
	}
	results := make([]Tensor, len(outputs))
	for i, o := range wanted {
		if results[i], err = tensor(s.outputs[o].Name, values[len(in)+o]); err != nil {
			return err
		}
	}
	return use(results)
}

// run computes, and stops when ctx ends.
func (s *Session) run(ctx context.Context, inputs, outputs []onnx.Value) error {
	if ctx.Done() == nil {
		return s.model.Run(inputs, outputs)
	}
	options, err := onnx.NewRunOptions()
	if err != nil {
		return err
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
	return err
}

// order gives the inputs in the order of the model, when they fit.
func (s *Session) order(inputs []Tensor) ([]Tensor, error) {
	if len(inputs) != len(s.inputs) {
		return nil, fmt.Errorf("%d inputs were given, and the model has %s", len(inputs), portNames(s.inputs))
	}
	in := make([]Tensor, len(inputs))
	for i, p := range s.inputs {
		at := slices.IndexFunc(inputs, func(t Tensor) bool { return t.Name == p.Name })
		if at < 0 {
			return nil, fmt.Errorf("input %q is missing; the model has %s", p.Name, portNames(s.inputs))
		}
		if err := p.fits(inputs[at]); err != nil {
			return nil, err
		}
		in[i] = inputs[at]
	}
	return in, nil
}
