package fakesagemaker

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// Model is the vendor's own service model (service-2.json of botocore), by
// which the fake judges requests and its own answers.
type Model struct {
	Operations map[string]struct {
		Input  shapeRef `json:"input"`
		Output shapeRef `json:"output"`
	} `json:"operations"`
	Shapes map[string]shape `json:"shapes"`
}

type shapeRef struct {
	Shape string `json:"shape"`
}

type shape struct {
	Type     string              `json:"type"`
	Required []string            `json:"required"`
	Members  map[string]shapeRef `json:"members"`
	Member   shapeRef            `json:"member"`
	Value    shapeRef            `json:"value"`
	Enum     []string            `json:"enum"`
	Min      *float64            `json:"min"`
	Max      *float64            `json:"max"`
	Pattern  string              `json:"pattern"`
}

// LoadModel reads a service model, plain or gzip.
func LoadModel(path string) (*Model, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read service model: %w", err)
	}
	defer f.Close()
	var r io.Reader = f
	if strings.HasSuffix(path, ".gz") {
		z, err := gzip.NewReader(f)
		if err != nil {
			return nil, fmt.Errorf("read service model: %w", err)
		}
		r = z
	}
	var m Model
	if err := json.NewDecoder(r).Decode(&m); err != nil {
		return nil, fmt.Errorf("read service model: %w", err)
	}
	return &m, nil
}

// CheckInput says what is wrong with a request; "" is nothing.
func (m *Model) CheckInput(op string, in map[string]any) string {
	o, ok := m.Operations[op]
	if !ok {
		return "unknown operation " + op
	}
	return m.check(o.Input.Shape, in, op)
}

// CheckOutput says what is wrong with an answer. Enums of answers grow, so a
// new word is no fault.
func (m *Model) CheckOutput(op string, out map[string]any) string {
	b, err := json.Marshal(out) // to plain JSON values
	if err != nil {
		return err.Error()
	}
	var plain any
	if err := json.Unmarshal(b, &plain); err != nil {
		return err.Error()
	}
	return m.check(m.Operations[op].Output.Shape, plain, op)
}

func (m *Model) check(name string, v any, at string) string {
	s := m.Shapes[name]
	switch s.Type {
	case "structure":
		return m.checkStructure(s, v, at)
	case "list":
		return m.checkList(s, v, at)
	case "map":
		return m.checkMap(s, v, at)
	case "string":
		return s.checkText(v, at)
	case "integer", "long", "float", "double", "timestamp":
		return s.checkNumber(v, at)
	case "boolean":
		if _, ok := v.(bool); !ok {
			return at + ": want a boolean"
		}
	}
	return ""
}

func (m *Model) checkStructure(s shape, v any, at string) string {
	o, ok := v.(map[string]any)
	if !ok {
		return at + ": want an object"
	}
	for _, r := range s.Required {
		if _, ok := o[r]; !ok {
			return at + ": lacks " + r
		}
	}
	for k, x := range o {
		ref, known := s.Members[k]
		if !known {
			return at + ": unknown member " + k
		}
		if why := m.check(ref.Shape, x, at+"."+k); why != "" {
			return why
		}
	}
	return ""
}

func (m *Model) checkList(s shape, v any, at string) string {
	list, ok := v.([]any)
	if !ok {
		return at + ": want a list"
	}
	if why := s.bounds(float64(len(list)), at); why != "" {
		return why
	}
	for _, x := range list {
		if why := m.check(s.Member.Shape, x, at+"[]"); why != "" {
			return why
		}
	}
	return ""
}

func (m *Model) checkMap(s shape, v any, at string) string {
	o, ok := v.(map[string]any)
	if !ok {
		return at + ": want a map"
	}
	for k, x := range o {
		if why := m.check(s.Value.Shape, x, at+"."+k); why != "" {
			return why
		}
	}
	return ""
}

func (s shape) checkText(v any, at string) string {
	t, ok := v.(string)
	if !ok {
		return at + ": want text"
	}
	if len(s.Enum) > 0 && !slices.Contains(s.Enum, t) {
		return fmt.Sprintf("%s: %q is none of %v", at, t, s.Enum)
	}
	if s.Pattern != "" {
		// The vendor's patterns match the whole value; what RE2 cannot read
		// (look-ahead, \p{..} of Java) is left to the length.
		if re, err := regexp.Compile(`^(?:` + s.Pattern + `)$`); err == nil && !re.MatchString(t) {
			return fmt.Sprintf("%s: %q fails %s", at, t, s.Pattern)
		}
	}
	return s.bounds(float64(utf8.RuneCountInString(t)), at)
}

func (s shape) checkNumber(v any, at string) string {
	n, ok := v.(float64)
	if !ok {
		return at + ": want a number"
	}
	return s.bounds(n, at)
}

func (s shape) bounds(n float64, at string) string {
	if s.Min != nil && n < *s.Min || s.Max != nil && n > *s.Max {
		return fmt.Sprintf("%s: %v is outside its bounds", at, n)
	}
	return ""
}
