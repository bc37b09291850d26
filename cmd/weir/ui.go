package main

import (
	"net/http"

	"github.com/weirhq/weir/ui"
)

// webUI is the web application, seen at a base of server.CleanBase.
func webUI(base string) http.Handler { return ui.Handler(base) }
