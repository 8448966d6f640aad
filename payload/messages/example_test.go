package messages_test

import (
	"encoding/json"
	"fmt"

	"amalgam/payload/messages"
)

// What is published is judged by the type of its event.
func Example() {
	data, err := json.Marshal(messages.Chat{
		ID:     "m-1",
		Room:   "general",
		From:   messages.Person{ID: "u-1", Name: "Ada"},
		Text:   "Hello",
		SentAt: "2026-01-31T12:00:00Z",
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(messages.Payloads.Validate(messages.EventChat, data) == nil)

	for _, issue := range messages.Payloads.Validate(messages.EventChat, []byte(`{"id":"m-2","room":"general","text":"","sentAt":"yesterday"}`)) {
		fmt.Printf("%q %s\n", issue.Path, issue.Message)
	}
	// Output:
	// true
	// "/text" must be at least 1 character long, has 0
	// "/sentAt" must be a date-time such as 2026-01-31T23:59:59Z
	// "" is required: add "from"
}
