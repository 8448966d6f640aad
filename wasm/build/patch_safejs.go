package build

const safejsPackage = "github.com/hack-pad/safejs"

// safejsPatches take fmt out of safejs v0.1.0. Errors keep their texts; what is
// lost is the stack that %+v of such an error would print.
var safejsPatches = []patch{
	{"value.go", []edit{
		{`"fmt"`, `"errors"`},
		{
			`fmt.Errorf("invalid type for instanceof: %v", t.Type())`,
			`errors.New("invalid type for instanceof: " + t.Type().String())`,
		},
		{
			`fmt.Errorf("invalid constructor type for instanceof: %v", err)`,
			`errors.New("invalid constructor type for instanceof: " + err.Error())`,
		},
		{
			`fmt.Errorf("invalid constructor type for instanceof: %v", prototype.Type())`,
			`errors.New("invalid constructor type for instanceof: " + prototype.Type().String())`,
		},
	}},
	{"internal/catch/catch.go", []edit{
		{`"fmt"`, `"errors"`},
		{
			"\tdefault:\n\t\treturn fmt.Errorf(\"%+v\", value)\n",
			"\tcase string: return errors.New(value); case interface{ String() string }: return errors.New(value.String())\n" +
				"\tdefault: return errors.New(\"panic with a value that has no text\")\n",
		},
	}},
	{"internal/stackerr/stackerr.go", []edit{
		{`"fmt"`, `"strconv"`},
		{"\tstack *stacktrace\n", "\n"},
		{"\t\tstack: collectStacktrace(3),\n", "\n"},
		{`func (s *stackError) Format(f fmt.State, verb rune) {
	switch verb {
	case 'v':
		if f.Flag('+') {
			fmt.Fprintf(f, "%+v\n%s", s.err, s.stack)
			return
		}
		fmt.Fprint(f, s.Error())
	case 's':
		fmt.Fprint(f, s.Error())
	case 'q':
		fmt.Fprintf(f, "%q", s.Error())
	}
}
`, "\n"},
		{
			`fmt.Sprintf("%s\n\t%s:%d\n", funcName, frame.File, frame.Line)`,
			`funcName + "\n\t" + frame.File + ":" + strconv.Itoa(frame.Line) + "\n"`,
		},
	}},
}
