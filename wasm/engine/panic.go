package engine

// panicText is what a recovered value says. It does without fmt, which would
// add a quarter to the module.
func panicText(v any) string {
	switch v := v.(type) {
	case error:
		return v.Error()
	case string:
		return v
	case interface{ String() string }:
		return v.String()
	default:
		return "panic with a value that has no text"
	}
}
