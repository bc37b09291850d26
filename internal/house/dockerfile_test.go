package house

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

// An instruction is one logical line of a Dockerfile.
type instruction struct{ word, rest string }

// A stage runs from one FROM to the next.
type stage struct {
	image, name  string
	instructions []instruction
}

// stages reads a Dockerfile: comments dropped, continued lines joined.
func stages(text string) []stage {
	var out []stage
	for _, line := range logicalLines(text) {
		word, rest, _ := strings.Cut(line, " ")
		word, rest = strings.ToUpper(word), strings.TrimSpace(rest)
		if word == "FROM" {
			f := strings.Fields(rest)
			s := stage{image: f[0]}
			if len(f) == 3 && strings.EqualFold(f[1], "as") {
				s.name = f[2]
			}
			out = append(out, s)
			continue
		}
		if len(out) > 0 {
			last := &out[len(out)-1]
			last.instructions = append(last.instructions, instruction{word, rest})
		}
	}
	return out
}

func logicalLines(text string) []string {
	var out []string
	var open string
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if more, ok := strings.CutSuffix(line, "\\"); ok {
			open += more
			continue
		}
		out, open = append(out, open+line), ""
	}
	return out
}

func (s stage) find(word string) []string {
	var out []string
	for _, i := range s.instructions {
		if i.word == word {
			out = append(out, i.rest)
		}
	}
	return out
}

var secretName = regexp.MustCompile(`(?i)(?:password|secret|token|api_?key)\w*\s*[= ]\s*\S`)

// faults lists which rules of a small, safe image a Dockerfile breaks.
func faults(text string) []string {
	all := stages(text)
	if len(all) < 2 {
		return []string{"not multi-stage: the image would hold a compiler"}
	}
	var out []string
	say := func(bad bool, what string) {
		if bad {
			out = append(out, what)
		}
	}
	for _, s := range all {
		pinned := s.image == "scratch" || strings.Contains(s.image, ":") && !strings.HasSuffix(s.image, ":latest") || strings.Contains(s.image, "@sha256:")
		say(!pinned, "image "+s.image+" is not pinned")
		for _, i := range s.instructions {
			say((i.word == "ENV" || i.word == "ARG") && secretName.MatchString(i.rest), "a secret in "+i.word)
			say(i.word == "ADD", "ADD instead of COPY")
		}
	}
	return append(out, faultsOfBuild(all[0], all[len(all)-1])...)
}

func faultsOfBuild(build, final stage) []string {
	var out []string
	static := slices.ContainsFunc(build.instructions, func(i instruction) bool { return strings.Contains(i.rest, "CGO_ENABLED=0") })
	if !static {
		out = append(out, "the binary is not built with CGO_ENABLED=0")
	}
	if final.image != "scratch" && !strings.Contains(final.image, "distroless") {
		out = append(out, "the final image "+final.image+" has a shell")
	}
	users := final.find("USER")
	if len(users) == 0 || !regexp.MustCompile(`^[1-9]\d*(:[1-9]\d*)?$`).MatchString(users[len(users)-1]) {
		out = append(out, "USER must be a number above 0: Kubernetes cannot prove that a name is not root")
	}
	if len(final.find("EXPOSE")) == 0 {
		out = append(out, "no EXPOSE")
	}
	if e := final.find("ENTRYPOINT"); len(e) != 1 || !strings.HasPrefix(e[0], "[") {
		out = append(out, "ENTRYPOINT must be in exec form: a shell would swallow SIGTERM")
	}
	if len(final.find("RUN")) > 0 {
		out = append(out, "RUN in the final stage")
	}
	return out
}

func TestDockerfileIsSmallAndSafe(t *testing.T) {
	for _, fault := range faults(read(t, "Dockerfile")) {
		t.Error(fault)
	}
}

func TestDockerfileBuildsWithTheGoOfTheModule(t *testing.T) {
	want := regexp.MustCompile(`(?m)^go (\S+)$`).FindStringSubmatch(read(t, "go.mod"))
	if image := stages(read(t, "Dockerfile"))[0].image; len(want) != 2 || !strings.HasPrefix(image, "golang:"+want[1]) {
		t.Errorf("the Dockerfile builds with %s, go.mod says %v", image, want)
	}
}

func TestFaultsAreFound(t *testing.T) {
	good := "FROM golang:1.26 AS b\nENV CGO_ENABLED=0\nRUN go build \\\n  -o /w\nFROM scratch\nCOPY --from=b /w /w\nUSER 65532\nEXPOSE 8080\nENTRYPOINT [\"/w\"]\n"
	for _, tc := range []struct{ name, from, to, want string }{
		{"good", "", "", ""},
		{"one stage", "FROM scratch\n", "", "not multi-stage"},
		{"latest", "golang:1.26", "golang:latest", "not pinned"},
		{"no tag", "golang:1.26", "golang", "not pinned"},
		{"cgo", "CGO_ENABLED=0", "CGO_ENABLED=1", "CGO_ENABLED=0"},
		{"root", "USER 65532", "USER root", "USER must"},
		{"no user", "USER 65532\n", "", "USER must"},
		{"shell", "FROM scratch", "FROM debian:12", "has a shell"},
		{"no port", "EXPOSE 8080\n", "", "EXPOSE"},
		{"shell form", "[\"/w\"]", "/w", "exec form"},
		{"secret", "EXPOSE", "ENV API_TOKEN=abc\nEXPOSE", "a secret in ENV"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := strings.Join(faults(strings.Replace(good, tc.from, tc.to, 1)), "; ")
			if tc.want == "" && got != "" || !strings.Contains(got, tc.want) {
				t.Errorf("faults = %q, want %q", got, tc.want)
			}
		})
	}
}
