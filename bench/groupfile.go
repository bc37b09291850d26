package main

import (
	"bytes"
	"io"
	"net/http"
	"os"
	"path/filepath"
)

// groupFile is the yardstick of ingest: read the body, append it to a file,
// one fsync for all that wait.
type groupFile struct {
	file  *os.File
	queue chan groupWrite
	done  chan struct{}
}

type groupWrite struct {
	body []byte
	done chan error
}

func newGroupFile(dir string) (*groupFile, error) {
	f, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		return nil, err
	}
	g := &groupFile{file: f, queue: make(chan groupWrite, 4096), done: make(chan struct{})}
	go g.run()
	return g, nil
}

// close ends the committer; no request may be under way.
func (g *groupFile) close() {
	close(g.queue)
	<-g.done
	g.file.Close()
}

func (g *groupFile) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err == nil {
		gw := groupWrite{body, make(chan error, 1)}
		g.queue <- gw
		err = <-gw.done
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.WriteHeader(http.StatusCreated)
	io.WriteString(w, `{"position":"1"}`) //nolint:errcheck // the client has gone
}

func (g *groupFile) run() {
	defer close(g.done)
	for first := range g.queue {
		g.commit(g.drain(first))
	}
}

func (g *groupFile) drain(first groupWrite) []groupWrite {
	group := []groupWrite{first}
	for len(group) < 512 {
		select {
		case gw, ok := <-g.queue:
			if !ok {
				return group
			}
			group = append(group, gw)
		default:
			return group
		}
	}
	return group
}

func (g *groupFile) commit(group []groupWrite) {
	var buf bytes.Buffer
	for _, gw := range group {
		buf.Write(gw.body)
	}
	_, err := g.file.Write(buf.Bytes())
	if err == nil {
		err = g.file.Sync()
	}
	for _, gw := range group {
		gw.done <- err
	}
}
