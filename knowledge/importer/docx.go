package importer

func Word() Reader { return Reader{Format: "word"} }
