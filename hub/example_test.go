package hub_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"

	"amalgam/hub"
	"amalgam/hub/auth"
	"amalgam/hub/eventlog/memory"
	"amalgam/hub/sse"
	"amalgam/hub/update"
)

// A program can carry a hub of its own: it is an http.Handler, and Publish
// needs no token.
func Example() {
	log := memory.New(memory.Options{})
	defer log.Close()
	key, err := auth.ParseKey("HS256", []byte("a secret of at least thirty-two bytes"))
	if err != nil {
		fmt.Println(err)
		return
	}
	h, err := hub.New(hub.Config{Log: log, PublisherKeys: []*auth.Key{key}, Anonymous: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	mux := http.NewServeMux()
	mux.Handle(hub.DefaultPath, h)     // publish and subscribe
	mux.Handle(hub.DefaultPath+"/", h) // the subscription API
	mux.Handle(hub.MetadataPath, h)    // what the hub says of itself
	server := httptest.NewServer(mux)
	defer server.Close()

	id, err := h.Publish(context.Background(), &update.Update{
		Topics: []string{"https://example.com/books/1"}, Type: "changed", Data: "a new title", ID: "urn:change:1",
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("published", id)

	resp, err := http.Get(server.URL + hub.DefaultPath + "?topic=https://example.com/books/{id}&lastEventID=earliest")
	if err != nil {
		fmt.Println(err)
		return
	}
	event, err := sse.NewReader(resp.Body).Next()
	resp.Body.Close()
	fmt.Println("received", event.Type, event.Data, err)

	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	_ = h.Close(ctx) // ends the streams
	http.DefaultClient.CloseIdleConnections()
	// Output:
	// published urn:change:1
	// received changed a new title <nil>
}
