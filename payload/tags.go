package payload

// The tags of a field that this package reads.
const (
	tagJSON      = "json"
	tagDoc       = "doc"
	tagMinLength = "minLength"
	tagMaxLength = "maxLength"
	tagMinimum   = "minimum"
	tagMaximum   = "maximum"
	tagEnum      = "enum"
	tagPattern   = "pattern"
	tagFormat    = "format"
	tagMinItems  = "minItems"
	tagMaxItems  = "maxItems"

	tagDefault       = "default"
	tagConst         = "const"
	tagUnique        = "uniqueItems"
	tagMultiple      = "multipleOf"
	tagAbove         = "exclusiveMinimum"
	tagBelow         = "exclusiveMaximum"
	tagMinProperties = "minProperties"
	tagMaxProperties = "maxProperties"
)

var ourTags = [...]string{tagJSON, tagDoc, tagMinLength, tagMaxLength, tagMinimum, tagMaximum,
	tagEnum, tagPattern, tagFormat, tagMinItems, tagMaxItems, tagDefault, tagConst, tagUnique,
	tagMultiple, tagAbove, tagBelow, tagMinProperties, tagMaxProperties}

// otherTags are keywords of JSON Schema that somebody may well expect to work.
var otherTags = [...]string{"contains", "not", "required", "title", "examples"}

// tag is one key:"value" of a field's tag.
type tag struct{ key, value string }

// String writes the tag as it stands in the source.
func (t tag) String() string { return t.key + ":" + quoted(t.value) }

// readTags parts a field's tag by the convention of reflect.StructTag, which
// itself stops in silence at the first thing it cannot read. The values of our
// own tags are unescaped, by the rules of JSON: strconv.Unquote would know a few
// escapes more, and cost the browser 3 KB.
func readTags(raw string) (tags []tag, problem string) {
	for i := 0; ; {
		for i < len(raw) && raw[i] == ' ' {
			i++
		}
		if i == len(raw) {
			return tags, ""
		}
		start := i
		for i < len(raw) && raw[i] > ' ' && raw[i] != 0x7F && raw[i] != ':' && raw[i] != '"' {
			i++
		}
		if i == start || i+1 >= len(raw) || raw[i] != ':' || raw[i+1] != '"' {
			return tags, `is not a list of key:"value" parted by spaces, at ` + quoted(shorten(raw[start:]))
		}
		key := raw[start:i]
		i += 2
		value := i
		for i < len(raw) && raw[i] != '"' {
			if raw[i] == '\\' {
				i++
			}
			i++
		}
		if i >= len(raw) {
			return tags, key + " has a value without a closing quote"
		}
		i++
		t := tag{key, raw[value : i-1]}
		if isOurTag(key) {
			v := validator{data: []byte(raw[value-1 : i])}
			if text := v.scanString(0, ""); text.end == stopped || text.broken != 0 {
				return tags, key + " has a value with an escape or a character that a JSON string cannot have"
			}
			t.value = string(appendUnescaped(nil, v.data[1:len(v.data)-1]))
		}
		for _, other := range tags {
			if other.key == key {
				return tags, key + " stands twice: keep one"
			}
		}
		tags = append(tags, t)
	}
}

func shorten(s string) string {
	if len(s) > 24 {
		return s[:24] + "…"
	}
	return s
}

func isOurTag(key string) bool {
	for _, known := range ourTags {
		if key == known {
			return true
		}
	}
	return false
}

// unknownTag says what is wrong with a key that is not ours. Most belong to
// other packages and nothing is; but one that looks like ours is a mistake that
// would leave the field without its constraint.
func unknownTag(key string) (problem string) {
	for _, other := range otherTags {
		if key == other {
			return "is not a tag here: remove it"
		}
	}
	key = fold(key)
	for _, known := range ourTags {
		if folded := fold(known); key == folded || len(known) >= 5 && nearly(key, folded) {
			return "is not known: did you mean " + known + "?"
		}
	}
	return ""
}

// fold makes maxlength, max_length and MaxLength the same.
func fold(s string) string {
	b := make([]byte, 0, len(s))
	for i := range len(s) {
		if c := s[i]; c >= 'A' && c <= 'Z' {
			b = append(b, c|0x20)
		} else if c != '_' && c != '-' {
			b = append(b, c)
		}
	}
	return string(b)
}

// nearly reports whether a and b are one slip of the finger apart: a letter too
// many, too few, wrong, or two in the wrong order.
func nearly(a, b string) bool {
	for len(a) > 0 && len(b) > 0 && a[0] == b[0] {
		a, b = a[1:], b[1:]
	}
	for len(a) > 0 && len(b) > 0 && a[len(a)-1] == b[len(b)-1] {
		a, b = a[:len(a)-1], b[:len(b)-1]
	}
	if len(a) <= 1 && len(b) <= 1 {
		return true
	}
	return len(a) == 2 && len(b) == 2 && a[0] == b[1] && a[1] == b[0]
}

// cut parts s at the first separator, like strings.Cut, which brings a search
// for strings of any length along.
func cut(s string, separator byte) (before, after string, found bool) {
	for i := range len(s) {
		if s[i] == separator {
			return s[:i], s[i+1:], true
		}
	}
	return s, "", false
}

func hasAny(s, set string) bool {
	for i := range len(s) {
		if oneOf(s[i], set) {
			return true
		}
	}
	return false
}
