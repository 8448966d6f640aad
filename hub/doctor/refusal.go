package doctor

import (
	"encoding/json"
	"fmt"
	"strings"
)

// said is what a hub adds to its status, as an insertion into a sentence: the
// detail of a problem document (RFC 9457), or a short text.
func (e *exam) said(a *answer) string {
	var problem struct{ Detail, Title, Rule string }
	switch media := a.media(); {
	case strings.HasSuffix(media, "json"):
		if json.Unmarshal([]byte(a.body), &problem) != nil {
			return ""
		}
		text := orElse(problem.Detail, problem.Title)
		if problem.Rule != "" && text != "" {
			text = problem.Rule + ": " + text
		}
		return e.quoted(text)
	case media == "text/plain" || media == "":
		return e.quoted(a.body)
	}
	return ""
}

func (e *exam) quoted(s string) string {
	if s = e.excerpt(s); s == "" {
		return ""
	}
	return fmt.Sprintf(", and says “%s”", s)
}

// explains reports whether the hub gave the reason of a refusal.
func explains(a *answer) bool {
	return a.media() == "application/problem+json" && strings.Contains(a.body, `"detail"`)
}

// challenge puts the WWW-Authenticate header of a refusal into words (RFC 6750,
// 3.1), or "".
func (e *exam) challenge(a *answer) string {
	header := a.Header.Get("WWW-Authenticate")
	_, rest, ok := strings.Cut(header, `error="`)
	if !ok {
		if header == "" {
			return ""
		}
		return "no token was seen"
	}
	code, _, _ := strings.Cut(rest, `"`)
	switch code {
	case "invalid_token":
		return "invalid_token: the token itself is not taken"
	case "insufficient_scope":
		return "insufficient_scope: the token is sound, but does not cover this"
	case "invalid_request":
		return "invalid_request: the way the token is sent is wrong"
	}
	return e.excerpt(code)
}

// refused is how a hub refused a token: status, challenge and what it says.
func (e *exam) refused(a *answer) string {
	s := fmt.Sprint(a.StatusCode)
	if c := e.challenge(a); c != "" {
		s += ", " + c
	}
	return "(" + s + ")" + e.said(a)
}
