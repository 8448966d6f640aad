package payload

import (
	"bytes"
	"unicode/utf8"
)

// appendCanonical appends the canonical form of the JSON value at data[i]:
// values that are equal for JSON Schema (core §4.2.2) have the same one. It
// returns where the value ends. The data has been read before: it is JSON.
func appendCanonical(dst, data []byte, i int) ([]byte, int) {
	switch data[i] {
	case '"':
		end := skipString(data, i)
		return appendCanonicalString(dst, data[i+1:end-1]), end
	case '[':
		dst = append(dst, '[')
		for i = skipSpace(data, i+1); data[i] != ']'; {
			dst, i = appendCanonical(dst, data, i)
			dst = append(dst, ',')
			if i = skipSpace(data, i); data[i] == ',' {
				i = skipSpace(data, i+1)
			}
		}
		return append(dst, ']'), i + 1
	case '{':
		return appendCanonicalObject(dst, data, i)
	case 't', 'f', 'n':
		end := i + 4
		if data[i] == 'f' {
			end++
		}
		return append(dst, data[i:end]...), end
	}
	d, end, _ := scanNumber(data, i)
	return d.appendCanonical(dst), end
}

func appendCanonicalObject(dst, data []byte, i int) ([]byte, int) {
	var members [][]byte
	for i = skipSpace(data, i+1); data[i] != '}'; {
		end := skipString(data, i)
		member := append(appendCanonicalString(nil, data[i+1:end-1]), ':')
		member, i = appendCanonical(member, data, skipSpace(data, skipSpace(data, end)+1))
		members = append(members, member)
		if i = skipSpace(data, i); data[i] == ',' {
			i = skipSpace(data, i+1)
		}
	}
	sortMembers(members)
	dst = append(dst, '{')
	for _, member := range members {
		dst = append(append(dst, member...), ',')
	}
	return append(dst, '}'), i + 1
}

// sortMembers is a heap sort: package slices would take the browser 4 KB.
func sortMembers(list [][]byte) {
	sink := func(at, end int) {
		for child := 2*at + 1; child < end; child = 2*at + 1 {
			if child+1 < end && bytes.Compare(list[child], list[child+1]) < 0 {
				child++
			}
			if bytes.Compare(list[at], list[child]) >= 0 {
				return
			}
			list[at], list[child] = list[child], list[at]
			at = child
		}
	}
	for at := len(list)/2 - 1; at >= 0; at-- {
		sink(at, len(list))
	}
	for end := len(list) - 1; end > 0; end-- {
		list[0], list[end] = list[end], list[0]
		sink(0, end)
	}
}

// appendCanonicalString appends a scanned string with as few escapes as can be.
// What is not Unicode stays as it is: it is equal only to itself.
func appendCanonicalString(dst, raw []byte) []byte {
	dst = append(dst, '"')
	for len(raw) > 0 {
		r, n := nextRune(raw)
		switch {
		case r == utf8.RuneError && n != 3 && (n != 6 || hex4(raw[2:]) != utf8.RuneError):
			dst = append(dst, raw[:n]...)
		case r == '"' || r == '\\':
			dst = append(dst, '\\', byte(r))
		default:
			dst = utf8.AppendRune(dst, r)
		}
		raw = raw[n:]
	}
	return append(dst, '"')
}

// skipString returns where the string at data[i] ends, behind its quote.
func skipString(data []byte, i int) int {
	for i++; data[i] != '"'; i++ {
		if data[i] == '\\' {
			i++
		}
	}
	return i + 1
}

func skipSpace(data []byte, i int) int {
	for i < len(data) && (data[i] == ' ' || data[i] == '\t' || data[i] == '\n' || data[i] == '\r') {
		i++
	}
	return i
}

// uniqueItems judges the array at data[i], whose syntax is right.
func (v *validator) uniqueItems(i int) {
	seen := map[string]int{}
	var form []byte
	at := skipSpace(v.data, i+1)
	for n := 0; v.data[at] != ']'; n++ {
		form, at = appendCanonical(form[:0], v.data, at)
		if first, again := seen[string(form)]; again {
			v.fault("uniqueItems", "must have no item twice, has the same at "+itoa(first)+" and "+itoa(n))
			return
		}
		seen[string(form)] = n
		if at = skipSpace(v.data, at); v.data[at] == ',' {
			at = skipSpace(v.data, at+1)
		}
	}
}
