package onnx_test

import (
	"context"
	"fmt"

	"frontdesk/internal/ort"
	"frontdesk/retrieval/onnx"
)

func Example() {
	runtime, err := ort.Open(ort.DefaultConfig())
	if err != nil {
		fmt.Println(err) // says how to get ONNX Runtime
		return
	}
	defer runtime.Close()
	model, err := onnx.Open(runtime, "models/all-MiniLM-L6-v2", onnx.Config{})
	if err != nil {
		fmt.Println(err) // everything that is wrong with the folder
		return
	}
	defer model.Close()
	vectors, err := model.Embed(context.Background(), []string{"I forgot my password", "where is my parcel"})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(len(vectors), "vectors of", model.Dim(), "numbers")
}

func ExampleReranker() {
	runtime, err := ort.Open(ort.DefaultConfig())
	if err != nil {
		fmt.Println(err)
		return
	}
	defer runtime.Close()
	reranker, err := onnx.OpenReranker(runtime, "models/ms-marco-MiniLM-L6-v2", onnx.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer reranker.Close()
	scores, err := reranker.Score(context.Background(), "how do I reset my password",
		[]string{"Open Settings and choose Reset password.", "Parcels arrive within two days."})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("the first text is the better answer:", scores[0] > scores[1])
}
