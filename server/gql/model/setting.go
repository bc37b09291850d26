package model

// SettingOrigin is where a setting comes from.
type SettingOrigin string

// Where a setting can come from, the strongest first; FromProgram is what weir
// itself chose for a demo.
const (
	FromFlag        SettingOrigin = "FLAG"
	FromEnvironment SettingOrigin = "ENVIRONMENT"
	FromFile        SettingOrigin = "FILE"
	FromDefault     SettingOrigin = "DEFAULT"
	FromProgram     SettingOrigin = "PROGRAM"
)

// Setting is one setting of the server as it was loaded.
type Setting struct {
	Key, Value string
	Origin     SettingOrigin
	// At names the flag, the variable or the file; "" for the others.
	At string
}

// Where is At; nil when nothing was set.
func (s Setting) Where() *string { return opt(s.At) }
