package ingest_test

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/weirhq/weir/catalog"
	"github.com/weirhq/weir/ingest"
	"github.com/weirhq/weir/ingest/openlineage"
)

// TestReadOnce: what the door read is worth as much as the body, however often
// it is interpreted, and nobody changes it.
func TestReadOnce(t *testing.T) {
	files, err := filepath.Glob("testdata/interpret/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no events: %v", err)
	}
	for _, file := range files {
		body, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		read, err := openlineage.Decode(body)
		if err != nil {
			t.Fatal(err)
		}
		fromDisk := catalog.Entry{Position: 1, Kind: catalog.EntryEvent, Body: body}
		want, fromDoor := ingest.InterpretEntry(fromDisk), fromDisk
		fromDoor.Read = &read
		for range 2 {
			if got := ingest.InterpretEntry(fromDoor); !reflect.DeepEqual(got, want) {
				t.Errorf("%s: read at the door it states something else", file)
			}
		}
		if again, _ := openlineage.Decode(body); !reflect.DeepEqual(read, again) {
			t.Errorf("%s: somebody changed what the door read", file)
		}
	}
}

// TestReadWins: the projector does not decode what the door has decoded.
func TestReadWins(t *testing.T) {
	read, err := openlineage.Decode([]byte(`{"eventTime":"2026-03-01T00:00:00Z","producer":"p","job":{"namespace":"n","name":"j"}}`))
	if err != nil {
		t.Fatal(err)
	}
	e := catalog.Entry{Position: 1, Kind: catalog.EntryEvent, Body: []byte("not read"), Read: &read}
	if p := ingest.InterpretEntry(e); p.Facts == nil || p.Facts.Job.Name.Name != "j" {
		t.Errorf("parked: %s %s", p.ParkCode, p.ParkReason)
	}
}
