package whisper

import (
	"bytes"
	"errors"
	"io"
)

// maxVAD bounds a voice-activity detector's file; Silero's has 0.9 MB.
const maxVAD = 4 << 20

// vadHead is how the file of Silero VAD begins after its name and version: what
// whisper.cpp computes with is fixed in its code but for these numbers, and it
// believes them.
var vadHead = []int32{512, 64, 4, 129, 128, 3, 128, 64, 3, 64, 64, 3, 64, 128, 3, 128, 128, 128, 1}

// vadTensors are what whisper_vad_init_with_params expects of such a file.
func vadTensors() map[string]tensor {
	single, half := weightTypes[0], weightTypes[1]
	return map[string]tensor{
		"_model.stft.forward_basis_buffer":     {[3]int32{256, 1, 258}, half},
		"_model.encoder.0.reparam_conv.weight": {[3]int32{3, 129, 128}, half},
		"_model.encoder.0.reparam_conv.bias":   {[3]int32{128, 1, 1}, single},
		"_model.encoder.1.reparam_conv.weight": {[3]int32{3, 128, 64}, half},
		"_model.encoder.1.reparam_conv.bias":   {[3]int32{64, 1, 1}, single},
		"_model.encoder.2.reparam_conv.weight": {[3]int32{3, 64, 64}, half},
		"_model.encoder.2.reparam_conv.bias":   {[3]int32{64, 1, 1}, single},
		"_model.encoder.3.reparam_conv.weight": {[3]int32{3, 64, 128}, half},
		"_model.encoder.3.reparam_conv.bias":   {[3]int32{128, 1, 1}, single},
		"_model.decoder.rnn.weight_ih":         {[3]int32{128, 512, 1}, single},
		"_model.decoder.rnn.weight_hh":         {[3]int32{128, 512, 1}, single},
		"_model.decoder.rnn.bias_ih":           {[3]int32{512, 1, 1}, single},
		"_model.decoder.rnn.bias_hh":           {[3]int32{512, 1, 1}, single},
		"_model.decoder.decoder.2.weight":      {[3]int32{128, 1, 1}, half},
		"_model.decoder.decoder.2.bias":        {[3]int32{1, 1, 1}, single},
	}
}

// readVADReader reads a detector that whisper.cpp can be given.
func readVADReader(r io.Reader) ([]byte, error) {
	model, err := io.ReadAll(io.LimitReader(r, maxVAD+1))
	if err != nil {
		return nil, brief(err)
	}
	if len(model) > maxVAD {
		return nil, errors.New("it is no voice-activity detector: it is too large")
	}
	if err := checkVAD(model); err != nil {
		return nil, err
	}
	return model, nil
}

func checkVAD(model []byte) error {
	m := newFileReader(bytes.NewReader(model), int64(len(model)))
	if err := m.magic(); err != nil {
		return err
	}
	var length int32
	if err := m.read(&length); err != nil {
		return err
	}
	if _, err := m.bytes(length); err != nil { // the name
		return err
	}
	var major, minor, patch int32
	if err := m.read(&major, &minor, &patch); err != nil {
		return err
	}
	for _, want := range vadHead {
		var n int32
		if err := m.read(&n); err != nil {
			return err
		}
		if n != want {
			return errors.New("it is no voice-activity detector of whisper.cpp, or another than Silero")
		}
	}
	n, err := m.tensors(vadTensors())
	if err == nil && n == 0 {
		err = errDamaged
	}
	return err
}
