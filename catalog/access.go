package catalog

import "time"

// Role is what somebody may do in the namespaces of a grant; see docs/access.md.
type Role string

// The roles. A producer only sends events.
const (
	RoleViewer   Role = "viewer"
	RoleEditor   Role = "editor"
	RoleOperator Role = "operator"
	RoleAdmin    Role = "admin"
	RoleProducer Role = "producer"
)

// AccessKey is a key as it is kept: of the secret only its hash.
type AccessKey struct {
	ID   string   `json:"id"`
	Hash [32]byte `json:"-"`
	// Name is whose key it is, and who states what is stated with it.
	Name string `json:"name"`
	Role Role   `json:"role"`
	// Namespaces are globs; "*" is every namespace.
	Namespaces []string  `json:"namespaces"`
	CreatedAt  time.Time `json:"createdAt"`
	CreatedBy  string    `json:"createdBy,omitempty"`
	// ExpiresAt and LastUsedAt are zero for never.
	ExpiresAt  time.Time `json:"expiresAt,omitzero"`
	LastUsedAt time.Time `json:"lastUsedAt,omitzero"`
	RevokedAt  time.Time `json:"revokedAt,omitzero"`
}

// Valid reports whether the key opens anything at a time.
func (k AccessKey) Valid(now time.Time) bool {
	return k.RevokedAt.IsZero() && (k.ExpiresAt.IsZero() || now.Before(k.ExpiresAt))
}
