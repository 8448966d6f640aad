package settings

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"amalgam/hub"
	"amalgam/payload"
)

var payloadSchemas = []Setting{
	{
		Name: "payloads", Args: "FILE [enforce|warn]", Type: "file",
		Doc:   "The JSON Schema (draft 2020-12) of what updates carry, each event in its properties: an update of such a type, which is message where it has none, whose data does not hold is refused with 422 and its faults, or, with warn, taken and logged. The schemas are served at the hub's path + /payloads.",
		Apply: payloads,
	},
}

// payloads reads the schemas that updates are held to:
//
//	payloads /etc/amalgam/schema.json warn
func payloads(s *Settings, d Directive) error {
	if len(d.Args) == 0 || len(d.Args) > 2 || d.Args[0] == "" {
		return errors.New("takes the file of a JSON Schema, then enforce or warn, such as: payloads /etc/amalgam/schema.json enforce")
	}
	if len(d.Args) == 2 {
		switch d.Args[1] {
		case "enforce":
			s.Hub.PayloadsMode = hub.PayloadsEnforce
		case "warn":
			s.Hub.PayloadsMode = hub.PayloadsWarn
		default:
			return fmt.Errorf("%q %w", d.Args[1], unknown(d.Args[1], "enforce", "warn"))
		}
	}
	file := d.Args[0]
	if abs, err := filepath.Abs(file); err == nil {
		file = abs // a relative name depends on where the hub was started
	}
	data, err := os.ReadFile(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("there is no file %s: write the schemas there, or name the file that has them", file)
	case err != nil:
		return fmt.Errorf("the file cannot be read: %w: let the hub's user read it, or name another", err)
	}
	if s.Hub.Payloads, err = payload.ParseSchema(data); err != nil {
		return fmt.Errorf("%s is not a JSON Schema that the hub can hold updates to; mend it:\n  %s", file, strings.ReplaceAll(err.Error(), "\n", "\n  "))
	}
	return nil
}
