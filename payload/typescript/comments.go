package typescript

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
)

// Comments are the doc comments of Go types and their fields, found by the
// names that the types have in a schema. The zero value has none.
type Comments struct {
	packages []map[string]*declared // in the order in which they were read
}

type declared struct {
	doc  string
	expr ast.Expr
}

// Read adds a package, given its files. Types of a package that was added
// before hide those of the same name.
func (c *Comments) Read(files ...string) error {
	found := map[string]*declared{}
	set := token.NewFileSet()
	for _, file := range files {
		parsed, err := parser.ParseFile(set, file, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return fmt.Errorf("typescript: comments of %s: %w", filepath.Base(file), err)
		}
		for _, d := range parsed.Decls {
			general, ok := d.(*ast.GenDecl)
			if !ok || general.Tok != token.TYPE {
				continue
			}
			for _, spec := range general.Specs {
				t := spec.(*ast.TypeSpec)
				doc := t.Doc
				if doc == nil && len(general.Specs) == 1 {
					doc = general.Doc
				}
				found[t.Name.Name] = &declared{text(doc, t.Comment), t.Type}
			}
		}
	}
	c.packages = append(c.packages, found)
	return nil
}

// find returns the comment at a place, or "".
func (c *Comments) find(at place) string {
	if c == nil || at.def == "" {
		return ""
	}
	for _, p := range c.packages {
		d := p[at.def]
		if d == nil {
			// Of an instance, Page_User, the comment is that of Page.
			generic, _, _ := strings.Cut(at.def, "_")
			d = p[generic]
		}
		if d == nil {
			continue
		}
		doc, expr := d.doc, d.expr
		for _, name := range at.path {
			f := c.field(p, expr, name, 0)
			if f == nil {
				return ""
			}
			doc, expr = text(f.Doc, f.Comment), f.Type
		}
		return doc
	}
	return ""
}

// field finds the field of a struct that is written as name, also in what the
// struct embeds.
func (c *Comments) field(p map[string]*declared, expr ast.Expr, name string, depth int) *ast.Field {
	if depth > 16 {
		return nil // it embeds itself, through pointers
	}
	switch t := expr.(type) {
	case *ast.StarExpr:
		return c.field(p, t.X, name, depth+1)
	case *ast.ArrayType:
		return c.field(p, t.Elt, name, depth+1)
	case *ast.Ident:
		if d := p[t.Name]; d != nil {
			return c.field(p, d.expr, name, depth+1)
		}
	case *ast.SelectorExpr:
		for _, other := range c.packages {
			if d := other[t.Sel.Name]; d != nil {
				return c.field(other, d.expr, name, depth+1)
			}
		}
	case *ast.StructType:
		var embedded []ast.Expr
		for _, f := range t.Fields.List {
			tag := ""
			if f.Tag != nil {
				all, _ := strconv.Unquote(f.Tag.Value) // the parser took it
				tag = reflect.StructTag(all).Get("json")
			}
			written, _, _ := strings.Cut(tag, ",")
			if written == name {
				return f
			}
			if written != "" {
				continue
			}
			if len(f.Names) == 0 {
				embedded = append(embedded, f.Type)
			}
			for _, n := range f.Names {
				if n.Name == name {
					return f
				}
			}
		}
		for _, e := range embedded {
			if f := c.field(p, e, name, depth+1); f != nil {
				return f
			}
		}
	}
	return nil
}

// text is the comment above, else the one behind.
func text(above, behind *ast.CommentGroup) string {
	if t := strings.TrimSpace(above.Text()); t != "" {
		return t
	}
	return strings.TrimSpace(behind.Text())
}
