package main

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"amalgam/hub/licenses"
	"amalgam/jsdist"
)

func licensesCommand(args []string) error {
	if err := parse(newFlags("licenses", "Prints the licences of everything that this binary is made of, the browser SDK\namong it."), args); err != nil {
		return err
	}
	notices, err := licenses.Notices()
	if err != nil {
		return err
	}
	return printLicenses(os.Stdout, notices, jsdist.Files())
}

// printLicenses adds those of the SDK, if it is there, which has been compiled
// apart.
func printLicenses(out io.Writer, notices string, sdk fs.FS) error {
	if text, err := fs.ReadFile(sdk, "LICENSES.txt"); err == nil {
		notices += fmt.Sprintf("\n%s\n\nThe browser SDK, served at %s, is made of:\n\n%s", strings.Repeat("=", 80), sdkPath, text)
	}
	_, err := io.WriteString(out, notices)
	return err
}
