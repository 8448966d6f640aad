// Command collect writes the notices of everything that is compiled into a
// program, and refuses what must not be passed on with it:
//
//	collect PACKAGE FILE [GOOS GOARCH]
//
// FILE is compressed if its name ends in .gz.
package main

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"os"
	"strings"
)

func main() {
	if len(os.Args) != 3 && len(os.Args) != 5 {
		fmt.Fprintln(os.Stderr, "usage: collect PACKAGE FILE [GOOS GOARCH]")
		os.Exit(2)
	}
	var target []string
	if len(os.Args) == 5 {
		target = []string{"GOOS=" + os.Args[3], "GOARCH=" + os.Args[4]}
	}
	if err := write(os.Args[1], os.Args[2], target...); err != nil {
		fmt.Fprintln(os.Stderr, "collect:", err)
		os.Exit(1)
	}
}

// write leaves the file as it was if anything is wrong.
func write(program, file string, target ...string) error {
	modules, err := compiledInto(program, target...)
	if err != nil {
		return err
	}
	text, err := notices(modules)
	if err != nil {
		return err
	}
	content := []byte(text)
	if strings.HasSuffix(file, ".gz") {
		content = compressed(content)
	}
	return os.WriteFile(file, content, 0o644)
}

func compressed(content []byte) []byte {
	var b bytes.Buffer
	z, _ := gzip.NewWriterLevel(&b, gzip.BestCompression) // an error of the level
	_, _ = z.Write(content)                               // a buffer takes everything
	_ = z.Close()
	return b.Bytes()
}
