package bench

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/netip"
	"net/url"
	"strings"
	"time"
)

// Run runs one mode to its end. An error means that nothing could be measured;
// what was measured and is not right is in Result.Wrong.
func Run(ctx context.Context, mode string, o Options) (*Result, error) {
	o, err := o.WithDefaults(mode)
	if err != nil {
		return nil, err
	}
	if err := RaiseLimit(o.Subscribers + o.Publishers + 64); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, o.Timeout)
	defer cancel()
	b := &run{o: o, mode: mode}
	if b.addr, b.url, err = resolve(o.Hub); err != nil {
		return nil, err
	}
	if err := b.prepare(); err != nil {
		return nil, err
	}
	b.r = &Result{Mode: mode, Subscribers: o.Subscribers, Publishers: o.Publishers, Topics: o.Topics, Match: o.Match, Size: o.Size, Measured: len(o.PIDs) > 0}
	switch mode {
	case "idle", "connect":
		err = b.connections(ctx)
	case "replay":
		err = b.replay(ctx)
	default:
		b.r.Pace = o.Pace.String()
		err = b.deliver(ctx)
	}
	return b.r, err
}

// run is one bench under way.
type run struct {
	o              Options
	mode           string
	addr           netip.AddrPort
	url            *url.URL
	topics         []string
	follow         []string // by topic: what subscribers ask for
	tokens         []string // by subscriber, if each has its own
	publisherToken string
	r              *Result
}

// prepare makes topics and tokens, so that none of it is timed. The topics are
// new in every run: what earlier runs left in the hub's history is not theirs.
func (b *run) prepare() (err error) {
	base := "https://bench.example/" + strings.ToLower(rand.Text()[:10]) + "/"
	for k := range b.o.Topics {
		group := fmt.Sprintf("%s%d/", base, k)
		b.topics = append(b.topics, group+"7")
		switch b.o.Match {
		case Template:
			b.follow = append(b.follow, "topic="+url.QueryEscape(group+"{id}"))
		case URLPattern:
			b.follow = append(b.follow, "match_urlpattern="+url.QueryEscape(group+":id"))
		default:
			b.follow = append(b.follow, "topic="+url.QueryEscape(group+"7"))
		}
	}
	if b.o.Publishers > 0 {
		s, err := newSigner(b.o.PublisherAlg, b.o.PublisherKey)
		if err == nil {
			b.publisherToken, err = s.token("publish", "*")
		}
		if err != nil {
			return fmt.Errorf("minting the publishers' token: %w", err)
		}
	}
	if !b.o.Tokens {
		return nil
	}
	s, err := newSigner(b.o.SubscriberAlg, b.o.SubscriberKey)
	for i := 0; i < b.o.Subscribers && err == nil; i++ {
		var token string
		// The last selector makes each token another, also on a shared topic.
		token, err = s.token("subscribe", b.topics[i%len(b.topics)], fmt.Sprintf("%sme/%d", base, i))
		b.tokens = append(b.tokens, token)
	}
	if err != nil {
		return fmt.Errorf("minting the subscribers' tokens: %w", err)
	}
	return nil
}

// request is what subscriber i sends; cursor is the last id it has seen.
func (b *run) request(i int, cursor string) []byte {
	var s strings.Builder
	s.WriteString("GET " + b.url.EscapedPath() + "?")
	if b.url.RawQuery != "" {
		s.WriteString(b.url.RawQuery + "&")
	}
	s.WriteString(b.follow[i%len(b.follow)])
	s.WriteString(" HTTP/1.1\r\nHost: " + b.url.Host + "\r\nAccept: text/event-stream\r\n")
	if cursor != "" {
		s.WriteString("Last-Event-ID: " + cursor + "\r\n")
	}
	if b.tokens != nil {
		s.WriteString("Authorization: Bearer " + b.tokens[i] + "\r\n")
	}
	s.WriteString("\r\n")
	return []byte(s.String())
}

// subscribe opens all streams. every says which of them read stamps: one in so
// many.
func (b *run) subscribe(ctx context.Context, every int, cursor string) (*Clients, error) {
	if b.o.Subscribers > 0 {
		b.o.Progress("connecting %d subscribers", b.o.Subscribers)
	}
	c, took, err := connect(ctx, newDialer(b.addr), clientOptions{
		count:   b.o.Subscribers,
		request: func(i int) []byte { return b.request(i, cursor) },
		sample:  func(i int) bool { return i%every == 0 },
	})
	if err != nil {
		return nil, err
	}
	if b.o.Subscribers == 0 {
		return c, nil
	}
	b.r.ConnectSeconds = took.Seconds()
	b.r.ConnectRate = float64(b.o.Subscribers) / took.Seconds()
	return c, nil
}

func (b *run) publishers(ctx context.Context) ([]*publisher, func(), error) {
	var pubs []*publisher
	closeAll := func() {
		for _, p := range pubs {
			p.close()
		}
	}
	path := b.url.EscapedPath()
	for range b.o.Publishers {
		p, err := newPublisher(ctx, b.addr.String(), path, b.url.Host, b.publisherToken, padding(b.o.Size))
		if err != nil {
			closeAll()
			return nil, nil, err
		}
		pubs = append(pubs, p)
	}
	return pubs, closeAll, nil
}

// usage reads what the hub has used; nothing if its processes are not known.
func (b *run) usage() (Usage, error) {
	if len(b.o.PIDs) == 0 {
		return Usage{}, nil
	}
	return ReadUsage(b.o.PIDs)
}

// cost records what was used between two readings.
func (b *run) cost(before, after Usage, took time.Duration) {
	b.r.Seconds = took.Seconds()
	b.r.RSS = after.RSS
	cpu := after.CPU - before.CPU
	b.r.CPUSeconds = cpu.Seconds()
	us := float64(cpu.Microseconds())
	if b.r.Published > 0 {
		b.r.CPUPerPublish = us / float64(b.r.Published)
		b.r.PublishRate = float64(b.r.Published) / took.Seconds()
	}
	if b.r.Delivered > 0 {
		b.r.CPUPerDelivery = us / float64(b.r.Delivered)
		b.r.DeliveryRate = float64(b.r.Delivered) / took.Seconds()
		b.r.WritesPerDelivery = -1
		if before.Writes >= 0 && after.Writes >= 0 && b.r.Measured {
			b.r.WritesPerDelivery = float64(after.Writes-before.Writes) / float64(b.r.Delivered)
		}
	}
}
