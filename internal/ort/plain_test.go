package ort

import (
	"errors"
	"testing"
)

func TestPlain(t *testing.T) {
	for _, c := range []struct{ said, want string }{
		{"Error creating C session from file: Load model from /models/a b/model.onnx failed:Protobuf parsing failed.", "Protobuf parsing failed."},
		{"Load model from m.onnx failed:/onnxruntime_src/onnxruntime/core/graph/graph.cc:1409 onnxruntime::Graph::Graph(const onnxruntime::Model&, const std::unordered_map<std::__cxx11::basic_string<char>, int>&, bool) This is an invalid model. Tensor 'w' does not have valid data type.",
			"Tensor 'w' does not have valid data type."},
		{"Exception during initialization: /onnxruntime_src/onnxruntime/core/optimizer/initializer.cc:51 onnxruntime::Initializer::Initializer(const onnx::TensorProto&, const std::filesystem::__cxx11::path&) [ONNXRuntimeError] : 1 : FAIL : tensorprotoutils.cc:1469 ValidateEmbeddedTensorProtoDataSizeAndShape Initializer 'w': raw_data size (0 bytes) does not match expected size (24 bytes)",
			"Initializer 'w': raw_data size (0 bytes) does not match expected size (24 bytes)"},
		{"Error running network: Non-zero status code returned while running ConstantOfShape node. Name:'c' Status Message: /onnxruntime_src/onnxruntime/core/framework/op_kernel.cc:83 virtual OrtValue* onnxruntime::OpKernelContext::OutputMLValue(int, const onnxruntime::TensorShape&) const [ONNXRuntimeError] : 1 : FAIL : Calculation for Tensor storage size overflowed",
			"running ConstantOfShape node. Name:'c' Status Message: Calculation for Tensor storage size overflowed"},
		{"/onnxruntime_src/a/onnxruntime.cc:1 std::enable_if_t<true> onnxruntime::f(int)::g(void (*)()) failed", "failed"},
		{"Error : ", "Error : "},
		{"a ) b", "a ) b"},
		{"Node (\x1b[31mred\n) is wrong\n", "Node ( [31mred ) is wrong"},
	} {
		if got := plain(errors.New(c.said)).Error(); got != c.want {
			t.Errorf("%q\n became %q\n want   %q", c.said, got, c.want)
		}
	}
	if plain(nil) != nil {
		t.Error("no error becomes one")
	}
}
