// Command amalgam is the hub, its demo and its tools, in one binary.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"runtime/debug"
	"slices"

	"amalgam/hub/settings"
)

// version is set at build time with -ldflags "-X main.version=…".
var version = "dev"

type command struct {
	name, summary string
	run           func(args []string) error
}

var commands = []command{
	{"run", "start the hub from the environment", runCommand},
	{"demo", "start the hub with the instant-messaging demo and fresh development keys", demoCommand},
	{"token", "mint a token for a publisher or a subscriber", tokenCommand},
	{"doctor", "examine a hub from outside and say what is wrong and what mends it", doctorCommand},
	{"types", "write the payloads of a Go package as JSON Schema and TypeScript", typesCommand},
	{"bench", "put load on a hub and measure what it costs", benchCommand},
	{"history", "look into, shrink, export or import the history of a hub that is stopped", historyCommand},
	{"health", "ask a running hub whether it is ready; exit 1 if not", healthCommand},
	{"version", "print the version", versionCommand},
	{"licenses", "print the licences of everything that this binary is made of", licensesCommand},
}

func main() {
	err := dispatch(os.Args[1:])
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
	case errors.Is(err, errUsage):
		os.Exit(2)
	default:
		fmt.Fprintln(os.Stderr, "amalgam:", err)
		os.Exit(1)
	}
}

func dispatch(args []string) error {
	if len(args) == 0 || slices.Contains([]string{"help", "-h", "-help", "--help"}, args[0]) {
		usage()
		if len(args) == 0 {
			return errUsage
		}
		return nil
	}
	if slices.Contains([]string{"-v", "-version", "--version"}, args[0]) {
		args = append([]string{"version"}, args[1:]...)
	}
	names := make([]string, len(commands))
	for i, c := range commands {
		if c.name == args[0] {
			return c.run(args[1:])
		}
		names[i] = c.name
	}
	fmt.Fprintf(os.Stderr, "amalgam: there is no command %q; did you mean %q?\n\n", args[0], settings.Nearest(args[0], names))
	usage()
	return errUsage
}

func usage() {
	fmt.Fprintln(os.Stderr, "Amalgam is a hub compatible with the Mercure protocol, with an SDK for the browser.\n\nusage: amalgam COMMAND [flags]")
	for _, c := range commands {
		fmt.Fprintf(os.Stderr, "  %-8s  %s\n", c.name, c.summary)
	}
	fmt.Fprintln(os.Stderr, "\n`amalgam COMMAND --help` tells more.")
}

func versionCommand(args []string) error {
	if err := parse(newFlags("version", "Prints the version."), args); err != nil {
		return err
	}
	goVersion := ""
	if info, ok := debug.ReadBuildInfo(); ok {
		goVersion = info.GoVersion
	}
	fmt.Printf("amalgam %s %s\n", version, goVersion)
	return nil
}
