package server

import (
	"net/http"

	"github.com/klauspost/compress/gzhttp"
	"github.com/klauspost/compress/gzip"
)

// lessThan is what is sent as it is: such an answer fits one packet.
const lessThan = 1 << 10

// compressed sends answers in gzip to who takes it. It is for those that have
// no secret in them, or whose question nobody else's page can put: beside a
// text that another chooses the length of an answer tells a secret (BREACH).
// GraphQL has neither: it names no key, and is refused to pages of other sites
// (wrap), whose requests bring no cookie besides. What hands out or takes keys
// is never compressed, nor is the stream, whose events must not wait for more,
// nor the export, which is broken off where it fails. Gzip alone: no browser
// takes more from an address without TLS, nor does weir's own client.
func compressed() func(http.Handler) http.HandlerFunc {
	wrap, err := gzhttp.NewWrapper(gzhttp.MinSize(lessThan), gzhttp.CompressionLevel(gzip.BestSpeed), gzhttp.EnableZstd(false))
	if err != nil {
		panic(err) // never: the settings do not change
	}
	return wrap
}
