package hub

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"amalgam/hub/dialect"
	"amalgam/hub/update"
	"amalgam/payload"
)

// PayloadsMode says what becomes of an update whose data does not hold to the
// schema of its type.
type PayloadsMode uint8

const (
	// PayloadsEnforce refuses it with 422 and the list of its faults.
	PayloadsEnforce PayloadsMode = iota
	// PayloadsWarn takes it and logs what is wrong with it: for an application
	// that has publishers of which it does not know yet whether they hold.
	PayloadsWarn
)

// A PayloadError says why an update's data does not hold to its schema.
type PayloadError struct {
	Type   string          // of the update; message where it has none
	Issues []payload.Issue // at least one
}

func (e *PayloadError) Error() string {
	first, more := e.Issues[0], ""
	if n := len(e.Issues) - 1; n > 0 {
		more = fmt.Sprintf(" (and %d more)", n)
	}
	where := ""
	if first.Path != "" {
		where = "at " + first.Path + ", "
	}
	return fmt.Sprintf("the data does not hold to the schema of %q: %s%s%s. Mend the data, or the schema that the hub was started with", e.Type, where, first.Message, more)
}

// refusal is public: whoever gets it may publish, has sent the data, and can
// read the schemas.
func (e *PayloadError) refusal() *dialect.Refusal {
	why := dialect.Refuse(http.StatusUnprocessableEntity, "payload", "data", "%s", e.Error())
	why.Public, why.Issues = true, e.Issues
	return why
}

// payloads holds updates to their schemas. All its methods work on nil, which
// knows no schema.
type payloads struct {
	set      *payload.Set
	mode     PayloadsMode
	logger   *slog.Logger
	document []byte // what is served, the set as a JSON Schema
	etag     string
	faulty   []atomic.Uint64 // updates that did not hold, by the event's index
}

func newPayloads(cfg Config) *payloads {
	if cfg.Payloads == nil {
		return nil
	}
	p := &payloads{set: cfg.Payloads, mode: cfg.PayloadsMode, logger: cfg.Logger, document: cfg.Payloads.JSONSchema()}
	sum := sha256.Sum256(p.document)
	p.etag = `"` + hex.EncodeToString(sum[:12]) + `"`
	p.faulty = make([]atomic.Uint64, len(p.set.Names()))
	return p
}

// judge returns why u is not to be taken, or nil.
func (p *payloads) judge(ctx context.Context, u *update.Update) *PayloadError {
	if p == nil {
		return nil
	}
	event := cmp.Or(u.Type, "message") // as clients hear it (HTML §9.2.6)
	i := p.set.Index(event)
	if i < 0 {
		return nil
	}
	issues := p.set.ValidateAt(i, []byte(u.Data))
	if len(issues) == 0 {
		return nil
	}
	p.faulty[i].Add(1)
	e := &PayloadError{Type: event, Issues: issues}
	if p.mode == PayloadsEnforce {
		return e
	}
	attrs := []slog.Attr{slog.String("type", event), slog.Int("issues", len(issues)), slog.String("reason", clip(e.Error()))}
	if c, ok := ctx.Value(callKey{}).(*call); ok {
		attrs = append(attrs, slog.String("request", c.id))
	}
	p.logger.LogAttrs(ctx, slog.LevelWarn, "an update would be refused if payloads were enforced", attrs...)
	return nil
}

// PayloadFaults returns how many updates have not held to the schema of their
// type since the hub started, by type, whether they were refused or taken. It
// has every type of Config.Payloads, and is nil without those.
func (h *Hub) PayloadFaults() map[string]uint64 {
	if h.payloads == nil {
		return nil
	}
	faults := make(map[string]uint64, len(h.payloads.faulty))
	for i, name := range h.payloads.set.Names() {
		faults[name] = h.payloads.faulty[i].Load()
	}
	return faults
}

// servePayloads serves the schemas. They are public, like the SDK that reads
// them: clients keep them and ask each time whether they have changed.
func (h *Hub) servePayloads(w http.ResponseWriter, r *http.Request) {
	if h.payloads == nil {
		why := dialect.Refuse(http.StatusNotFound, "payloads-none", "", "this hub has no schemas of payloads: start it with the directive payloads FILE, or let the page bring its own")
		why.Public = true
		h.refuse(w, r, why)
		return
	}
	header := w.Header()
	header.Set("Content-Type", "application/schema+json")
	header.Set("Cache-Control", "no-cache")
	header.Set("ETag", h.payloads.etag)
	header.Set("X-Content-Type-Options", "nosniff")
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(h.payloads.document))
}
