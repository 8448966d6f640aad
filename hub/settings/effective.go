package settings

import (
	"slices"
	"strings"
)

// An Effective is a setting as it holds, to be shown.
type Effective struct {
	Name string `json:"name"`
	// Value is how it would be written, secrets masked; several lines if it was
	// given several times.
	Value string `json:"value"`
	From  string `json:"from"` // "default", or the places where it was given
	// Instead lists the places that From replaces.
	Instead []string `json:"instead,omitempty"`
	Secret  bool     `json:"secret,omitempty"`
}

// Effective returns every setting that has a value, in the order of Table.
func (s *Settings) Effective() []Effective {
	var all []Effective
	for i := range Table {
		t := &Table[i]
		e := Effective{Name: t.Name, Value: t.Default, From: "default", Secret: len(t.Secrets) > 0}
		if given := s.given(t.Name); len(given) > 0 {
			e.Value, e.From = t.show(given), places(given)
			switch {
			case t.Instead != "":
				e.Value = "(not used)"
			case e.Secret && s.faulty[t.Name]:
				// A secret may be anywhere in it: in place of an algorithm, behind a
				// name that is misspelt.
				e.Value = masked
			}
		} else if t.Default == "" || t.Instead != "" {
			continue
		}
		for _, o := range s.replaced[t.Name] {
			e.Instead = append(e.Instead, o.String())
		}
		all = append(all, e)
	}
	return all
}

// given returns what a setting was given as.
func (s *Settings) given(name string) []Given {
	var list []Given
	for _, g := range s.chosen {
		if g.Name == name {
			list = append(list, g)
		}
	}
	return list
}

func places(given []Given) string {
	var names []string
	for _, g := range given {
		names = append(names, g.From.String())
	}
	return strings.Join(names, "; ")
}

// show writes what follows the setting's name, secrets masked.
func (t *Setting) show(given []Given) string {
	var lines []string
	for _, d := range mask(directives(given), t.Secrets) {
		text := strings.TrimSpace(strings.TrimPrefix(Format([]Directive{d}), quote(d.Name)))
		if text == "" {
			text = "on"
		}
		lines = append(lines, text)
	}
	return strings.Join(lines, "\n")
}

func directives(given []Given) []Directive {
	list := make([]Directive, len(given))
	for i, g := range given {
		list[i] = g.Directive
	}
	return list
}

// Changes compares with the settings that hold now, before these replace them:
// what differs and can change while the hub runs, and what differs and needs a
// restart.
func (s *Settings) Changes(now *Settings) (changed, needRestart []string) {
	for i := range Table {
		t := &Table[i]
		if t.Instead != "" || slices.Equal(texts(s.given(t.Name)), texts(now.given(t.Name))) {
			continue
		}
		if t.Reload {
			changed = append(changed, t.Name)
		} else {
			needRestart = append(needRestart, t.Name)
		}
	}
	return changed, needRestart
}

// texts are settings as they were given, with their secrets, without their
// places.
func texts(given []Given) []string {
	var list []string
	for _, g := range given {
		list = append(list, Format([]Directive{g.Directive}))
	}
	return list
}
