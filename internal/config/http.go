package config

import (
	"net"
	"strconv"
	"strings"
)

// HTTP says where the program answers to HTTP, the section http: of config.yaml.
type HTTP struct {
	// Address is where it listens, as host:port; empty for nowhere.
	Address string `yaml:"address"`
	// TLS names a certificate and its key, files in PEM; both empty for plain HTTP.
	TLS TLS `yaml:"tls"`
	// Pprof offers profiles of the running program at /debug/pprof/.
	Pprof bool `yaml:"pprof"`
}

// TLS names files in PEM.
type TLS struct {
	Cert string `yaml:"cert"`
	Key  string `yaml:"key"`
}

// DefaultHTTP listens where only this machine reaches it.
func DefaultHTTP() HTTP { return HTTP{Address: "127.0.0.1:8337"} }

// Check reports every setting that cannot be used.
func (h HTTP) Check(report func(key, what, do string)) {
	if h.Address != "" && !isListenAddress(h.Address) {
		report("address", "nothing can listen there", `write a host and a port, such as "127.0.0.1:8337" or ":8337", or "" for nowhere`)
	}
	if (h.TLS.Cert == "") != (h.TLS.Key == "") {
		report("tls", "a certificate is of no use without its key, nor a key without its certificate", "write cert: and key:, or neither")
	}
	if h.Address == "" && h.Pprof {
		report("pprof", "profiles are offered by HTTP, which is switched off", "give http: an address:, or leave pprof: out")
	}
}

// isListenAddress says whether a text is host:port with a port in numbers; no
// host stands for all of this machine's addresses.
func isListenAddress(address string) bool {
	host, port, err := net.SplitHostPort(address)
	if err != nil || strings.ContainsAny(host, " \t/") {
		return false
	}
	_, err = strconv.ParseUint(port, 10, 16)
	return err == nil
}
