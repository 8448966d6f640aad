package payload

import "reflect"

// Declarations are not questioned in the browser: see native.go.
func marshalsItself(reflect.Type) bool { return false }

func implements(reflect.Type, reflect.Type) bool { return true }

func (*builder) checkDeclared() {}

func takesName(string) bool { return true }

func (draft) outside(string, *decimal) string { return "" }

func (*builder) refuseNamed(*field, string) {}
