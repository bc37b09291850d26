package policies

import (
	"fmt"
	"slices"
)

// codeLater is the error of a word that a later version will know.
const codeLater = "E107"

// Words of later versions: known, and refused for now.
var (
	laterKeys  = []string{"defaults_for_upstreams"}
	laterWords = []string{"approved", "act_cancel", "act+cancel"}
)

// later says of an unknown key that it is one of a later version.
func later(e *FileError, key string) {
	if slices.Contains(laterKeys, key) {
		e.Code, e.What, e.Hint = codeLater, fmt.Sprintf("%s is not in this version", key), "leave it out until it is"
	}
}

// word fails with what, or says that the word comes later.
func (c *checker) word(at place, word, hint, what string) {
	if slices.Contains(laterWords, word) {
		c.fail(at, codeLater, "leave it out until it is", "%s %s is not in this version", at.last(), word)
		return
	}
	c.fail(at, "E106", hint, "%s", what)
}
