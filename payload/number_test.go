package payload

import (
	"encoding/json"
	"math/big"
	"strings"
	"testing"
)

// rational reads a JSON number exactly, or reports false when it is not one or
// its exponent would fill the memory.
func rational(text string) (*big.Rat, bool) {
	if !json.Valid([]byte(text)) || strings.Trim(text, "-+.0123456789eE") != "" {
		return nil, false
	}
	if i := strings.IndexAny(text, "eE"); i >= 0 && len(strings.TrimLeft(text[i+1:], "+-0")) > 3 {
		return nil, false
	}
	return new(big.Rat).SetString(text)
}

func compareText(t *testing.T, a, b string) int {
	t.Helper()
	x, ok := parseDecimal(a)
	if !ok {
		t.Fatalf("%s is not read", a)
	}
	y, ok := parseDecimal(b)
	if !ok {
		t.Fatalf("%s is not read", b)
	}
	return x.compare(&y)
}

func TestNumbersAreComparedByTheirDigits(t *testing.T) {
	// In ascending order; those in one row are equal.
	rows := [][]string{
		{"-1e400", "-10e399"},
		{"-10000000000000000001"},
		{"-10000000000000000000", "-1e19"},
		{"-9223372036854775809"},
		{"-9223372036854775808"},
		{"-100.5", "-1.005e2"},
		{"-100", "-1e2", "-100.000"},
		{"-1.000000000000000000000000000001"},
		{"-1"},
		{"-0.1", "-1e-1"},
		{"-1e-400"},
		{"0", "-0", "0.0", "-0.000", "0e5", "-0E-5", "0e+99999999999999999999"},
		{"1e-401"},
		{"1e-400", "0.1e-399"},
		{"0.00099"},
		{"0.001", "1e-3", "1000e-6", "0.0010"},
		{"0.1"},
		{"0.10000000000000000000000000000000001"},
		{"1", "1.0", "10e-1", "0.1e1", "1e0", "1E+0", "1e-0"},
		{"1.5"},
		{"9"},
		{"10"},
		{"99.99999999999999999999999999999999"},
		{"100", "1e2", "1.00e+02"},
		{"123456789012345678"},
		{"999999999999999999"},
		{"1000000000000000000", "1e18"},
		{"9223372036854775807"},
		{"9223372036854775807.5"},
		{"9223372036854775808"},
		{"10000000000000000000"},
		{"10000000000000000001"},
		{"18446744073709551615"},
		{"1e400"},
	}
	for i, low := range rows {
		for _, a := range low {
			for j, high := range rows {
				for _, b := range high {
					if got := compareText(t, a, b); got != order(int64(i), int64(j)) {
						t.Errorf("%s against %s is %d", a, b, got)
					}
				}
			}
		}
	}
}

func TestWholeNumbersAreKnownHoweverWritten(t *testing.T) {
	for text, want := range map[string]bool{
		"0": true, "-0": true, "0.0": true, "0e-9": true, "1": true, "1.0": true, "1e2": true, "1.5e1": true, "150e-1": true, "1.50e1": true, "0.1e1": true,
		"1e999999": true, "12345678901234567890123": true, "100e-2": true, "1.5": false, "15e-1": false, "0.1": false, "1e-1": false, "100e-3": false,
		"1.05e1": false, "12345678901234567890.1": false, "-1.5": false, "1e-999999": false, "0.10e1": true, "10.01": false,
	} {
		d, ok := parseDecimal(text)
		if !ok || d.isInteger() != want {
			t.Errorf("%s is whole: %v, read: %v", text, d.isInteger(), ok)
		}
	}
}

func TestExponentsBeyondAnyIntegerDoNotOverflow(t *testing.T) {
	bound, _ := parseDecimal("1e1000000")
	small, _ := parseDecimal("1e-1000000")
	for text, want := range map[string]int{
		"1e9223372036854775807": 1, "1e9223372036854775808": 1, "1e99999999999999999999999999": 1, "-1e99999999999999999999999999": -1,
		"1e1152921504606846976": 1, "1e1152921504606846977": 1, "1e18446744073709551616": 1, "1000e18446744073709551615": 1,
	} {
		d, end, expected := scanNumber([]byte(text), 0)
		if expected != "" || end != len(text) {
			t.Fatalf("%s: %s", text, expected)
		}
		if got := d.compare(&bound); got != want {
			t.Errorf("%s against 1e1000000 is %d", text, got)
		}
		if !d.isInteger() {
			t.Errorf("%s is not whole", text)
		}
		text = strings.Replace(text, "e", "e-", 1)
		d, _, _ = scanNumber([]byte(text), 0)
		if got := d.compare(&small); got != -1 {
			t.Errorf("%s against 1e-1000000 is %d", text, got)
		}
		if d.isInteger() {
			t.Errorf("%s is whole", text)
		}
	}
}

// FuzzNumbersAgreeWithMathBig holds the comparison of digits against exact
// rational numbers, and the grammar against encoding/json.
func FuzzNumbersAgreeWithMathBig(f *testing.F) {
	for _, seed := range [][2]string{
		{"0", "-0.0"}, {"1e2", "100"}, {"1.5", "15e-1"}, {"-0.05", "-5e-2"}, {"10000000000000000001", "1e19"}, {"01", "1."}, {"1e400", "-1e-400"},
		{"123456789012345678", "123456789012345678.0"}, {"0.001", "0.0010001"}, {"00", "1e"}, {"-", "+1"}, {"1.0e+05", "1E5"},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		x, end, expected := scanNumber([]byte(a), 0)
		isNumber := json.Valid([]byte(a)) && a != "" && (a[0] == '-' || isDigit(a[0])) && a[len(a)-1] > ' '
		if (expected == "" && end == len(a)) != isNumber {
			t.Fatalf("%q is read to %d, expected %q, and encoding/json says %v", a, end, expected, isNumber)
		}
		p, ok := rational(a)
		q, ok2 := rational(b)
		if !ok || !ok2 {
			return
		}
		if x.isInteger() != p.IsInt() {
			t.Errorf("%s is whole: %v", a, x.isInteger())
		}
		y, _, _ := scanNumber([]byte(b), 0)
		if got, want := x.compare(&y), p.Cmp(q); got != want {
			t.Errorf("%s against %s is %d, and big.Rat says %d", a, b, got, want)
		}
	})
}
