package policies

// Tool is what the connectors file says of one tool, without asking it.
type Tool struct {
	Name, Kind string
	// Starts: weir can start jobs there.
	Starts bool
	// Keyed: it gives one run for one key, so that a start can be sent again.
	Keyed bool
	// Anonymous: it needs credentials to act and has none.
	Anonymous bool
}

// CheckTools finds policies whose target cannot be started whatever happens:
// by a connector that is not configured, cannot start jobs, or has nothing to
// say who it is. Each has file, line, column, code and hint.
func (s *Set) CheckTools(tools []Tool) (errs []error) {
	known := map[string]Tool{}
	for _, t := range tools {
		known[t.Name] = t
	}
	for _, p := range s.Policies {
		if p.Target == nil {
			continue
		}
		t, ok := known[p.Target.Connector]
		where := at("target", "connector")
		switch {
		case !ok:
			errs = append(errs, p.fault(where, "E130", "add it to the connectors file, or name another", "policy %s starts jobs through connector %q, which is not configured", p.Name, p.Target.Connector))
		case !t.Starts && p.Acts():
			errs = append(errs, p.fault(where, "E130", "name the connector of what runs these jobs", "connector %s (%s) cannot start jobs", t.Name, t.Kind))
		case !t.Keyed && p.Acts() && p.Admit.Attempts > 1:
			errs = append(errs, p.fault(at("attempts"), "E132", "leave attempts out: what may have run is looked up, and started again by a person", "connector %s (%s) cannot tell a repeated start from a new one", t.Name, t.Kind))
		case t.Anonymous && p.Acts():
			errs = append(errs, p.fault(where, "E131", "give its entry in the connectors file auth: { username, password: { env: NAME } }", "connector %s (%s) has no credentials to start jobs with", t.Name, t.Kind))
		}
	}
	return errs
}
