package demo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"unicode/utf8"

	"amalgam/payload"
	"amalgam/payload/messages"

	"github.com/google/uuid"
	"github.com/gorilla/mux"
)

const maxText = 4000 // code points, as the chat schema has it

type idAnswer struct {
	ID string `json:"id"`
}

// say publishes a chat message: POST /api/rooms/{room}/messages.
func (a *app) say(w http.ResponseWriter, r *http.Request, me person) (any, error) {
	room, err := roomOf(r, me)
	if err != nil {
		return nil, err
	}
	var in struct {
		Text string `json:"text"`
	}
	if err := readBody(w, r, &in); err != nil {
		return nil, err
	}
	text := trim(in.Text)
	if text == "" {
		return nil, refuse(http.StatusBadRequest, "text", "the message is empty", "write something")
	}
	if n := utf8.RuneCountInString(text); n > maxText {
		return nil, refuse(http.StatusBadRequest, "text", fmt.Sprintf("the message has %d characters, of at most %d", n, maxText), "send it in parts")
	}
	id := uuid.NewString()
	return idAnswer{id}, a.publish(r.Context(), messages.EventChat, roomTopic(room), messages.Chat{
		ID:     id,
		Room:   room,
		From:   messages.Person{ID: me.ID, Name: me.Name},
		Text:   text,
		SentAt: a.timestamp(),
	})
}

// read tells the room how far somebody has read: POST /api/rooms/{room}/read.
func (a *app) read(w http.ResponseWriter, r *http.Request, me person) (any, error) {
	room, err := roomOf(r, me)
	if err != nil {
		return nil, err
	}
	var in struct {
		MessageID string `json:"messageId"`
	}
	if err := readBody(w, r, &in); err != nil {
		return nil, err
	}
	if n := utf8.RuneCountInString(in.MessageID); n < 1 || n > 128 {
		return nil, refuse(http.StatusBadRequest, "messageId", "this is not a message's id", "send the id of the last message that was read, 1 to 128 characters")
	}
	return idAnswer{in.MessageID}, a.publish(r.Context(), messages.EventReadMessage, roomTopic(room), messages.ReadMessage{
		Conversation: room,
		MessageID:    in.MessageID,
		ReaderID:     me.ID,
		ReadAt:       a.timestamp(),
	})
}

// broken publishes a chat that breaks its schema three times over, as a
// back-end with a defect would: POST /api/rooms/{room}/broken. It is the one
// place that publishes without validating, so that the browser has to.
func (a *app) broken(_ http.ResponseWriter, r *http.Request, me person) (any, error) {
	room, err := roomOf(r, me)
	if err != nil {
		return nil, err
	}
	id := uuid.NewString()
	data, err := json.Marshal(map[string]any{
		"id":     id,
		"room":   room,
		"from":   map[string]any{"id": me.ID},
		"text":   "",
		"sentAt": "yesterday",
	})
	if err != nil {
		return nil, err
	}
	return idAnswer{id}, a.send(r.Context(), Update{
		Topics: []string{roomTopic(room)}, Type: messages.EventChat, Data: string(data), Private: true,
	})
}

var userID = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// notify tells one person something, wherever they are: POST
// /api/users/{id}/notify.
func (a *app) notify(w http.ResponseWriter, r *http.Request, _ person) (any, error) {
	to := mux.Vars(r)["id"]
	if !userID.MatchString(to) {
		return nil, refuse(http.StatusBadRequest, "id", "this is not a user's id", "use the from.id of one of their messages")
	}
	var in struct {
		Title string `json:"title"`
		Body  string `json:"body"`
		Level string `json:"level"`
	}
	if err := readBody(w, r, &in); err != nil {
		return nil, err
	}
	in.Title, in.Body = trim(in.Title), trim(in.Body)
	if n := utf8.RuneCountInString(in.Title); n < 1 || n > 200 {
		return nil, refuse(http.StatusBadRequest, "title", "a title has 1 to 200 characters", "choose one of that length")
	}
	if utf8.RuneCountInString(in.Body) > 2000 {
		return nil, refuse(http.StatusBadRequest, "body", "a body has at most 2,000 characters", "shorten it")
	}
	switch in.Level {
	case "", "info", "warning", "error":
	default:
		return nil, refuse(http.StatusBadRequest, "level", "this level is not known", "use info, warning or error, or leave it out")
	}
	id := uuid.NewString()
	return idAnswer{id}, a.publish(r.Context(), messages.EventNotification, userTopic(to), messages.Notification{
		ID:        id,
		Title:     in.Title,
		Body:      in.Body,
		Level:     in.Level,
		CreatedAt: a.timestamp(),
	})
}

// curl hands the page a command to copy: GET /api/curl.
func (a *app) curl(w http.ResponseWriter, r *http.Request) {
	writeJSON(w, http.StatusOK, "application/json", struct {
		Command string `json:"command"`
	}{a.cfg.CurlCommand})
}

// publish sends message as a private update, after holding it to the schema
// that every browser will hold it to. The hub may do that as well, but need not
// be one that can.
func (a *app) publish(ctx context.Context, event, topic string, message any) error {
	data, err := json.Marshal(message)
	if err != nil {
		return err
	}
	if faults := messages.Payloads.Validate(event, data); len(faults) > 0 {
		p := refuse(http.StatusUnprocessableEntity, faults[0].Path, "the "+event+" does not hold to its schema", "see issues for each fault's path")
		p.Issues = payload.AppendIssues(nil, faults)
		return p
	}
	return a.send(ctx, Update{Topics: []string{topic}, Type: event, Data: string(data), Private: true})
}

// send hands u to the hub. What the hub says when it refuses goes to the log:
// it concerns whoever runs the demo, not whoever is chatting.
func (a *app) send(ctx context.Context, u Update) error {
	_, err := a.publisher.Publish(ctx, u)
	if err == nil {
		return nil
	}
	a.cfg.Logger.ErrorContext(ctx, "publish failed", "type", u.Type, "topic", u.Topics[0], "error", err)
	var refused *HubError
	if errors.As(err, &refused) {
		return refuse(http.StatusBadGateway, "", fmt.Sprintf("the hub refused the update with status %d", refused.Status), "the demo's log says why; check that its keys are the hub's")
	}
	return refuse(http.StatusBadGateway, "", "the hub cannot be reached", "try again; if it goes on, check that the hub runs at the demo's HubURL")
}

// roomOf is the room in the path, where me has joined it.
func roomOf(r *http.Request, me person) (string, error) {
	room := mux.Vars(r)["room"]
	if err := checkRoom(room); err != nil {
		return "", err
	}
	if room != me.Room {
		return "", refuse(http.StatusForbidden, "room", "you have joined another room", "join this one with POST /api/session first")
	}
	return room, nil
}

// timestamp is now with milliseconds, from which the page tells how long an
// event was under way.
func (a *app) timestamp() string {
	return a.now().UTC().Format("2006-01-02T15:04:05.000Z07:00")
}

func trim(s string) string { return strings.TrimSpace(s) }
