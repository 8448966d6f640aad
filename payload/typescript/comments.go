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
		if f, d = c.field(d, expr, name); f == nil {
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

// located is an expression and the declaration that it stands in.
type located struct {
	*declared
	expr ast.Expr
}

// field finds the field of a struct that is written as name, also in what the
// struct embeds, and the declaration that it stands in: the one embedded least
// deeply, as encoding/json does.
func (c *Comments) field(d *declared, expr ast.Expr, name string) (*ast.Field, *declared) {
	level := []located{{d, expr}}
	for range maxEmbedded {
		var embedded []located
		for _, one := range level {
			t, in := c.structure(one.declared, one.expr)
			if t == nil {
				continue
			}
			f, more := member(t, name)
			if f != nil {
				return f, in
			}
			for _, expr := range more {
				embedded = append(embedded, located{in, expr})
			}
		}
		level = embedded
	}
	return nil, nil
}

// maxEmbedded ends the search in what declares itself.
const maxEmbedded = 16

// structure finds the struct that an expression is, or holds, and the declaration
// that it stands in.
func (c *Comments) structure(d *declared, expr ast.Expr) (*ast.StructType, *declared) {
	for range 2 * maxEmbedded {
		var other *declared
		switch t := expr.(type) {
		case *ast.StarExpr:
			expr = t.X
			continue
		case *ast.ArrayType:
			expr = t.Elt
			continue
		case *ast.MapType:
			expr = t.Value
			continue
		case *ast.IndexExpr: // an instance, of one type
			expr = t.X
			continue
		case *ast.IndexListExpr:
			expr = t.X
			continue
		case *ast.StructType:
			return t, d
		case *ast.Ident:
			other = c.declared(d.path, t.Name)
		case *ast.SelectorExpr:
			if of, ok := t.X.(*ast.Ident); ok {
				other = c.declared(c.imported(d, of.Name), t.Sel.Name)
			}
		}
		if other == nil {
			break
		}
		d, expr = other, other.expr
	}
	return nil, nil
}

// member finds the field that a struct itself writes as name, or what it embeds.
func member(t *ast.StructType, name string) (field *ast.Field, embedded []ast.Expr) {
	for _, f := range t.Fields.List {
		tag := ""
		if f.Tag != nil {
			all, _ := strconv.Unquote(f.Tag.Value) // the parser took it
			tag = reflect.StructTag(all).Get("json")
		}
		if tag == "-" {
			continue
		}
		written, _, _ := strings.Cut(tag, ",")
		if written == "" && len(f.Names) == 0 {
			embedded = append(embedded, f.Type)
		}
		for _, n := range f.Names {
			if written == "" && n.IsExported() && n.Name == name {
				return f, nil
			}
		}
		if written == name && (len(f.Names) == 0 || f.Names[0].IsExported()) {
			return f, nil
		}
	}
	return nil, embedded
}

// text is the comment above, else the one behind.
func text(above, behind *ast.CommentGroup) string {
	if t := strings.TrimSpace(above.Text()); t != "" {
		return t
	}
	return strings.TrimSpace(behind.Text())
}
