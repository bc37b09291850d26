package policies

import "slices"

// codeLater is the error of a word that a later version will know.
const codeLater = "E107"

// laterWords are known, and refused for now.
var laterWords = []string{"act_cancel", "act+cancel"}

// word fails with what, or says that the word comes later.
func (c *checker) word(at place, word, hint, what string) {
	if slices.Contains(laterWords, word) {
		c.fail(at, codeLater, "leave it out until it is", "%s %s is not in this version", at.last(), word)
		return
	}
	c.fail(at, "E106", hint, "%s", what)
}
