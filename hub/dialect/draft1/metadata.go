package draft1

import "amalgam/hub/auth"

// MetadataPrefix is what the well-known path of the metadata puts before the
// hub's own path (RFC 9728, 3.1).
const MetadataPrefix = "/.well-known/oauth-protected-resource"

// Metadata is the hub's protected resource metadata (draft-08, Protected
// Resource Metadata).
type Metadata struct {
	Resource             string   `json:"resource"`
	AuthorizationServers []string `json:"authorization_servers,omitempty"`
	DetailTypes          []string `json:"authorization_details_types_supported"`
	BearerMethods        []string `json:"bearer_methods_supported"`
	Cookie               string   `json:"mercure_cookie,omitempty"`
	MatcherTypes         []string `json:"mercure_matcher_types_supported"`
	Subscriptions        bool     `json:"mercure_subscriptions,omitempty"`
}

// NewMetadata describes a hub.
func NewMetadata(resource, cookie string, issuers []auth.Issuer, subscriptions bool) Metadata {
	m := Metadata{
		Resource:      resource,
		DetailTypes:   []string{DetailType},
		BearerMethods: []string{"header"},
		Cookie:        cookie,
		MatcherTypes:  MatchTypes,
		Subscriptions: subscriptions,
	}
	for _, i := range issuers {
		if i.Advertise {
			m.AuthorizationServers = append(m.AuthorizationServers, i.ID)
		}
	}
	return m
}
