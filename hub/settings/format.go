package settings

import (
	"net/url"
	"slices"
	"strings"

	"amalgam/hub/auth"
)

// Format writes directives as ParseDirectives reads them.
func Format(list []Directive) string {
	var b strings.Builder
	format(&b, list, 0)
	return b.String()
}

func format(b *strings.Builder, list []Directive, depth int) {
	indent := strings.Repeat("\t", depth)
	for _, d := range list {
		b.WriteString(indent + d.head())
		if d.Block != nil || d.Name == "" {
			if d.Name != "" {
				b.WriteByte(' ')
			}
			b.WriteString("{\n")
			format(b, d.Block, depth+1)
			b.WriteString(indent + "}")
		}
		b.WriteByte('\n')
	}
}

// head is a directive without its block, on one line.
func (d Directive) head() string {
	if d.Name == "" {
		return ""
	}
	var b strings.Builder
	for i, w := range slices.Concat([]string{d.Name}, d.Args) {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(quote(w))
	}
	if s := b.String(); !strings.HasSuffix(s, `\`) {
		return s
	}
	return b.String() + " " // so that the \ does not take the line break with it
}

// quote puts quotes around a word that would not be read as it is without.
func quote(w string) string {
	plain := w != "" && w != "{" && w != "}" && !strings.ContainsAny(w[:1], "\"`#") &&
		!strings.HasPrefix(w, "<<") && !strings.HasPrefix(w, byteOrderMark)
	for i := 0; plain && i < len(w); i++ {
		plain = w[i] != '\n' && space(w[i:]) == 0
	}
	switch {
	case plain:
		return w
	case !strings.ContainsAny(w, `"\`):
		return `"` + w + `"`
	case !strings.Contains(w, "`"):
		return "`" + w + "`"
	}
	return `"` + strings.ReplaceAll(w, `"`, `\"`) + `"`
}

// masked stands for a secret.
const masked = "***"

// mask returns list with the arguments of every directive that is called one of
// secrets replaced, at any depth, but for the name of an algorithm; and with the
// passwords of all URLs.
func mask(list []Directive, secrets []string) []Directive {
	if list == nil {
		return nil
	}
	list = slices.Clone(list)
	for i, d := range list {
		args := slices.Clone(d.Args)
		for j, a := range args {
			if u, err := url.Parse(a); err == nil && u.User != nil {
				args[j] = u.Redacted()
			}
			if slices.Contains(secrets, d.Name) && (j == 0 || !slices.Contains(auth.Algorithms, a)) {
				args[j] = masked
			}
		}
		list[i].Args, list[i].Block = args, mask(d.Block, secrets)
	}
	return list
}
