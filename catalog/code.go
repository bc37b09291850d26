package catalog

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"
)

// A code hash says what the code of a run means: equal hashes run alike, so a
// change of comments or whitespace alone gives the same one. The word before the
// colon says what was hashed; hashes of different words cannot be compared.
// A different hash proves nothing: what cannot be read for sure is hashed as it
// stands.
const (
	codeSQL    = "sql:"
	codeSource = "source:"
	codeNode   = "node:"
)

// codeRank orders the words by how much they say about what ran: the statement
// that ran, then the source, then the producer's own checksum of a file.
var codeRank = map[string]int{codeSQL: 3, codeSource: 2, codeNode: 1}

// CodeOfSQL is the code hash of a query; "" without one. dialect is
// OpenLineage's, "" unknown.
func CodeOfSQL(query, dialect string) string {
	text, ok := plainSQL(query, strings.ToLower(dialect))
	if !ok {
		text = query
	}
	return codeHash(codeSQL, text)
}

// CodeOfSource is the code hash of a program; "" without one. language is
// OpenLineage's word for it.
func CodeOfSource(text, language string) string {
	plain := strings.ReplaceAll(text, "\r\n", "\n")
	switch l := strings.ToLower(language); {
	case strings.Contains(l, "sql"):
		return CodeOfSQL(text, l)
	case strings.HasPrefix(l, "python"), l == "py":
		if stripped, ok := plainPython(plain); ok {
			plain = stripped
		}
	}
	return codeHash(codeSource, plain)
}

// CodeOfNode is the code hash of a producer's own checksum; "" without one.
func CodeOfNode(checksum string) string { return codeHash(codeNode, checksum) }

func codeHash(word, text string) string {
	if text = strings.TrimSpace(text); text == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(text))
	return word + hex.EncodeToString(sum[:16])
}

// BetterCode is which of two code hashes says more; the greater of equals, so
// that no order matters.
func BetterCode(a, b string) string {
	if codeRank[codeWord(b)] > codeRank[codeWord(a)] || codeWord(a) == codeWord(b) && b > a {
		return b
	}
	return a
}

func codeWord(hash string) string {
	word, _, _ := strings.Cut(hash, ":")
	return word + ":"
}

// Code is what is known of the code of a run: the version that its producer
// names, and the hash of what it means. Either may be empty.
type Code struct {
	Version string `json:"version,omitempty"`
	Hash    string `json:"hash,omitempty"`
}

// Code is what is known of the code that ran.
func (r Run) Code() Code { return Code{r.CodeVersion, r.CodeHash} }

// Code is what is known of the code that wrote it.
func (v Version) Code() Code { return Code{v.CodeVersion, v.CodeHash} }

// Code is what is known of a job's code now.
func (a Asset) Code() Code {
	c := Code{Hash: a.CodeHash}
	if a.SourceCode != nil {
		c.Version = a.SourceCode.Version
	}
	return c
}

// Reuse proves that a run would have made again what stands: its code is the
// same, and so is what it would read.
type Reuse struct {
	// Version is the one that stands, Run what made it.
	Version    string    `json:"version"`
	Run        RunKey    `json:"run"`
	ProducedAt time.Time `json:"producedAt"`
	// Code is what was compared; nothing of it is known where no producer
	// reports it.
	Code   Code          `json:"code"`
	Inputs []ReusedInput `json:"inputs"`
}

// ReusedInput is one input of a reuse.
type ReusedInput struct {
	Input AssetID `json:"input"`
	Name  Name    `json:"name"`
	// Version is its newest, Read the one that the run read. Where they differ
	// both have DataVersion.
	Version     string `json:"version"`
	Read        string `json:"read"`
	DataVersion string `json:"dataVersion,omitempty"`
}

// Known reports whether anything is known of it.
func (c Code) Known() bool { return c != Code{} }

// Same compares like with like: what the codes mean, else their versions. It is
// Unknown where neither is known of both, and where a file is the same in another
// version: what the file refers to (a macro of dbt) may have changed.
func (c Code) Same(o Code) Ternary {
	switch {
	case c.Hash == o.Hash && codeWord(c.Hash) == codeNode && c.Version != "" && o.Version != "" && c.Version != o.Version:
		return Unknown
	case c.Hash != "" && o.Hash != "" && codeWord(c.Hash) == codeWord(o.Hash):
		return Truth(c.Hash == o.Hash)
	case c.Version != "" && o.Version != "":
		return Truth(c.Version == o.Version)
	}
	return Unknown
}

// String is the code for people: the hash in short, then the producer's word.
func (c Code) String() string {
	word, hash, _ := strings.Cut(c.Hash, ":")
	short := word + ":" + hash[:min(12, len(hash))]
	switch {
	case c.Hash == "":
		return c.Version
	case c.Version == "":
		return short
	}
	return short + " (" + c.Version + ")"
}
