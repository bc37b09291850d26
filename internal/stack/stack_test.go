package stack_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/weirhq/weir/internal/stack"
)

// corpusFolders gives the concrete events of each folder of the corpus.
func corpusFolders(t *testing.T, root string) map[string][][]byte {
	t.Helper()
	out := map[string][][]byte{}
	for _, dir := range []string{"captured/dbt", "captured/airflow", "captured/spark", "marquez", "compatibility-tests", "openlineage/python", "openlineage/fluentd"} {
		err := filepath.WalkDir(filepath.Join(root, dir), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || strings.Contains(path, "-target/") {
				return err
			}
			body, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			key := dir
			if dir == "captured/dbt" {
				key = dir + "/" + d.Name()
			}
			if strings.HasSuffix(path, ".ndjson") {
				for line := range bytes.Lines(body) {
					if len(bytes.TrimSpace(line)) > 0 {
						out[key] = append(out[key], bytes.TrimSpace(line))
					}
				}
			} else if strings.HasSuffix(path, ".json") && json.Valid(body) {
				out[key] = append(out[key], body)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return out
}

func export(t *testing.T, events [][]byte, batch int) string {
	t.Helper()
	ctx := context.Background()
	s, err := stack.Open(ctx, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.Send(ctx, batch, events...); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := s.Export(ctx, &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestCorpusAnyOrder: any order and repetition of the events of a folder gives
// the same export.
func TestCorpusAnyOrder(t *testing.T) {
	root := os.Getenv("WEIR_CORPUS")
	if root == "" {
		return // registered only with the corpus at hand
	}
	for name, events := range corpusFolders(t, root) {
		t.Run(name, func(t *testing.T) {
			want := export(t, events, 1000)
			for seed := range uint64(4) {
				r := rand.New(rand.NewPCG(seed, 7))
				shuffled := append([][]byte{}, events...)
				for range len(events) / 3 {
					shuffled = append(shuffled, events[r.IntN(len(events))])
				}
				r.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
				if got := export(t, shuffled, 1+r.IntN(40)); got != want {
					t.Fatalf("seed %d: the export differs:\n%s", seed, firstDifference(want, got))
				}
			}
		})
	}
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
