// Package server is weir's face over HTTP: routes, middleware, the gate over
// REST, the live feed, health and metrics, and a stop that drains.
//
// It holds no rule of the domain. Handlers of other rooms (ingest, ui) and all
// readers are handed in; Server.Run is the only thing here that lives long.
package server
