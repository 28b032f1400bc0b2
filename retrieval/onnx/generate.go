package onnx

//go:generate go test ./onnxtest -run TestCommitted -update
