// Package ort runs models in the ONNX format with Microsoft's ONNX Runtime
// (https://onnxruntime.ai). The library is no part of the program: [Open] finds
// and loads it at run time, and a program that never calls it needs none. Only
// Go types leave this package.
//
// A build without cgo compiles, and [Open] gives an error that says so.
package ort

// apiVersion is the least C API that the binding needs (ORT_API_VERSION of
// github.com/yalue/onnxruntime_go v1.27.0). ONNX Runtime 1.N has C API N.
const apiVersion = 24

// SessionOptions say how one model is run. The zero value suits most.
type SessionOptions struct {
	// Threads that one run computes with; 0: those of the [Runtime]'s Config.
	Threads int
	// Outputs chooses, by name, those of a model's outputs that are ever wanted;
	// the others are not computed. nil, or none chosen: all.
	Outputs func(all []Port) []string
}
