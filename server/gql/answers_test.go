package gql_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
)

// TestAnswersApart asks many questions at once, whose answers are as long as
// each other and no two alike: memory that is used again must not be read by two.
func TestAnswersApart(t *testing.T) {
	w := newWorld(t)
	var asked sync.WaitGroup
	for client := range 8 {
		asked.Go(func() {
			for i := range 20 {
				name := fmt.Sprintf("c%02d_%02d_%s", client, i, strings.Repeat("x", 2000))
				got := w.post(t, "application/json", []byte(`{"query":"{ `+name+`: __typename }"}`))
				if want := `{"` + name + `":"Query"}`; string(got.Data) != want {
					t.Errorf("client %d got %.40s, not %.40s", client, got.Data, want)
				}
			}
		})
	}
	asked.Wait()
}
