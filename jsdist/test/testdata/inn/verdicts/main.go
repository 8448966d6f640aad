// Command verdicts judges natively: it reads payloads of booking, a line each,
// and writes the issues of each, as JSON, or an empty line.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"

	"example.com/inn/bookings"
)

func main() {
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		type issue struct {
			Path    string `json:"path"`
			Keyword string `json:"keyword"`
			Message string `json:"message"`
		}
		var issues []issue
		for _, i := range bookings.Payloads.Validate("booking", lines.Bytes()) {
			issues = append(issues, issue(i))
		}
		if issues == nil {
			fmt.Println()
			continue
		}
		text, err := json.Marshal(issues)
		if err != nil {
			panic(err)
		}
		fmt.Println(string(text))
	}
}
