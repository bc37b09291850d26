package auth

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"hash/crc32"
	"strings"

	"github.com/weirhq/weir/catalog"
)

// Secrets begin with what they are, so that scanners of repositories find them,
// and end with a checksum, so that a scanner and a person can tell a slip of the
// pen from a key that was revoked.
const (
	prefixService  = "weir_sk_" // people and services
	prefixProducer = "weir_in_" // producers: ingest only
	secretBytes    = 20         // 160 bits
)

var letters = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// mint makes a new secret for a role.
func mint(r catalog.Role) string {
	var b [secretBytes]byte
	_, _ = rand.Read(b[:]) // never fails
	prefix := prefixService
	if r == catalog.RoleProducer {
		prefix = prefixProducer
	}
	body := prefix + letters.EncodeToString(b[:])
	return body + checksum(body)
}

func checksum(body string) string {
	n := crc32.ChecksumIEEE([]byte(body))
	return letters.EncodeToString([]byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)})
}

// wellFormed reports whether a text is a secret of ours, known or not.
func wellFormed(secret string) bool {
	const sum = 7 // letters of 4 bytes
	if !strings.HasPrefix(secret, prefixService) && !strings.HasPrefix(secret, prefixProducer) || len(secret) != len(prefixService)+secretBytes*8/5+sum {
		return false
	}
	body := secret[:len(secret)-sum]
	return checksum(body) == secret[len(body):]
}

// idOf names a key in lists; it tells nothing of the secret.
func idOf(hash [sha256.Size]byte) string { return "key_" + hex.EncodeToString(hash[:6]) }
