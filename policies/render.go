package policies

import (
	"fmt"
	"io"
	"strings"

	"github.com/weirhq/weir/catalog"
)

// RenderReason prints an evaluated tree for a terminal: the value of each atom
// as a word, its sentence, and when time alone may change it.
func RenderReason(w io.Writer, r catalog.Reason) {
	renderReason(w, r, "", "")
}

func renderReason(w io.Writer, r catalog.Reason, lead, rest string) {
	when := ""
	if !r.MayChangeAt.IsZero() && len(r.Children) == 0 {
		when = " (may change at " + clock(r.MayChangeAt) + ")"
	}
	fmt.Fprintf(w, "%s%-7s %s: %s%s\n", lead, strings.ToLower(string(r.Value)), r.Atom, r.Says, when)
	for i, c := range r.Children {
		if i == len(r.Children)-1 {
			renderReason(w, c, rest+"└─ ", rest+"   ")
		} else {
			renderReason(w, c, rest+"├─ ", rest+"│  ")
		}
	}
}
