package graph

import (
	"encoding/base64"
	"encoding/json"
	"fmt"

	"github.com/weirhq/weir/catalog"
)

// Cursor is the Page.End of a page that ends with a name: stores list by
// namespace, name and type, so a page may go on in another store.
func Cursor(n catalog.Name) string {
	b, _ := json.Marshal([]any{n.Namespace, n.Name, n.Type}) // strings and a number always marshal
	return base64.RawURLEncoding.EncodeToString(b)
}

// ParseCursor reads what Cursor wrote.
func ParseCursor(s string) (n catalog.Name, err error) {
	parts := []any{&n.Namespace, &n.Name, &n.Type}
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err == nil {
		err = json.Unmarshal(b, &parts)
	}
	if err != nil || len(parts) != 3 {
		return n, fmt.Errorf("%w: cursor %q is not one that weir gave", catalog.ErrInvalid, s)
	}
	return n, nil
}
