package onnx

// Batches cuts texts into batches, for the comparison with the bare runtime.
func Batches(lengths []int, do func(places []int) error) error { return batches(lengths, maxRows, do) }
