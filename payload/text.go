package payload

// string judges the string whose opening quote stands at data[i] by n.
func (v *validator) string(i int, t text, n *node) {
	if n.types&typeString == 0 {
		v.wrongType(n, "a string")
		return
	}
	if t.broken != 0 {
		return // what it says is not known
	}
	if t.chars < n.minLength {
		v.fault("minLength", "must be at least "+plural(n.minLength, "character")+" long, has "+itoa(t.chars))
	}
	if n.maxLength >= 0 && t.chars > n.maxLength {
		v.fault("maxLength", "must be at most "+plural(n.maxLength, "character")+" long, has "+itoa(t.chars))
	}
	if n.enum != nil || n.constant != nil || n.pattern != nil || n.format != formatNone {
		raw := v.data[i+1 : t.end]
		if t.escaped {
			v.escapedContent(n, raw)
		} else {
			v.content(n, raw)
		}
	}
}

// escapedContent is content behind escapes. It is a function of its own so that
// only strings with escapes pay for its buffer.
func (v *validator) escapedContent(n *node, raw []byte) {
	var buffer [512]byte
	v.content(n, appendUnescaped(buffer[:0], raw))
}

// content judges what the string says.
func (v *validator) content(n *node, s []byte) {
	if n.enum != nil && !n.enum.hasString(s) {
		v.notAmong(n.enum)
	}
	if n.constant != nil && !n.constant.hasString(s) {
		v.notAmong(n.constant)
	}
	if n.pattern != nil && !n.pattern.Match(s) {
		v.fault("pattern", "must match the pattern "+told(n.pattern.String()))
	}
	if n.format != formatNone && !n.format.holds(s) {
		v.fault("format", "must be "+n.format.example())
	}
}

func isOneOf(s []byte, choices []string) bool {
	for _, choice := range choices {
		if choice == string(s) {
			return true
		}
	}
	return false
}
