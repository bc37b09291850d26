package gql

import (
	"fmt"
	"strings"

	"github.com/weirhq/weir/catalog"
)

// chosenBy reads "dataset:PATTERN" or "job:PATTERN", as select.asset of a policy
// is written; nil chooses everything.
func chosenBy(text *string) (func(catalog.Name) bool, error) {
	if text == nil {
		return func(catalog.Name) bool { return true }, nil
	}
	kind, pattern, _ := strings.Cut(*text, ":")
	t, err := catalog.ParseAssetType(kind)
	if err != nil || pattern == "" {
		err := fmt.Errorf("%w: unreadable selection %q", catalog.ErrInvalid, *text)
		return nil, catalog.WithHint(err, "dataset:NAMESPACE/NAME or job:NAMESPACE/NAME, where * stands for anything")
	}
	return func(n catalog.Name) bool {
		return n.Type == t && catalog.MatchGlob(pattern, n.Namespace+"/"+n.Name)
	}, nil
}
