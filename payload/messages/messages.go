// Package messages holds the four events of an instant-messaging system as Go
// types: the hub validates what is published with them, the browser what it
// receives, and both read the same declaration.
package messages

import "amalgam/payload"

// The names of the events, as they stand in an update's type.
const (
	EventChat         = "chat"
	EventNewMessage   = "new_message"
	EventReadMessage  = "read_message"
	EventNotification = "notification"
)

// Payloads is the set of all four events.
var Payloads = payload.MustSet(
	payload.Event[Chat](EventChat),
	payload.Event[NewMessage](EventNewMessage),
	payload.Event[ReadMessage](EventReadMessage),
	payload.Event[Notification](EventNotification),
)

// Person is somebody who takes part in a conversation.
type Person struct {
	ID   string `json:"id" minLength:"1" maxLength:"128" doc:"Stable identifier of the person."`
	Name string `json:"name" minLength:"1" maxLength:"200" doc:"Name to show beside the message."`
}

// Chat is a message said in a room, to everybody who is in it.
type Chat struct {
	_ struct{} `doc:"A message said in a room, to everybody who is in it."`

	ID     string `json:"id" minLength:"1" maxLength:"128" doc:"Identifier of this message, unique in its room."`
	Room   string `json:"room" minLength:"1" maxLength:"128" doc:"Identifier of the room."`
	From   Person `json:"from" doc:"Who says it."`
	Text   string `json:"text" minLength:"1" maxLength:"4000" doc:"What is said, as plain text."`
	SentAt string `json:"sentAt" format:"date-time" doc:"When it was sent, as an RFC 3339 date-time."`
}

// NewMessage is a message added to a conversation, to those who follow it.
type NewMessage struct {
	_ struct{} `doc:"A message added to a conversation, to those who follow it."`

	ID           string `json:"id" minLength:"1" maxLength:"128" doc:"Identifier of this message, unique in its conversation."`
	Conversation string `json:"conversation" minLength:"1" maxLength:"128" doc:"Identifier of the conversation."`
	From         Person `json:"from" doc:"Who wrote it."`
	Text         string `json:"text" minLength:"1" maxLength:"4000" doc:"What was written, as plain text."`
	SentAt       string `json:"sentAt" format:"date-time" doc:"When it was sent, as an RFC 3339 date-time."`
}

// ReadMessage is a receipt: somebody has read a conversation up to a message.
type ReadMessage struct {
	_ struct{} `doc:"A receipt: somebody has read a conversation up to a message."`

	Conversation string `json:"conversation" minLength:"1" maxLength:"128" doc:"Identifier of the conversation."`
	MessageID    string `json:"messageId" minLength:"1" maxLength:"128" doc:"Identifier of the last message read."`
	ReaderID     string `json:"readerId" minLength:"1" maxLength:"128" doc:"Identifier of the person who read it."`
	ReadAt       string `json:"readAt" format:"date-time" doc:"When it was read, as an RFC 3339 date-time."`
}

// Notification is something to show to a person outside of any conversation.
//
// A URL that holds to format uri may have any scheme, javascript included: a
// page that makes a link of it must look at the scheme first.
type Notification struct {
	_ struct{} `doc:"Something to show to a person outside of any conversation."`

	ID        string `json:"id" minLength:"1" maxLength:"128" doc:"Identifier of the notification."`
	Title     string `json:"title" minLength:"1" maxLength:"200" doc:"Headline, as plain text."`
	Body      string `json:"body,omitempty" maxLength:"2000" doc:"More to read, as plain text."`
	URL       string `json:"url,omitempty" format:"uri" doc:"Where it leads. Check the scheme before making a link of it."`
	Level     string `json:"level,omitempty" enum:"info,warning,error" doc:"How urgent it is. Taken as info when absent."`
	CreatedAt string `json:"createdAt" format:"date-time" doc:"When it was made, as an RFC 3339 date-time."`
}
