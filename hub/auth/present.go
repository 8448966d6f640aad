package auth

import (
	"errors"
	"net/http"
	"strings"
)

// A Place is where a token was found.
type Place string

const (
	InHeader Place = "header"
	InQuery  Place = "query" // ?authorization=, classic only
	// The cookies of the two dialects.
	InClassicCookie Place = "classic cookie"
	InDraft1Cookie  Place = "draft1 cookie"
)

// Cookie reports whether the token came in a cookie, which a browser sends
// whoever asked it to.
func (p Place) Cookie() bool { return p == InClassicCookie || p == InDraft1Cookie }

// Places says where to look for a token besides the Authorization header.
type Places struct {
	// Query is the authorization parameter of the URL, nil if it is not there
	// or not to be looked at.
	Query *string
	// Cookies are looked at in this order.
	Cookies []CookiePlace
}

// A CookiePlace is a cookie and the dialect it belongs to.
type CookiePlace struct {
	Name  string
	Place Place
}

// FindToken returns the token of a request and where it was found. The header
// wins over the URL, the URL over the cookies, in both texts; what does not
// win is not looked at. No token at all is "", "", nil; an error says what is
// wrong with the way it is presented.
func FindToken(r *http.Request, places Places) (token string, place Place, err error) {
	if h := r.Header.Values("Authorization"); len(h) > 0 {
		scheme, token, ok := strings.Cut(h[0], " ")
		if len(h) > 1 || !ok || !strings.EqualFold(scheme, "Bearer") || token == "" || strings.ContainsAny(token, " ,") {
			return "", InHeader, errors.New(`the Authorization header must be "Bearer", one space and the token, once`)
		}
		return token, InHeader, nil
	}
	if places.Query != nil {
		if *places.Query == "" {
			return "", InQuery, errors.New("the authorization parameter is empty: send the token, or leave it out")
		}
		return *places.Query, InQuery, nil
	}
	for _, c := range places.Cookies {
		if found, err := r.Cookie(c.Name); err == nil && found.Value != "" {
			return found.Value, c.Place, nil
		}
	}
	return "", "", nil
}
