package payload

import "unsafe"

// word returns eight bytes from data[i] on as a number. For WebAssembly the
// compiler makes one instruction only of this.
func word(data []byte, i int) uint64 {
	return *(*uint64)(unsafe.Pointer(&data[i : i+8][0]))
}
