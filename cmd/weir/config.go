package main

import (
	"cmp"
	"fmt"
	"math"
	"net"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/dustin/go-humanize"
	koanfyaml "github.com/knadh/koanf/parsers/yaml"
	"github.com/knadh/koanf/providers/env/v2"
	"github.com/knadh/koanf/providers/file"
	"github.com/knadh/koanf/providers/posflag"
	"github.com/knadh/koanf/v2"
	"github.com/spf13/pflag"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/connectors"
	"github.com/weirhq/weir/connectors/messenger"
	"github.com/weirhq/weir/ingest"
	"github.com/weirhq/weir/internal/yamlfile"
	"github.com/weirhq/weir/server"
	"github.com/weirhq/weir/server/gql/model"
)

// Config is everything that can be set. Each setting has a flag (--neo4j-uri for
// neo4j_uri), a variable (WEIR_NEO4J_URI), a key in the file and a row in
// docs/configuration.md; flag > variable > file > default.
type Config struct {
	Data              string        `koanf:"data" yaml:"data"`
	Listen            string        `koanf:"listen" yaml:"listen"`
	InsecureListen    bool          `koanf:"insecure_listen" yaml:"insecure_listen"`
	AllowedHosts      string        `koanf:"allowed_hosts" yaml:"allowed_hosts"`
	BasePath          string        `koanf:"base_path" yaml:"base_path"`
	Graph             string        `koanf:"graph" yaml:"graph"`
	Neo4jURI          string        `koanf:"neo4j_uri" yaml:"neo4j_uri"`
	Neo4jUser         string        `koanf:"neo4j_user" yaml:"neo4j_user"`
	Neo4jPasswordFile string        `koanf:"neo4j_password_file" yaml:"neo4j_password_file"`
	Neo4jDatabase     string        `koanf:"neo4j_database" yaml:"neo4j_database"`
	Neo4jCAFile       string        `koanf:"neo4j_ca_file" yaml:"neo4j_ca_file"`
	Neo4jInsecure     bool          `koanf:"neo4j_insecure" yaml:"neo4j_insecure"`
	GraphMemoryLimit  string        `koanf:"graph_memory_limit" yaml:"graph_memory_limit"`
	Policies          string        `koanf:"policies" yaml:"policies"`
	Connectors        string        `koanf:"connectors" yaml:"connectors"`
	Assets            string        `koanf:"assets" yaml:"assets"`
	IngestFiles       string        `koanf:"ingest_files" yaml:"ingest_files"`
	PollInterval      time.Duration `koanf:"poll_interval" yaml:"poll_interval"`
	RunSilence        time.Duration `koanf:"run_silence" yaml:"run_silence"`
	RunGrace          time.Duration `koanf:"run_grace" yaml:"run_grace"`
	KeepEnvironment   string        `koanf:"keep_environment" yaml:"keep_environment"`
	RetentionEvents   time.Duration `koanf:"retention_events" yaml:"retention_events"`
	RetentionRuns     time.Duration `koanf:"retention_runs" yaml:"retention_runs"`
	SegmentMB         int           `koanf:"segment_mb" yaml:"segment_mb"`
	ShutdownTimeout   time.Duration `koanf:"shutdown_timeout" yaml:"shutdown_timeout"`
	LogLevel          string        `koanf:"log_level" yaml:"log_level"`
	LogFormat         string        `koanf:"log_format" yaml:"log_format"`
	URL               string        `koanf:"url" yaml:"url"`
	KeyFile           string        `koanf:"key_file" yaml:"key_file"`
	Timeout           time.Duration `koanf:"timeout" yaml:"timeout"`

	// Naming is a section of the file alone: it has a part of its own in
	// docs/configuration.md, and neither flags nor variables.
	Naming catalog.NamingConfig `koanf:"-" yaml:"naming"`
	naming *catalog.Naming
	// Notify is another section of the file alone: who can be told.
	Notify messenger.Config `koanf:"-" yaml:"notify"`
	// file is the configuration file, text what stands in it.
	file string
	text []byte
	// base is BasePath with a slash at both ends.
	base string
	// Access is another: whose tokens are believed.
	Access AccessConfig `koanf:"-" yaml:"access"`
	// hosts are the names in AllowedHosts.
	hosts []string
	// variables are the names in KeepEnvironment.
	variables []string
	// shownKey is that of WEIR_KEY: a secret is never a flag.
	shownKey string
	// origins says of what was set where it was set.
	origins map[string]origin
	// rebuilding: what is projected is about to be dropped, whatever made it.
	rebuilding bool
	// rebuildingGraph: the graph store is about to be emptied, whoever filled it.
	rebuildingGraph bool
}

// setting is one field of Config as flags and docs say it.
type setting struct {
	key string
	def any
	// client settings belong to commands that ask a server, the others to
	// those that open the data directory.
	client bool
	help   string
}

// settings are all of them, in the order of the documentation.
var settings = []setting{
	{"data", "./weir-data", false, "directory that holds everything weir keeps; one process at a time"},
	{"listen", "127.0.0.1:8080", false, "address to serve on; loopback only, until there is a key (weir keys create)"},
	{"insecure_listen", false, false, "allow an address that is not loopback, though there is no key and nobody is asked who they are"},
	{"allowed_hosts", "", false, "names by which weir may be asked while there is no key, besides localhost and loopback addresses; with commas between"},
	{"base_path", "", false, "folder under which a proxy shows weir, for example /weir"},
	{"graph", "embedded", false, "where the graph is kept: embedded or neo4j"},
	{"neo4j_uri", "", false, "bolt+s://HOST:PORT or neo4j+s://HOST:PORT (cluster), for --graph neo4j; without +s this machine only"},
	{"neo4j_user", "", false, "user; without one there is no authentication"},
	{"neo4j_password_file", "", false, "file that holds the password of the user"},
	{"neo4j_database", "neo4j", false, "database of the server"},
	{"neo4j_ca_file", "", false, "PEM file of the authorities that sign the server's certificate, instead of the system's"},
	{"neo4j_insecure", false, false, "allow a connection to Neo4j that others could read or change: no +s to another machine, or +ssc"},
	{"graph_memory_limit", "0", false, "memory that the graph may take, such as 2GB; above it the graph store answers what is asked of the present; 0: no limit"},
	{"policies", "", false, "directory of policy YAML; read again on SIGHUP and on change"},
	{"connectors", "", false, "YAML file of the tools that weir acts on"},
	{"assets", "", false, "YAML file of declared assets, or a directory of them; read again on SIGHUP and on change"},
	{"ingest_files", "", false, "directory of event files to read as they grow (OpenLineage's file transport)"},
	{"poll_interval", 15 * time.Second, false, "how often tools that send no events are looked at"},
	{"run_silence", catalog.DefaultLiveness.Silence, false, "how long a run without an end may be silent until its state is UNKNOWN; 0: for ever"},
	{"run_grace", catalog.DefaultLiveness.Grace, false, "how long after the run that contains it a run without an end is UNKNOWN"},
	{"keep_environment", "", false, "names of environment variables of runs to keep, with commas between; the values of all others are dropped"},
	{"retention_events", time.Duration(0), false, "how long events are kept in the journal at least; older files of it go once a snapshot covers them; 0: for ever"},
	{"retention_runs", time.Duration(0), false, "how long runs are kept one by one, at least 48h; older ones are summed up by day; 0: for ever"},
	{"segment_mb", 256, false, "size in MB at which the journal goes on in a new file"},
	{"shutdown_timeout", 10 * time.Second, false, "how long a stop may take"},
	{"log_level", "info", false, "debug, info, warn or error"},
	{"log_format", "text", false, "text or json"},
	{"url", "http://127.0.0.1:8080", true, "the server to ask"},
	{"key_file", "", true, "file that holds the key to show the server; else WEIR_KEY, else what weir login kept"},
	{"timeout", 30 * time.Second, true, "how long an answer may take"},
}

// of is the setting that it comes along with: who asks a server may need a key.
func (s setting) of() string {
	if s.key == "key_file" {
		return "url"
	}
	return s.key
}

func flagName(key string) string { return strings.ReplaceAll(key, "_", "-") }
func envName(key string) string  { return "WEIR_" + strings.ToUpper(key) }

// addSettings declares the flags of a command: those named, or all of the
// server's.
func addSettings(fs *pflag.FlagSet, keys ...string) {
	for _, s := range settings {
		if len(keys) > 0 && !slices.Contains(keys, s.of()) || len(keys) == 0 && s.client {
			continue
		}
		help := s.help + " (" + envName(s.key) + ")"
		switch def := s.def.(type) {
		case string:
			fs.String(flagName(s.key), def, help)
		case bool:
			fs.Bool(flagName(s.key), def, help)
		case int:
			fs.Int(flagName(s.key), def, help)
		case time.Duration:
			fs.Duration(flagName(s.key), def, help)
		}
	}
}

// loadConfig reads defaults, the file, the environment and the flags, each over
// the one before.
func loadConfig(fs *pflag.FlagSet, path string, environ func() []string) (Config, error) {
	c := Config{naming: catalog.DefaultNaming(), origins: map[string]origin{}}
	k := koanf.New(".")
	for _, s := range settings {
		if err := k.Set(s.key, s.def); err != nil {
			return c, fmt.Errorf("set default of %s: %w", s.key, err)
		}
	}
	if path != "" {
		if err := checkFile(path, &c); err != nil {
			return c, err
		}
		if err := c.layer(k, file.Provider(path), koanfyaml.Parser(), model.FromFile, func(string) string { return path }); err != nil {
			return c, withCode(exitUsage, fmt.Errorf("read %s: %w", path, err))
		}
	}
	variables := env.Provider(".", env.Opt{Prefix: "WEIR_", TransformFunc: envSetting, EnvironFunc: environ})
	if err := c.layer(k, variables, nil, model.FromEnvironment, envName); err != nil {
		return c, fmt.Errorf("read environment: %w", err)
	}
	if err := c.layer(k, changedFlags(fs, k), nil, model.FromFlag, func(key string) string { return "--" + flagName(key) }); err != nil {
		return c, fmt.Errorf("read flags: %w", err)
	}
	if err := k.Unmarshal("", &c); err != nil {
		return c, usageError("durations look like 90s or 1h30m, switches like true", "unreadable setting: %w", err)
	}
	for _, v := range environ() {
		if key, ok := strings.CutPrefix(v, "WEIR_KEY="); ok {
			c.shownKey = key
		}
	}
	var err error
	if c.variables, err = ingest.ParseEnvironment(c.KeepEnvironment); err != nil {
		return c, withCode(exitUsage, fmt.Errorf("--keep-environment: %w", err))
	}
	if c.hosts, err = parseHosts(c.AllowedHosts); err != nil {
		return c, err
	}
	if c.base, err = server.CleanBase(c.BasePath); err != nil {
		return c, withCode(exitUsage, fmt.Errorf("--base-path: %w", err))
	}
	return c, c.check()
}

// changedFlags gives the flags that the caller wrote.
func changedFlags(fs *pflag.FlagSet, k *koanf.Koanf) koanf.Provider {
	return posflag.ProviderWithFlag(fs, ".", k, func(f *pflag.Flag) (string, any) {
		key := strings.ReplaceAll(f.Name, "-", "_")
		if !f.Changed || !isSetting(key) {
			return "", nil
		}
		return key, posflag.FlagVal(fs, f)
	})
}

func isSetting(key string) bool {
	return slices.ContainsFunc(settings, func(s setting) bool { return s.key == key })
}

// envSetting leaves variables alone that are none of ours.
func envSetting(name, value string) (string, any) {
	key := strings.ToLower(strings.TrimPrefix(name, "WEIR_"))
	if !isSetting(key) {
		return "", nil
	}
	return key, value
}

// checkFile refuses unknown keys and sections that cannot hold, with file and
// line, and takes over what the sections say.
func checkFile(path string, into *Config) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return usageError("--config names a YAML file; docs/configuration.md lists its keys", "read configuration: %w", err)
	}
	var c Config
	if err := yamlfile.ReadStrict(b, &c); err != nil {
		what, line, _ := yamlfile.Fault(err)
		return &connectors.ConfigError{File: path, Line: max(line, 1), Code: "E101", What: what, Hint: "docs/configuration.md lists the keys"}
	}
	if err := checkNotify(path, b, c.Notify); err != nil {
		return err
	}
	if err := checkAccess(path, b, c.Access); err != nil {
		return err
	}
	into.Notify, into.Access = c.Notify, c.Access
	into.file, into.text = path, b
	into.naming, err = compileNaming(path, b, c.Naming)
	return err
}

// check refuses what cannot work, before anything is opened.
func (c Config) check() error {
	switch {
	case c.Graph != "embedded" && c.Graph != "neo4j":
		return usageError("--graph embedded, or --graph neo4j with --neo4j-uri", "unknown graph backend %q", c.Graph)
	case c.Graph == "neo4j" && c.Neo4jURI == "":
		return usageError("--neo4j-uri bolt://127.0.0.1:7687", "--graph neo4j without --neo4j-uri")
	case c.Neo4jUser != "" && c.Neo4jPasswordFile == "":
		return usageError("put the password in a file that only weir can read: --neo4j-password-file FILE", "--neo4j-user without a password")
	case c.LogFormat != "text" && c.LogFormat != "json":
		return usageError("text or json", "unknown log format %q", c.LogFormat)
	case c.PollInterval <= 0 || c.Timeout <= 0 || c.ShutdownTimeout <= 0:
		return usageError("use a duration such as 15s", "poll-interval, timeout and shutdown-timeout must be positive")
	case c.RunSilence < 0 || c.RunGrace < 0:
		return usageError("use a duration such as 24h, or 0", "run-silence and run-grace must not be negative")
	case c.RetentionEvents < 0 || c.RetentionRuns < 0 || c.RetentionRuns > 0 && c.RetentionRuns < minRetentionRuns:
		return usageError("use a duration such as 2160h (90 days), or 0 to keep everything", "retention-events must not be negative, and retention-runs must be 0 or at least %s", minRetentionRuns)
	case c.SegmentMB < 0:
		return usageError("256 is usual", "segment-mb must not be negative")
	}
	if _, err := c.memoryLimit(); err != nil {
		return err
	}
	return c.checkListen()
}

// memoryLimit is graph_memory_limit in bytes; 0 is no limit.
func (c Config) memoryLimit() (int64, error) {
	n, err := humanize.ParseBytes(cmp.Or(c.GraphMemoryLimit, "0"))
	if err != nil || n > math.MaxInt64 {
		return 0, usageError("write a number of bytes, or a size such as 512MB or 2GiB; 0 is no limit", "unreadable graph-memory-limit %q", c.GraphMemoryLimit)
	}
	return int64(n), nil
}

// checkListen refuses what is no address. Whether other machines may reach it is
// known once the keys are (checkReach).
func (c Config) checkListen() error {
	if _, _, err := net.SplitHostPort(c.Listen); err != nil {
		return usageError("write HOST:PORT, for example 127.0.0.1:8080", "unreadable listen address %q", c.Listen)
	}
	return nil
}
