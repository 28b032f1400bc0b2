package app

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"frontdesk/internal/config"

	"github.com/prometheus/client_golang/prometheus"
)

// newCertificate writes a certificate and its key.
func newCertificate(t *testing.T, dir string, serial int64) config.TLS {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: "desk.example"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), DNSNames: []string{"desk.example"}}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	files := config.TLS{Cert: filepath.Join(dir, "cert.pem"), Key: filepath.Join(dir, "key.pem")}
	write(t, files.Cert, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert})))
	write(t, files.Key, string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})))
	return files
}

// A desk behind TLS is asked how it is by the certificate that its file holds,
// which may be renewed while it runs; nobody else can answer in its place.
func TestHealth(t *testing.T) {
	cfg := &config.Config{File: "config.yaml", HTTP: config.HTTP{Address: "127.0.0.1:0", TLS: newCertificate(t, t.TempDir(), 1), Pprof: true}}
	w, err := openWeb(t.Context(), cfg.HTTP, slog.New(slog.DiscardHandler), prometheus.NewRegistry(), nil)
	if err != nil {
		t.Fatal(err)
	}
	cfg.HTTP.Address = w.at.Addr().String()
	if err := Health(t.Context(), cfg, false); err != nil {
		t.Error(err)
	}
	_, port, _ := net.SplitHostPort(cfg.HTTP.Address)
	everywhere := *cfg
	everywhere.HTTP.Address = ":" + port
	if err := Health(t.Context(), &everywhere, false); err != nil {
		t.Error(err)
	}
	newCertificate(t, filepath.Dir(cfg.HTTP.TLS.Cert), 2)
	if err := Health(t.Context(), cfg, false); err == nil || !strings.Contains(err.Error(), "another certificate") {
		t.Errorf("with another certificate: %v", err)
	}
	if err := w.certs.load(cfg.HTTP.TLS); err != nil {
		t.Fatal(err)
	}
	if err := Health(t.Context(), cfg, false); err != nil {
		t.Error(err)
	}
	if r, err := http.Get("http://" + cfg.HTTP.Address + "/healthz"); err == nil {
		if r.Body.Close(); r.StatusCode == 200 {
			t.Error("it answers without TLS")
		}
	}
	http.DefaultClient.CloseIdleConnections()
	if err := w.close(); err != nil {
		t.Error(err)
	}
	if err := Health(t.Context(), cfg, false); err == nil || !strings.Contains(err.Error(), "is it running?") {
		t.Errorf("of a closed desk: %v", err)
	}
	if err := Health(t.Context(), &config.Config{}, true); err == nil {
		t.Error("a desk without HTTP can be asked")
	}
}

func TestHTTPCannotListen(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	cfg := config.HTTP{Address: l.Addr().String()}
	if _, err := openWeb(t.Context(), cfg, slog.New(slog.DiscardHandler), prometheus.NewRegistry(), nil); err == nil || !strings.Contains(err.Error(), "Choose another address") {
		t.Errorf("got %v", err)
	}
	cfg.TLS.Cert, cfg.TLS.Key = "nowhere.pem", "nowhere.pem"
	if _, err := openWeb(t.Context(), cfg, slog.New(slog.DiscardHandler), prometheus.NewRegistry(), nil); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("got %v", err)
	}
}

// Profiles are there where they are asked for.
func TestPprof(t *testing.T) {
	for want, on := range map[int]bool{http.StatusOK: true, http.StatusNotFound: false} {
		out := httptest.NewRecorder()
		(&web{}).mux(config.HTTP{Pprof: on}, prometheus.NewRegistry(), nil).ServeHTTP(out, httptest.NewRequest(http.MethodGet, "/debug/pprof/", nil))
		if out.Code != want {
			t.Errorf("pprof %t: %d", on, out.Code)
		}
	}
}
