package connectors

import (
	"fmt"
	"log/slog"
	"os"
	"strings"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/internal/yamlfile"
)

// Config is one entry of the connectors file.
type Config struct {
	// Name is the instance, part of every job's identity it runs.
	Name string `yaml:"name"`
	Kind string `yaml:"kind"`
	URL  string `yaml:"url,omitempty"`
	// Namespace is the OpenLineage job namespace the tool reports under.
	Namespace string `yaml:"namespace,omitempty"`
	Region    string `yaml:"region,omitempty"`
	Endpoint  string `yaml:"endpoint,omitempty"`
	Auth      Auth   `yaml:"auth,omitempty"`
	// Project is dbt's project directory, Datasets the namespace of its tables
	// (postgres://wh:5432), as dbt-ol would report them.
	Project  string `yaml:"project,omitempty"`
	Datasets string `yaml:"datasets,omitempty"`
}

// Auth names credentials; secrets are references.
type Auth struct {
	Username        string `yaml:"username,omitempty"`
	Password        Secret `yaml:"password,omitempty"`
	Token           Secret `yaml:"token,omitempty"`
	AccessKeyID     Secret `yaml:"access_key_id,omitempty"`
	SecretAccessKey Secret `yaml:"secret_access_key,omitempty"`
}

// Secret is a reference to a secret, {env: NAME} or {file: PATH}. It prints as
// stars in every form.
type Secret struct {
	Env  string `yaml:"env,omitempty"`
	File string `yaml:"file,omitempty"`
}

// String, GoString, MarshalText and LogValue print stars.
func (s Secret) String() string               { return "***" }
func (s Secret) GoString() string             { return "***" }
func (s Secret) MarshalText() ([]byte, error) { return []byte("***"), nil }
func (s Secret) LogValue() slog.Value         { return slog.StringValue("***") }

// IsZero reports whether nothing is referenced.
func (s Secret) IsZero() bool { return s == Secret{} }

// Resolve reads the secret. getenv is the process's environment.
func (s Secret) Resolve(getenv func(string) string) (string, error) {
	switch {
	case s.Env != "":
		if v := getenv(s.Env); v != "" {
			return v, nil
		}
		return "", fmt.Errorf("environment variable %s is not set", s.Env)
	case s.File != "":
		b, err := os.ReadFile(s.File)
		if err != nil {
			return "", fmt.Errorf("read secret: %w", err)
		}
		return strings.TrimRight(string(b), "\r\n"), nil
	}
	return "", nil
}

// ConfigError says what is wrong in a file, where, and what to do.
type ConfigError = catalog.FileError

// Load reads the connectors file: unknown keys, a secret in clear, an unknown
// kind or a name used twice are refused with file, line, code and hint.
func Load(path string, kinds []string) ([]Config, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read connectors: %w", err)
	}
	return Parse(path, b, kinds)
}

// Parse is Load on bytes.
func Parse(path string, b []byte, kinds []string) ([]Config, error) {
	var file struct {
		Connectors []Config `yaml:"connectors"`
	}
	if err := yamlfile.ReadStrict(b, &file); err != nil {
		return nil, yamlError(path, b, err)
	}
	seen := map[string]bool{}
	for i, c := range file.Connectors {
		if e := c.check(kinds, seen); e != nil {
			e.File, e.Line = path, lineOfEntry(b, i)
			return nil, e
		}
		seen[c.Name] = true
	}
	return file.Connectors, nil
}

func (c Config) check(kinds []string, seen map[string]bool) *ConfigError {
	known := false
	for _, k := range kinds {
		known = known || k == c.Kind
	}
	switch {
	case c.Name == "":
		return &ConfigError{Code: "E105", What: "a connector without name", Hint: "name the instance: it is part of each job's identity"}
	case seen[c.Name]:
		return &ConfigError{Code: "E106", What: fmt.Sprintf("two connectors are named %q", c.Name), Hint: "give each instance a name of its own"}
	case !known:
		return &ConfigError{Code: "E107", What: fmt.Sprintf("unknown kind %q", c.Kind), Hint: "one of " + strings.Join(kinds, ", ")}
	}
	return nil
}

// yamlError turns the parser's error into ours; a plain string where a secret
// reference belongs is E160.
func yamlError(path string, b []byte, err error) *ConfigError {
	what, line, _ := yamlfile.Fault(err)
	e := &ConfigError{File: path, Line: max(line, 1), Code: "E101", What: what, Hint: "docs/connectors lists the keys"}
	if secretKey(lineText(b, line)) {
		e.Code, e.What, e.Hint = "E160", "a secret in clear", "write { env: NAME } or { file: PATH }"
	}
	return e
}

func secretKey(line string) bool {
	for _, k := range []string{"password:", "token:", "access_key_id:", "secret_access_key:"} {
		if strings.Contains(line, k) {
			return true
		}
	}
	return false
}

func lineText(b []byte, n int) string {
	lines := strings.Split(string(b), "\n")
	if n < 1 || n > len(lines) {
		return ""
	}
	return lines[n-1]
}

// lineOfEntry finds the line of the i-th list entry.
func lineOfEntry(b []byte, i int) int {
	for n, l := range strings.Split(string(b), "\n") {
		if strings.HasPrefix(strings.TrimSpace(l), "- ") {
			if i == 0 {
				return n + 1
			}
			i--
		}
	}
	return 1
}
