package main

import "net/http"

// webUI is the web application, nil without one.
func webUI() http.Handler { return nil }
