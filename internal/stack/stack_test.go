package stack_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/weirhq/weir/internal/stack"
)

// export is what an empty weir on the embedded store exports after the events,
// projected in batches of a size.
func export(t *testing.T, events [][]byte, batch int) string {
	t.Helper()
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "weir-stack-") // not TempDir: thousands of them would stay until the end
	must(t, err)
	defer os.RemoveAll(dir)
	s, err := stack.Open(ctx, dir)
	must(t, err)
	defer s.Close()
	return exported(t, s, events, batch)
}

// exported sends events to a stack and exports it.
func exported(t *testing.T, s *stack.Stack, events [][]byte, batch int) string {
	t.Helper()
	ctx := context.Background()
	must(t, s.Send(ctx, batch, events...))
	var b bytes.Buffer
	must(t, s.Export(ctx, &b))
	return b.String()
}

func firstDifference(a, b string) string {
	la, lb := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := range min(len(la), len(lb)) {
		if la[i] != lb[i] {
			return fmt.Sprintf("line %d\n- %s\n+ %s", i+1, la[i], lb[i])
		}
	}
	return fmt.Sprintf("%d lines against %d", len(la), len(lb))
}
