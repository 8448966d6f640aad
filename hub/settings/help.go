package settings

import (
	"fmt"
	"strings"
)

// Help lists all settings for `amalgam run --help`.
func Help() string {
	var b strings.Builder
	var left []string
	for i := range Table {
		t := &Table[i]
		if t.Instead != "" {
			left = append(left, t.Name)
			continue
		}
		fmt.Fprintf(&b, "  %s\n%s", t.usage(), Wrap(t.helpDoc(), "      "))
	}
	b.WriteString("\nTaken with a warning, because another hub has them:\n")
	b.WriteString(Wrap(strings.Join(left, ", "), "  "))
	return b.String()
}

// usage is how the directive is written.
func (t *Setting) usage() string { return strings.TrimSpace(t.Name + " " + t.Args) }

func (t *Setting) helpDoc() string {
	doc := t.Doc
	if t.Default != "" {
		doc += " Default: " + t.Default + "."
	}
	if also := t.also(); len(also) > 0 {
		doc += " Also " + strings.Join(also, ", ") + "."
	}
	return doc
}

// also lists the variables and flags that set it too.
func (t *Setting) also() []string {
	also := t.variables()
	if t.Flag != "" {
		also = append(also, "--"+t.Flag)
	}
	return also
}

// variables lists the setting's own.
func (t *Setting) variables() []string {
	switch {
	case t.Env == "":
		return nil
	case t.secret():
		return []string{t.Env, t.Env + "_FILE"}
	}
	return []string{t.Env}
}

const helpWidth = 80

// Wrap breaks text into lines that begin with indent.
func Wrap(text, indent string) string {
	var b strings.Builder
	width := helpWidth
	for _, w := range strings.Fields(text) {
		if n := len([]rune(w)); width+1+n > helpWidth {
			if b.Len() > 0 {
				b.WriteByte('\n')
			}
			b.WriteString(indent + w)
			width = len(indent) + n
		} else {
			b.WriteString(" " + w)
			width += 1 + n
		}
	}
	return b.String() + "\n"
}
