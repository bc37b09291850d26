package main

import (
	"net/http"

	"github.com/weirhq/weir/ui"
)

// webUI is the web application.
func webUI() http.Handler { return ui.Handler("/") }
