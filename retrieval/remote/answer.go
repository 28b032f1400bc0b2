package remote

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"
)

// question is what is asked.
type question struct {
	Model      string   `json:"model"`
	Input      []string `json:"input"`
	Format     string   `json:"encoding_format"`
	Dimensions int      `json:"dimensions,omitempty"`
}

// answer is what comes back. A server may say more.
type answer struct {
	Data []struct {
		Index     *int   `json:"index"`
		Embedding vector `json:"embedding"`
	} `json:"data"`
}

// A vector is a list of numbers, or float32s, little endian, in base64.
type vector []float32

// UnmarshalJSON implements [json.Unmarshaler].
func (v *vector) UnmarshalJSON(text []byte) error {
	if len(text) > 0 && text[0] == '"' {
		var packed []byte // JSON takes bytes as base64
		if err := json.Unmarshal(text, &packed); err != nil {
			return fmt.Errorf("a vector in base64: %w", err)
		}
		if len(packed)%4 != 0 {
			return errors.New("a vector in base64 that has no whole numbers")
		}
		*v = make(vector, len(packed)/4)
		for i := range *v {
			(*v)[i] = math.Float32frombits(binary.LittleEndian.Uint32(packed[4*i:]))
		}
		return nil
	}
	// Some servers write null for a number that is none, which would be read as 0.
	if bytes.Contains(text, []byte("null")) {
		return errors.New("a vector with a number that is none")
	}
	var list []float32
	if err := json.Unmarshal(text, &list); err != nil {
		return err
	}
	*v = list
	return nil
}

// read gives the vectors of an answer to n texts in the order of the texts, of
// one length that is not 0, each of length 1 or all zeros.
func read(body []byte, n int) ([][]float32, error) {
	var a answer
	if err := json.Unmarshal(body, &a); err != nil {
		if _, bad := errors.AsType[base64.CorruptInputError](err); bad {
			return nil, errors.New("a vector that is no base64")
		}
		return nil, fmt.Errorf("no answer of this API: %w", err)
	}
	if len(a.Data) != n {
		return nil, fmt.Errorf("%d vectors for %d texts", len(a.Data), n)
	}
	out := make([][]float32, n)
	for i, d := range a.Data {
		at := i
		if d.Index != nil {
			at = *d.Index
		}
		if at < 0 || at >= n || out[at] != nil {
			return nil, fmt.Errorf("a vector for the text %d, which was not asked for or has one already", at)
		}
		if err := normalize(d.Embedding); err != nil {
			return nil, err
		}
		if len(d.Embedding) != len(a.Data[0].Embedding) {
			return nil, fmt.Errorf("vectors of %d and of %d numbers", len(a.Data[0].Embedding), len(d.Embedding))
		}
		out[at] = d.Embedding
	}
	return out, nil
}

// normalize brings a vector to length 1; one of zeros stays.
func normalize(v vector) error {
	if len(v) == 0 || len(v) > maxDimensions {
		return fmt.Errorf("a vector of %d numbers", len(v))
	}
	sum := 0.0
	for _, x := range v {
		if x-x != 0 {
			return fmt.Errorf("a vector that holds the number %v", x)
		}
		sum += float64(x) * float64(x)
	}
	if sum == 0 {
		return nil
	}
	length := math.Sqrt(sum)
	for i, x := range v {
		v[i] = float32(float64(x) / length)
	}
	return nil
}
