package demo

import (
	"errors"
	"net/http"
	"slices"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"
)

const (
	hubCookie     = "mercureAuthorization" // the name the protocol gives it
	sessionCookie = "demo_session"
	// personHeader says on whose behalf a request is made. All windows of a
	// browser share its cookies, and two of them may be two people talking.
	personHeader = "Demo-User"
	// maxPeople bounds how many people one browser can be at a time, and with
	// it both cookies: browsers drop one of more than 4,096 bytes.
	maxPeople       = 6
	maxName         = 40 // code points
	sessionLifetime = 12 * time.Hour
)

// A person is somebody who has joined a room from some browser window.
type person struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Room string `json:"room"`
}

func (p person) topics() []string { return []string{roomTopic(p.Room), userTopic(p.ID)} }

func roomTopic(room string) string { return "/rooms/" + room }
func userTopic(id string) string   { return "/users/" + id }

// sessionClaims are what demo_session carries: everybody who joined from this
// browser, the latest last.
type sessionClaims struct {
	People []person `json:"people"`
	jwt.RegisteredClaims
}

// hubClaims are what the hub reads in mercureAuthorization.
type hubClaims struct {
	Mercure mercureClaim `json:"mercure"`
	jwt.RegisteredClaims
}

type mercureClaim struct {
	Subscribe []string    `json:"subscribe"`
	Payload   userPayload `json:"payload"`
}

type userPayload struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

type sessionAnswer struct {
	User      userPayload `json:"user"`
	Room      string      `json:"room"`
	Topics    []string    `json:"topics"`
	ExpiresAt time.Time   `json:"expiresAt"`
}

// join makes somebody a member of a room: POST /api/session.
func (a *app) join(w http.ResponseWriter, r *http.Request) (any, error) {
	var in struct {
		Name string `json:"name"`
		Room string `json:"room"`
	}
	if err := readBody(w, r, &in); err != nil {
		return nil, err
	}
	name, err := checkName(in.Name)
	if err != nil {
		return nil, err
	}
	if err := checkRoom(in.Room); err != nil {
		return nil, err
	}
	people := a.people(r)
	me := person{ID: uuid.NewString(), Name: name, Room: in.Room}
	// Somebody who joins again (a reload, another room) stays the same person.
	if i := indexPerson(people, r.Header.Get(personHeader)); i >= 0 {
		me.ID = people[i].ID
		people = slices.Delete(people, i, i+1)
	}
	people = append(people, me)
	if over := len(people) - maxPeople; over > 0 {
		people = people[over:]
	}
	expires := a.now().Add(sessionLifetime)
	if err := a.setCookies(w, r, people, expires); err != nil {
		return nil, err
	}
	return sessionAnswer{
		User:      userPayload{ID: me.ID, Name: me.Name},
		Room:      me.Room,
		Topics:    append(me.topics(), PublicTopic),
		ExpiresAt: expires.UTC().Truncate(time.Second),
	}, nil
}

func (a *app) setCookies(w http.ResponseWriter, r *http.Request, people []person, expires time.Time) error {
	me := people[len(people)-1]
	registered := jwt.RegisteredClaims{
		IssuedAt:  jwt.NewNumericDate(a.now()),
		ExpiresAt: jwt.NewNumericDate(expires),
	}
	// The grant covers everybody in this browser. A second window replaces the
	// cookie; the first must still be let in when its stream reconnects.
	var subscribe []string
	for _, p := range people {
		for _, t := range p.topics() {
			if !slices.Contains(subscribe, t) {
				subscribe = append(subscribe, t)
			}
		}
	}
	hub, err := sign(a.cfg.SubscriberKey, hubClaims{
		Mercure:          mercureClaim{Subscribe: subscribe, Payload: userPayload{ID: me.ID, Name: me.Name}},
		RegisteredClaims: registered,
	})
	if err != nil {
		return err
	}
	session, err := sign(a.sessionKey, sessionClaims{People: people, RegisteredClaims: registered})
	if err != nil {
		return err
	}
	// X-Forwarded-Proto is not read: without a list of proxies to trust, it may be
	// anybody's. Behind a proxy that ends TLS the cookies do without Secure.
	secure := r.TLS != nil
	for _, c := range []http.Cookie{
		{Name: hubCookie, Value: hub, Path: a.cfg.PublicHubPath},
		{Name: sessionCookie, Value: session, Path: "/api/"},
	} {
		c.HttpOnly, c.SameSite, c.Secure = true, http.SameSiteStrictMode, secure
		c.MaxAge = int(sessionLifetime / time.Second)
		http.SetCookie(w, &c)
	}
	return nil
}

func sign(key []byte, claims jwt.Claims) (string, error) {
	return jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString(key)
}

// people returns everybody who joined from the browser that sent r: nobody
// where the cookie is missing, expired or not ours.
func (a *app) people(r *http.Request) []person {
	c, err := r.Cookie(sessionCookie)
	if err != nil {
		return nil
	}
	var claims sessionClaims
	_, err = jwt.ParseWithClaims(c.Value, &claims,
		func(*jwt.Token) (any, error) { return a.sessionKey, nil },
		jwt.WithValidMethods([]string{"HS256"}), jwt.WithExpirationRequired(), jwt.WithTimeFunc(a.now))
	if err != nil {
		return nil
	}
	return claims.People
}

func indexPerson(people []person, id string) int {
	return slices.IndexFunc(people, func(p person) bool { return p.ID == id })
}

var errNoSession = errors.New("no session")

// caller is the person on whose behalf r is made: the one that Demo-User
// names, or the latest to have joined from this browser.
func (a *app) caller(r *http.Request) (person, error) {
	people := a.people(r)
	if id := r.Header.Get(personHeader); id != "" {
		if i := indexPerson(people, id); i >= 0 {
			return people[i], nil
		}
		return person{}, errNoSession
	}
	if len(people) == 0 {
		return person{}, errNoSession
	}
	return people[len(people)-1], nil
}

// withPerson lets only those through who have joined.
func (a *app) withPerson(next func(w http.ResponseWriter, r *http.Request, me person) (any, error)) apiHandler {
	return func(w http.ResponseWriter, r *http.Request) (any, error) {
		me, err := a.caller(r)
		if err != nil {
			return nil, refuse(http.StatusUnauthorized, sessionCookie, "you have not joined a room, or your session has ended", "join with POST /api/session first")
		}
		return next(w, r, me)
	}
}

func checkRoom(room string) error {
	ok := len(room) >= 1 && len(room) <= 64
	for i := 0; ok && i < len(room); i++ {
		c := room[i]
		ok = c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '-'
	}
	if !ok {
		return refuse(http.StatusBadRequest, "room", "this is not a room's name", "use 1 to 64 letters, digits, hyphens, underscores")
	}
	return nil
}

func checkName(name string) (string, error) {
	name = trim(name)
	if n := utf8.RuneCountInString(name); n < 1 || n > maxName {
		return "", refuse(http.StatusBadRequest, "name", "this is not a name of 1 to 40 characters", "choose a name of 1 to 40 characters")
	}
	// Format characters (Cf) stay: emoji are joined by them.
	if i := indexControl(name); i >= 0 {
		return "", refuse(http.StatusBadRequest, "name", "the name holds a line break or another control character", "choose a name without line breaks")
	}
	return name, nil
}

func indexControl(s string) int {
	return slices.IndexFunc([]rune(s), unicode.IsControl)
}
