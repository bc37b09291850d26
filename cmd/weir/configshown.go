package main

import (
	"context"
	"fmt"
	"net/url"
	"reflect"
	"strings"

	"github.com/knadh/koanf/v2"

	"github.com/weirhq/weir/server/gql/model"
)

// origin is where something was set: a flag, a variable or a file, and which.
type origin struct {
	from  model.SettingOrigin
	where string
}

// layer lays what a provider has over what was loaded before, and notes that
// it comes from there.
func (c *Config) layer(over *koanf.Koanf, from koanf.Provider, parser koanf.Parser, as model.SettingOrigin, where func(key string) string) error {
	k := koanf.New(".")
	if err := k.Load(from, parser); err != nil {
		return err
	}
	for key := range k.Raw() {
		c.origins[key] = origin{as, where(key)}
	}
	return over.Merge(k)
}

// sections stand in the file alone. What they hold is not shown: they name
// people, and where to reach them.
var sections = []string{"naming", "notify", "access"}

// shown is the configuration of the server as it was loaded, in the order of
// its documentation. No setting is a secret: those are files, or references.
// Who writes one into an address all the same is not shown to others with it.
func (c Config) shown(context.Context) []model.Setting {
	return c.explained(func(s setting) bool { return !s.client })
}

// explained are the settings that are wanted, each with where it was set.
func (c Config) explained(wanted func(setting) bool) []model.Setting {
	values := c.values()
	var out []model.Setting
	for _, s := range settings {
		if !wanted(s) {
			continue
		}
		o, value := c.origins[s.key], values[s.key]
		switch {
		case o.from != "":
		case value == "" || fmt.Sprint(value) == fmt.Sprint(s.def):
			o.from = model.FromDefault
		default: // a demo is configured by nobody
			o.from = model.FromProgram
		}
		out = append(out, model.Setting{Key: s.key, Value: withoutSecret(fmt.Sprint(value)), Origin: o.from, At: o.where})
	}
	for _, key := range sections {
		if o, ok := c.origins[key]; ok {
			out = append(out, model.Setting{Key: key, Value: "a section of the file", Origin: o.from, At: o.where})
		}
	}
	return out
}

// values are the settings by key.
func (c Config) values() map[string]any {
	out, v := map[string]any{}, reflect.ValueOf(c)
	for i := range v.NumField() {
		if f := v.Type().Field(i); f.IsExported() && isSetting(f.Tag.Get("koanf")) {
			out[f.Tag.Get("koanf")] = v.Field(i).Interface()
		}
	}
	return out
}

// withoutSecret is a value with *** in the place of what an address says before
// its host.
func withoutSecret(value string) string {
	if u, err := url.Parse(value); err == nil && u.User == nil && u.RawQuery == "" || !strings.Contains(value, "://") {
		return value
	}
	scheme, rest, _ := strings.Cut(value, "://")
	if i := strings.LastIndex(rest, "@"); i >= 0 {
		rest = "***@" + rest[i+1:]
	}
	if before, _, asks := strings.Cut(rest, "?"); asks {
		rest = before + "?***"
	}
	return scheme + "://" + rest
}
