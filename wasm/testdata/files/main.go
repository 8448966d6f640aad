// Command files asks the system for what a page does not have, and for time.
package main

import (
	"fmt"
	"os"
	"time"
)

func main() {
	start := time.Now()
	time.Sleep(time.Millisecond)
	fmt.Println("slept:", time.Since(start) >= time.Millisecond, start.Year() > 2000)
	_, err := os.ReadFile("name")
	fmt.Println("file:", err)
	_, err = os.Getwd()
	fmt.Println("folder:", err)
	fmt.Println("user:", os.Getuid(), os.Getpid())
	fmt.Println("arguments:", os.Args, os.Environ())
	os.Exit(3)
}
