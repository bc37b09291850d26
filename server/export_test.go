package server

import "github.com/weirhq/weir/server/auth"

// Route is one of the table, for the test that walks it.
type Route struct {
	Pattern string
	Need    auth.Verb
}

// Routes are all of a server.
func (s *Server) Routes() (out []Route) {
	for _, d := range s.table() {
		out = append(out, Route{d.pattern, d.need})
	}
	return out
}
