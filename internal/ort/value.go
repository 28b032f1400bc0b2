//go:build cgo

package ort

import (
	"fmt"
	"unsafe"

	onnx "github.com/yalue/onnxruntime_go"
)

// value gives a tensor to the library, which reads its data in place.
func value(t Tensor) (onnx.Value, error) {
	switch d := t.Data.(type) {
	case []float32:
		return typed(t.Shape, d)
	case []float64:
		return typed(t.Shape, d)
	case []int8:
		return typed(t.Shape, d)
	case []int16:
		return typed(t.Shape, d)
	case []int32:
		return typed(t.Shape, d)
	case []int64:
		return typed(t.Shape, d)
	case []uint8:
		return typed(t.Shape, d)
	case []uint16:
		return typed(t.Shape, d)
	case []uint32:
		return typed(t.Shape, d)
	case []uint64:
		return typed(t.Shape, d)
	case []bool:
		return custom(t.Shape, d, onnx.TensorElementDataTypeBool)
	case []Float16:
		return custom(t.Shape, d, onnx.TensorElementDataTypeFloat16)
	}
	return nil, fmt.Errorf("%T is no tensor's data", t.Data)
}

func typed[T onnx.TensorData](shape []int64, data []T) (onnx.Value, error) {
	if len(shape) == 0 {
		v, err := onnx.NewScalar(data[0])
		return checked(v, err)
	}
	v, err := onnx.NewTensor(onnx.Shape(shape), data)
	return checked(v, err)
}

// custom gives data to the library that the binding has no type for.
func custom[T bool | Float16](shape []int64, data []T, is onnx.TensorElementDataType) (onnx.Value, error) {
	if len(shape) == 0 || len(data) == 0 {
		return nil, fmt.Errorf("a tensor of shape %v is not possible for this type", shape)
	}
	raw := unsafe.Slice((*byte)(unsafe.Pointer(&data[0])), uintptr(len(data))*unsafe.Sizeof(data[0]))
	v, err := onnx.NewCustomDataTensor(onnx.Shape(shape), raw, is)
	return checked(v, err)
}

// checked keeps a nil pointer from becoming a value that is not nil.
func checked[V onnx.Value](v V, err error) (onnx.Value, error) {
	if err != nil {
		return nil, err
	}
	return v, nil
}

// tensor gives what the library has computed.
func tensor(name string, v onnx.Value) (Tensor, error) {
	t := Tensor{Name: name, Shape: v.GetShape()}
	switch v := v.(type) {
	case *onnx.Tensor[float32]:
		t.Data = v.GetData()
	case *onnx.Tensor[float64]:
		t.Data = v.GetData()
	case *onnx.Tensor[int8]:
		t.Data = v.GetData()
	case *onnx.Tensor[int16]:
		t.Data = v.GetData()
	case *onnx.Tensor[int32]:
		t.Data = v.GetData()
	case *onnx.Tensor[int64]:
		t.Data = v.GetData()
	case *onnx.Tensor[uint8]:
		t.Data = v.GetData()
	case *onnx.Tensor[uint16]:
		t.Data = v.GetData()
	case *onnx.Tensor[uint32]:
		t.Data = v.GetData()
	case *onnx.Tensor[uint64]:
		t.Data = v.GetData()
	case *onnx.Tensor[bool]:
		t.Data = v.GetData()
	default:
		return t, fmt.Errorf("output %q is of a type that is not supported (%T)", name, v)
	}
	return t, nil
}
