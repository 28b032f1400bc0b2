package app

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"frontdesk/internal/config"
)

const (
	healthWithin = 5 * time.Second
	maxHealth    = 64 << 10 // bytes of an answer
)

// Health asks the desk that serves a configuration on this machine whether it
// lives or, with ready, whether every part of it can do its work. Nil is a yes;
// an error says what it answered, or why it could not be asked.
func Health(ctx context.Context, cfg *config.Config, ready bool) error {
	if cfg.HTTP.Address == "" {
		return errors.New("a desk cannot be asked how it is: http: address: is empty in " + cfg.File)
	}
	ctx, cancel := context.WithTimeout(ctx, healthWithin)
	defer cancel()
	url, client, err := ownClient(cfg.HTTP)
	if err != nil {
		return err
	}
	defer client.CloseIdleConnections()
	path := "/healthz"
	if ready {
		path = "/readyz"
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url+path, nil)
	if err != nil {
		return fmt.Errorf("asking the desk how it is: %w", err)
	}
	answer, err := client.Do(request)
	if err != nil {
		return fmt.Errorf("asking the desk how it is: %w; is it running?", err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, maxHealth))
	if err != nil {
		return fmt.Errorf("asking the desk how it is: %w", err)
	}
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("the desk answers %s: %s", answer.Status, strings.TrimSpace(string(body)))
	}
	return nil
}

// ownClient gives what reaches a desk of this machine: one that listens at every
// address is asked at the loopback.
func ownClient(cfg config.HTTP) (url string, _ *http.Client, err error) {
	host, port, err := net.SplitHostPort(cfg.Address)
	if err != nil {
		return "", nil, fmt.Errorf("asking the desk how it is: %w", err)
	}
	switch host {
	case "", "0.0.0.0":
		host = "127.0.0.1"
	case "::":
		host = "::1"
	}
	url = "http://" + net.JoinHostPort(host, port)
	transport := &http.Transport{Proxy: nil, DisableKeepAlives: true}
	if cfg.TLS.Cert != "" {
		url = "https://" + net.JoinHostPort(host, port)
		var own certificate
		if err := own.load(cfg.TLS); err != nil {
			return "", nil, err
		}
		// The name in the certificate is that by which others know the desk. Here
		// it must be the very certificate that the file holds.
		transport.TLSClientConfig = &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS12,
			VerifyPeerCertificate: func(raw [][]byte, _ [][]*x509.Certificate) error {
				if len(raw) == 0 || !bytes.Equal(raw[0], own.now.Load().Certificate[0]) {
					return errors.New("it shows another certificate than http: tls: names")
				}
				return nil
			}}
	}
	return url, &http.Client{Transport: transport}, nil
}
