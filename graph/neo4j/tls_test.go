//go:build neo4j

package neo4j_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/graph/neo4j"
)

// TestTLS: an encrypted connection to a server whose certificate is signed by
// the authority named; one of another name or authority is not talked to. The
// encryption is that of a proxy before the server.
func TestTLS(t *testing.T) {
	open(t)
	ca, key := certificate(t, "authority", nil, nil)
	other, _ := certificate(t, "other authority", nil, nil)
	file := func(name string, c *x509.Certificate) string {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw}), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	trusted, stranger := file("ca.pem", ca), file("other.pem", other)
	leaf, leafKey := certificate(t, "localhost", ca, key)
	addr := encrypted(t, tls.Certificate{Certificate: [][]byte{leaf.Raw}, PrivateKey: leafKey})
	_, port, _ := net.SplitHostPort(addr)
	for _, tc := range []struct {
		uri, ca string
		ok      bool
	}{
		{"bolt+s://localhost:" + port, trusted, true},
		{"bolt+s://localhost:" + port, stranger, false},
		{"bolt+s://localhost:" + port, "", false},
		{"bolt+s://127.0.0.1:" + port, trusted, false}, // the certificate has another name
	} {
		s, err := neo4j.Open(neo4j.Options{URI: tc.uri, CAFile: tc.ca, Timeout: patient})
		if err != nil {
			t.Fatal(err)
		}
		err = s.Ready(t.Context())
		if tc.ok && err != nil || !tc.ok && !errors.Is(err, catalog.ErrUnavailable) {
			t.Errorf("%s, %s: %v", tc.uri, tc.ca, err)
		}
		s.Close()
	}
}

// certificate makes one that the authority signs, or an authority.
func certificate(t *testing.T, name string, ca *x509.Certificate, caKey *ecdsa.PrivateKey) (*x509.Certificate, *ecdsa.PrivateKey) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), BasicConstraintsValid: true, IsCA: ca == nil}
	if ca == nil {
		ca, caKey = c, key
	}
	raw, err := x509.CreateCertificate(rand.Reader, c, ca, &key.PublicKey, caKey)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(raw)
	if err != nil {
		t.Fatal(err)
	}
	return parsed, key
}

// encrypted listens with TLS and forwards to the server.
func encrypted(t *testing.T, cert tls.Certificate) string {
	t.Helper()
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{cert}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				server, err := net.Dial("tcp", strings.TrimPrefix(os.Getenv("WEIR_TEST_NEO4J_URI"), "bolt://"))
				if err != nil {
					return
				}
				go io.Copy(server, c) //nolint:errcheck // ends with either side
				io.Copy(c, server)    //nolint:errcheck // as above
				server.Close()
			}()
		}
	}()
	return l.Addr().String()
}
