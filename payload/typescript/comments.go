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

// Comments are the doc comments of Go types and their fields. The zero value has
// none.
type Comments struct {
	packages map[string]*goPackage
	types    map[string]goType // of definitions
}

type goPackage struct {
	name  string
	types map[string]*declared
}

// goType is a type by the import path of its package and its name there.
type goType struct{ path, name string }

type declared struct {
	doc     string
	expr    ast.Expr
	path    string            // of the package
	imports []*ast.ImportSpec // of the file
}

// Define says of which Go type a definition in $defs of the schema is. The name
// of an instance, Page[Task], is that of Page.
func (c *Comments) Define(definition, path, name string) {
	if c.types == nil {
		c.types = map[string]goType{}
	}
	name, _, _ = strings.Cut(name, "[")
	c.types[definition] = goType{path, name}
}

// Read adds a package, given its import path and its files.
func (c *Comments) Read(path string, files ...string) error {
	p := &goPackage{types: map[string]*declared{}}
	set := token.NewFileSet()
	for _, file := range files {
		parsed, err := parser.ParseFile(set, file, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return fmt.Errorf("typescript: comments of %s: %w", filepath.Base(file), err)
		}
		p.name = parsed.Name.Name
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
				p.types[t.Name.Name] = &declared{text(doc, t.Comment), t.Type, path, parsed.Imports}
			}
		}
	}
	if c.packages == nil {
		c.packages = map[string]*goPackage{}
	}
	c.packages[path] = p
	return nil
}

// declared returns a type that was read, or nil.
func (c *Comments) declared(path, name string) *declared {
	if p := c.packages[path]; p != nil {
		return p.types[name]
	}
	return nil
}

// find returns the comment at a place, or "".
func (c *Comments) find(at place) string {
	if c == nil {
		return ""
	}
	t := c.types[at.def]
	d := c.declared(t.path, t.name)
	if d == nil {
		return ""
	}
	doc, expr := d.doc, d.expr
	for _, name := range at.path {
		var f *ast.Field
		if f, d = c.field(d, expr, name, 0); f == nil {
			return ""
		}
		doc, expr = text(f.Doc, f.Comment), f.Type
	}
	return doc
}

// imported finds what a file means by a package's name.
func (c *Comments) imported(in *declared, name string) (path string) {
	for _, spec := range in.imports {
		path, _ := strconv.Unquote(spec.Path.Value) // the parser took it
		switch p := c.packages[path]; {
		case spec.Name != nil:
			if spec.Name.Name == name {
				return path
			}
		case p != nil && p.name == name:
			return path
		}
	}
	return ""
}

// field finds the field of a struct that is written as name, also in what the
// struct embeds, and the declaration that it stands in. expr stands in that of d.
func (c *Comments) field(d *declared, expr ast.Expr, name string, depth int) (*ast.Field, *declared) {
	if depth > 16 {
		return nil, nil // it embeds itself, through pointers
	}
	switch t := expr.(type) {
	case *ast.StarExpr:
		return c.field(d, t.X, name, depth+1)
	case *ast.ArrayType:
		return c.field(d, t.Elt, name, depth+1)
	case *ast.IndexExpr: // an instance, of one type
		return c.field(d, t.X, name, depth+1)
	case *ast.IndexListExpr:
		return c.field(d, t.X, name, depth+1)
	case *ast.Ident:
		if other := c.declared(d.path, t.Name); other != nil {
			return c.field(other, other.expr, name, depth+1)
		}
	case *ast.SelectorExpr:
		if of, ok := t.X.(*ast.Ident); ok {
			if other := c.declared(c.imported(d, of.Name), t.Sel.Name); other != nil {
				return c.field(other, other.expr, name, depth+1)
			}
		}
	case *ast.StructType:
		return c.member(d, t, name, depth)
	}
	return nil, nil
}

func (c *Comments) member(d *declared, t *ast.StructType, name string, depth int) (*ast.Field, *declared) {
	var embedded []ast.Expr
	for _, f := range t.Fields.List {
		tag := ""
		if f.Tag != nil {
			all, _ := strconv.Unquote(f.Tag.Value) // the parser took it
			tag = reflect.StructTag(all).Get("json")
		}
		written, _, _ := strings.Cut(tag, ",")
		if written == name {
			return f, d
		}
		if written != "" {
			continue
		}
		if len(f.Names) == 0 {
			embedded = append(embedded, f.Type)
		}
		for _, n := range f.Names {
			if n.Name == name {
				return f, d
			}
		}
	}
	for _, e := range embedded {
		if f, in := c.field(d, e, name, depth+1); f != nil {
			return f, in
		}
	}
	return nil, nil
}

// text is the comment above, else the one behind.
func text(above, behind *ast.CommentGroup) string {
	if t := strings.TrimSpace(above.Text()); t != "" {
		return t
	}
	return strings.TrimSpace(behind.Text())
}
