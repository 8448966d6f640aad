package draft1

import (
	"encoding/json"
	"errors"
	"fmt"

	"amalgam/hub/auth"
	"amalgam/hub/dialect"
	"amalgam/hub/topic"
	"amalgam/hub/update"
)

// DetailType is the type of the authorization details that the hub understands.
const DetailType = "https://mercure.rocks/authorization-detail"

// object is a JSON object whose names are compared byte by byte, which Go's
// decoder into structs does not do.
type object map[string]json.RawMessage

// parseDetails reads authorization_details whole or not at all (draft-08,
// Authorization Details). Details of other types grant nothing here.
func parseDetails(raw json.RawMessage, limits dialect.Limits, base string) ([]auth.Detail, error) {
	if raw == nil {
		return nil, nil
	}
	var list []object
	if err := json.Unmarshal(raw, &list); err != nil || list == nil {
		return nil, errors.New("authorization_details must be an array of objects")
	}
	var details []auth.Detail
	for i, o := range list {
		kind, err := str(o, "type")
		if err != nil {
			return nil, fmt.Errorf("authorization_details[%d]: %w", i, err)
		}
		if kind != DetailType {
			continue
		}
		if len(details) == limits.Details {
			return nil, fmt.Errorf("a token has at most %d authorization details", limits.Details)
		}
		d, err := parseDetail(o, limits, base)
		if err != nil {
			return nil, fmt.Errorf("authorization_details[%d]: %w", i, err)
		}
		details = append(details, d)
	}
	return details, nil
}

func parseDetail(o object, limits dialect.Limits, base string) (auth.Detail, error) {
	var d auth.Detail
	var actions []*string
	if err := json.Unmarshal(o["actions"], &actions); err != nil || len(actions) == 0 {
		return d, errors.New(`"actions" must be an array of strings with at least one`)
	}
	for _, a := range actions {
		switch {
		case a == nil:
			return d, errors.New(`"actions" must hold strings only`)
		case *a == "publish":
			d.Publish = true
		case *a == "subscribe":
			d.Subscribe = true
		} // an action that is not known grants nothing
	}
	var topics []object
	if err := json.Unmarshal(o["topics"], &topics); err != nil || len(topics) == 0 {
		return d, errors.New(`"topics" must be an array of matchers with at least one, such as [{"match": "https://example.com/books/1"}]`)
	}
	if len(topics) > limits.Matchers1 {
		return d, fmt.Errorf(`"topics" has %d matchers, %d are allowed`, len(topics), limits.Matchers1)
	}
	for i, t := range topics {
		m, err := parseMatcher(t, base)
		if err != nil {
			return d, fmt.Errorf("topics[%d]: %w", i, err)
		}
		d.Topics = append(d.Topics, m)
	}
	if payload, ok := o["payload"]; ok {
		var p object
		if err := json.Unmarshal(payload, &p); err != nil || p == nil {
			return d, errors.New(`"payload" must be an object`)
		}
		d.Payload = payload
	}
	return d, nil
}

func parseMatcher(o object, base string) (*topic.Matcher, error) {
	pattern, err := str(o, "match")
	if err != nil {
		return nil, err
	}
	matchType := MatchExact
	if _, ok := o["match_type"]; ok {
		if matchType, err = str(o, "match_type"); err != nil {
			return nil, err
		}
	}
	if matchType != MatchExact && matchType != MatchURLPattern {
		return nil, fmt.Errorf(`match_type %q is not supported: use "exact" or "urlpattern"`, matchType)
	}
	if f := update.CheckTopic("match", pattern, true); f != nil {
		return nil, f
	}
	return compile(matchType, pattern, base)
}

func str(o object, name string) (string, error) {
	var s *string
	if err := json.Unmarshal(o[name], &s); err != nil || s == nil {
		return "", fmt.Errorf("%q must be a string", name)
	}
	return *s, nil
}
