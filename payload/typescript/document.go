package typescript

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strconv"
	"strings"
)

// value is a part of a JSON document, with the members of objects in the order
// in which they are written: the TypeScript follows it.
type value struct {
	kind    byte // '{', '[', '"', '0', 't', 'f' or 'n'
	text    string
	names   []string
	members map[string]*value
	items   []*value
}

func readDocument(data []byte) (*value, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	v, err := readValue(d)
	if err == nil {
		if _, err = d.Token(); err == io.EOF {
			return v, nil
		} else if err == nil {
			err = errors.New("more than one value")
		}
	}
	return nil, fmt.Errorf("typescript: the schema is not JSON: %w", err)
}

func readValue(d *json.Decoder) (*value, error) {
	t, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch t := t.(type) {
	case json.Delim:
		v := &value{kind: byte(t), members: map[string]*value{}}
		for d.More() {
			name := ""
			if t == '{' {
				key, err := d.Token()
				if err != nil {
					return nil, err
				}
				name = key.(string)
			}
			one, err := readValue(d)
			if err != nil {
				return nil, err
			}
			if t == '[' {
				v.items = append(v.items, one)
				continue
			}
			if v.members[name] == nil {
				v.names = append(v.names, name)
			}
			v.members[name] = one
		}
		_, err := d.Token()
		return v, err
	case string:
		return &value{kind: '"', text: t}, nil
	case json.Number:
		return &value{kind: '0', text: t.String()}, nil
	case bool:
		if t {
			return &value{kind: 't', text: "true"}, nil
		}
		return &value{kind: 'f', text: "false"}, nil
	}
	return &value{kind: 'n', text: "null"}, nil
}

// get returns a member, or nil where there is none.
func (v *value) get(name string) *value {
	if v == nil {
		return nil
	}
	return v.members[name]
}

func (v *value) string(name string) string {
	if m := v.get(name); m != nil && m.kind == '"' {
		return m.text
	}
	return ""
}

// count returns a member that is a whole number, or otherwise.
func (v *value) count(name string, otherwise int) int {
	if m := v.get(name); m != nil && m.kind == '0' {
		if n, err := strconv.ParseFloat(m.text, 64); err == nil {
			return int(n)
		}
	}
	return otherwise
}

// at finds what a $ref means: a JSON Pointer in a fragment.
func (v *value) at(ref string) *value {
	fragment, ok := strings.CutPrefix(ref, "#")
	if !ok {
		return nil
	}
	pointer, err := url.PathUnescape(fragment)
	if err != nil || pointer != "" && pointer[0] != '/' {
		return nil
	}
	for token := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
		if pointer == "" {
			break
		}
		token = strings.NewReplacer("~1", "/", "~0", "~").Replace(token)
		switch v.kind {
		case '{':
			v = v.members[token]
		case '[':
			i, err := strconv.Atoi(token)
			if err != nil || i < 0 || i >= len(v.items) {
				return nil
			}
			v = v.items[i]
		default:
			return nil
		}
		if v == nil {
			return nil
		}
	}
	return v
}
