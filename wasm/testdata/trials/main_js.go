// Command trials does what a module cut down too far could not, says how each
// went, and ends in a panic. wasm/build runs it in Node.js.
package main

import (
	"runtime"

	"github.com/hack-pad/safejs"
)

func main() {
	println("nil:", recovered(func() { println((*node)(nil).value) }))
	println("bounds:", recovered(func() { println([]int{1}[zero+1]) }))
	println("division:", recovered(func() { println(1 / zero) }))
	println("text:", recovered(func() { panic("of its own") }))
	println("recursion:", depth(20_000))
	println("garbage:", collect())
	println("goroutines:", goroutines())

	json := must(safejs.Global().Get("JSON"))
	_, err := json.Call("parse", "{")
	println("exception:", err != nil)
	_, err = safejs.ValueOf(struct{}{})
	println("ValueOf:", text(err))
	_, err = json.InstanceOf(json)
	println("InstanceOf:", text(err))
	_, err = safejs.Undefined().Get("x")
	println("Get:", text(err))
	println("callback:", callback())

	var failing *node
	println(failing.value) // the panic
}

type node struct {
	value int
	next  *node
}

var zero int

func recovered(fail func()) (reason string) {
	defer func() { reason = text(recover()) }()
	fail()
	return "nothing"
}

func text(v any) string {
	switch v := v.(type) {
	case error:
		return v.Error()
	case string:
		return v
	}
	return "no text"
}

// depth grows the stack, which moves it.
func depth(n int) int {
	var frame [16]int
	frame[n%16] = n
	if n == 0 {
		return 0
	}
	return 1 + depth(n-1) + frame[(n+1)%16]
}

// collect keeps one list through several collections and lets others go.
func collect() int {
	var kept *node
	for n := range 10_000 {
		kept = &node{n, kept}
		for range 10 {
			sink = make([]byte, 100)
		}
		if n%2_500 == 0 {
			runtime.GC()
		}
	}
	sum := 0
	for n := kept; n != nil; n = n.next {
		sum += n.value
	}
	return sum
}

var sink []byte

func goroutines() int {
	results := make(chan int)
	for n := range 100 {
		go func() { results <- n }()
	}
	sum := 0
	for range 100 {
		sum += <-results
	}
	return sum
}

// callback has JavaScript call Go, before and after collections.
func callback() int {
	calls := 0
	f, err := safejs.FuncOf(func(_ safejs.Value, args []safejs.Value) any {
		runtime.GC()
		calls += must(args[0].Int())
		return nil
	})
	if err != nil {
		panic(err)
	}
	defer f.Release()
	list := must(must(safejs.Global().Get("Array")).Call("of", 1, 2, 3))
	must(list.Call("forEach", f))
	return calls
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
