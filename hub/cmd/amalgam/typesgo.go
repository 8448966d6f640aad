package main

import (
	"regexp"
	"strings"
)

// What the go command says, and what it means for somebody who has only asked
// for types.

// excluded is what it says of a package that is not for where it is built.
const excluded = "build constraints exclude all Go files"

// ofModules returns what mends a failure that is about modules and versions, and
// not about the code; "" for any other.
func ofModules(said string) string {
	switch {
	case strings.Contains(said, "requires go >="):
		return "this Go is too old: install a newer one from https://go.dev/dl/, or let the go command do that with GOTOOLCHAIN=auto: "
	case strings.Contains(said, "does not contain package amalgam/"), strings.Contains(said, "has no field or method GoTypes"):
		return "the amalgam that your go.mod names is not the one of this command: require the version that `amalgam version` prints: "
	case strings.Contains(said, "updates to go.mod needed"), strings.Contains(said, "missing go.sum entry"),
		strings.Contains(said, "no required module provides package"), strings.Contains(said, "is replaced but not required"),
		strings.Contains(said, "inconsistent vendoring"):
		return "go.mod or go.sum of the package's module lacks something: run `go mod tidy` there: "
	}
	return ""
}

var (
	importsExcluded = regexp.MustCompile(`(?m)^(?:.*imports |package )?(\S+): ` + excluded)
	doesNotCompile  = regexp.MustCompile(`(?m)^# (\S+)$`)
)

// culprit is the package that a build failed over, or "".
func culprit(said string) string {
	for _, r := range []*regexp.Regexp{importsExcluded, doesNotCompile} {
		if found := r.FindStringSubmatch(said); found != nil {
			return found[1]
		}
	}
	return ""
}
