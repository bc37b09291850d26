package neo4j

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/neo4j/neo4j-go-driver/v5/neo4j"
	"github.com/neo4j/neo4j-go-driver/v5/neo4j/config"
	"github.com/neo4j/neo4j-go-driver/v5/neo4j/notifications"

	"github.com/weirhq/weir/catalog"
)

// Options say which server.
type Options struct {
	// URI is bolt:// for a single server, neo4j:// for a cluster; with +s the
	// connection is encrypted and the server's certificate is verified.
	URI            string
	User, Password string // no User: no authentication
	Database       string // "" is neo4j
	// CAFile holds PEM certificates of authorities to trust instead of the
	// system's, for +s.
	CAFile string
	// Insecure allows what somebody on the way could read or change: a plain
	// connection to another machine, or +ssc, which verifies nothing.
	Insecure bool
	// History says which history the store follows, see ErrForeign; "" follows
	// whatever there is.
	History string
	// TakeOver lets a reset empty what another history filled.
	TakeOver bool
	// Timeout is how long a question may take; 0 is 5 s.
	Timeout time.Duration
}

// Open returns a store; it makes no call, so that weir starts while the server
// is down. The schema is created by the first call that succeeds.
func Open(o Options) (*Store, error) {
	if err := checkURI(o); err != nil {
		return nil, err
	}
	trust, err := authorities(o)
	if err != nil {
		return nil, err
	}
	auth := neo4j.NoAuth()
	if o.User != "" {
		auth = neo4j.BasicAuth(o.User, o.Password, "")
	}
	if o.Database == "" {
		o.Database = "neo4j"
	}
	if o.Timeout <= 0 {
		o.Timeout = 5 * time.Second
	}
	driver, err := neo4j.NewDriverWithContext(o.URI, auth, func(c *config.Config) {
		// The follower tries again for ever: a long patience here would only
		// hide an outage from /readyz.
		c.MaxTransactionRetryTime = 5 * time.Second
		c.ConnectionAcquisitionTimeout = 2 * time.Second
		c.SocketConnectTimeout = 2 * time.Second
		c.ConnectionLivenessCheckTimeout = 30 * time.Second
		c.MaxConnectionPoolSize = maxReaders + 8
		c.TelemetryDisabled = true
		c.NotificationsMinSeverity = notifications.DisabledLevel
		c.UserAgent = "weir"
		c.TlsConfig = trust
	})
	if err != nil {
		return nil, fmt.Errorf("neo4j: %w", err)
	}
	return &Store{
		driver: driver, uri: o.URI, database: o.Database, history: o.History, takeOver: o.TakeOver, bookmarks: neo4j.NewBookmarkManager(neo4j.BookmarkManagerConfig{}),
		patience: patience{read: o.Timeout, rows: max(o.Timeout, time.Minute), write: max(o.Timeout, 2*time.Minute)},
		readers:  make(chan struct{}, maxReaders), schema: make(chan struct{}, 1), turns: newTurns(),
	}, nil
}

// ErrInsecure: somebody on the way could read or change what is sent.
var ErrInsecure = errors.New("neo4j: the connection would not be protected")

// checkURI refuses addresses that cannot work or that protect nothing.
func checkURI(o Options) error {
	u, err := url.Parse(o.URI)
	if err != nil || u.Hostname() == "" {
		return catalog.WithHint(fmt.Errorf("neo4j: %q is no address of a server", o.URI), "write bolt://HOST:PORT for one server, neo4j://HOST:PORT for a cluster, +s for an encrypted connection")
	}
	if u.User != nil {
		return catalog.WithHint(errors.New("neo4j: the address holds a user or a password"), "addresses are shown in logs: give user and password apart")
	}
	base, protection, _ := strings.Cut(u.Scheme, "+")
	switch {
	case base != "bolt" && base != "neo4j" || protection != "" && protection != "s" && protection != "ssc":
		return catalog.WithHint(fmt.Errorf("neo4j: unknown scheme %q", u.Scheme), "bolt, neo4j, bolt+s or neo4j+s")
	case o.CAFile != "" && protection != "s":
		return catalog.WithHint(fmt.Errorf("neo4j: certificates to trust, and %s:// verifies none", u.Scheme), "write "+base+"+s://")
	case protection == "s" || o.Insecure:
		return nil
	case protection == "ssc":
		return catalog.WithHint(fmt.Errorf("%w: %s:// accepts any certificate", ErrInsecure, u.Scheme), "write "+base+"+s:// and name the authority that signed the server's certificate, or allow it explicitly")
	case !loopback(u.Hostname()):
		return catalog.WithHint(fmt.Errorf("%w: %s:// to %s is plain text", ErrInsecure, u.Scheme, u.Hostname()), "write "+base+"+s://, or allow it explicitly")
	}
	return nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// authorities reads the CA file; nil is the system's trust.
func authorities(o Options) (*tls.Config, error) {
	if o.CAFile == "" {
		return nil, nil
	}
	pem, err := os.ReadFile(o.CAFile)
	if err != nil {
		return nil, fmt.Errorf("neo4j: read certificates to trust: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("neo4j: %s holds no certificate in PEM form", o.CAFile)
	}
	return &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}, nil
}
