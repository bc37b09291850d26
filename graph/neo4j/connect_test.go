package neo4j

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/weirhq/weir/catalog"
)

// TestAddresses: what somebody on the way could read or change is refused
// unless it is allowed explicitly, and so is what cannot work.
func TestAddresses(t *testing.T) {
	for _, tc := range []struct {
		o         Options
		want      string // of the error, "" is none
		protected bool   // refused as insecure
	}{
		{o: Options{URI: "bolt://127.0.0.1:7687"}},
		{o: Options{URI: "bolt://localhost:7687"}},
		{o: Options{URI: "neo4j://[::1]:7687"}},
		{o: Options{URI: "bolt+s://db.example:7687"}},
		{o: Options{URI: "neo4j+s://db.example"}},
		{o: Options{URI: "bolt://db.example:7687"}, want: "plain text", protected: true},
		{o: Options{URI: "neo4j://10.0.0.7:7687"}, want: "plain text", protected: true},
		{o: Options{URI: "bolt://127.0.0.1.example:7687"}, want: "plain text", protected: true},
		{o: Options{URI: "neo4j+ssc://db.example"}, want: "any certificate", protected: true},
		{o: Options{URI: "bolt+ssc://127.0.0.1"}, want: "any certificate", protected: true},
		{o: Options{URI: "bolt://db.example", Insecure: true}},
		{o: Options{URI: "neo4j+ssc://db.example", Insecure: true}},
		{o: Options{URI: "http://127.0.0.1:7474"}, want: `unknown scheme "http"`},
		{o: Options{URI: "bolt+x://127.0.0.1"}, want: "unknown scheme"},
		{o: Options{URI: "127.0.0.1:7687"}, want: "no address"},
		{o: Options{URI: "bolt://"}, want: "no address"},
		{o: Options{URI: "bolt://neo4j:secret@127.0.0.1"}, want: "holds a user"},
		{o: Options{URI: "bolt://127.0.0.1", CAFile: "ca.pem"}, want: "verifies none"},
		{o: Options{URI: "bolt+s://127.0.0.1", CAFile: "nowhere.pem"}, want: "nowhere.pem"},
	} {
		s, err := Open(tc.o)
		if err == nil {
			s.Close()
		}
		switch {
		case tc.want == "" && err != nil:
			t.Errorf("%+v: %v", tc.o, err)
		case tc.want != "" && (err == nil || !strings.Contains(err.Error(), tc.want) || errors.Is(err, ErrInsecure) != tc.protected):
			t.Errorf("%+v: %v, want %q", tc.o, err, tc.want)
		case tc.want != "" && tc.o.CAFile != "nowhere.pem" && catalog.HintOf(err) == "":
			t.Errorf("%+v: %v says nothing to do", tc.o, err)
		case err != nil && strings.Contains(err.Error()+catalog.HintOf(err), "secret"):
			t.Errorf("a password is shown: %v", err)
		}
	}
}

// TestNoCertificates: a file that holds something else is named.
func TestNoCertificates(t *testing.T) {
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, []byte("no certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(Options{URI: "bolt+s://db.example", CAFile: file}); err == nil || !strings.Contains(err.Error(), file) {
		t.Errorf("opened with %v", err)
	}
}
