package settings

import (
	"fmt"
	"strings"
)

// Reference is the part of docs/configuration.md that comes from Table.
func Reference() string {
	var b strings.Builder
	b.WriteString("| directive | type | default | also | SIGHUP |\n|---|---|---|---|---|\n")
	for i := range Table {
		if t := &Table[i]; t.Instead == "" {
			fmt.Fprintf(&b, "| [`%s`](#%s) | %s | %s | %s | %s |\n", t.Name, t.Name, t.kind(), code(t.Default), codes(t.also()), yes(t.Reload))
		}
	}
	for i := range Table {
		t := &Table[i]
		if t.Instead != "" {
			continue
		}
		fmt.Fprintf(&b, "\n### `%s`\n\n```\n%s\n```\n\n%s", t.Name, t.usage(), Wrap(t.Doc, ""))
	}
	b.WriteString("\n## Directives of the reference hub that are not used\n\nThey are taken with one warning, which says what to use instead.\n\n| directive | instead |\n|---|---|\n")
	for i := range Table {
		if t := &Table[i]; t.Instead != "" {
			fmt.Fprintf(&b, "| %s | %s |\n", code(t.usage()), t.Instead)
		}
	}
	b.WriteString("\n## Variables of the reference hub that are not read\n\nOne that is set gets a warning at the start.\n\n| variable | instead |\n|---|---|\n")
	for _, v := range otherVariables {
		fmt.Fprintf(&b, "| `%s` | %s |\n", v.name, v.instead)
	}
	b.WriteString("\nBeside one of these, also:\n\n| variable | instead |\n|---|---|\n")
	for _, v := range anybodys {
		fmt.Fprintf(&b, "| `%s` | %s |\n", v.name, v.instead)
	}
	return b.String()
}

// kind is the type with its unit.
func (t *Setting) kind() string {
	if t.Unit == "" {
		return t.Type
	}
	return t.Type + " (" + t.Unit + ")"
}

func code(s string) string {
	if s == "" {
		return ""
	}
	return "`" + strings.ReplaceAll(s, "|", "\\|") + "`"
}

func codes(list []string) string {
	quoted := make([]string, len(list))
	for i, s := range list {
		quoted[i] = code(s)
	}
	return strings.Join(quoted, ", ")
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return ""
}
