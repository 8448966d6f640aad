package stream

// ask asks the host for a token, unless it has been asked already.
func (s *Stream) ask() {
	s.renewAt = 0
	if s.asking {
		return
	}
	s.asking = true
	s.answerBy = s.host.Now() + tokenWithin
	s.debug("asking the page for a token")
	s.host.AskToken()
	s.plan()
}

// unauthorized is the answer to a 401: a new token, once; never none.
func (s *Stream) unauthorized() {
	if !s.c.Renewable || s.asked401 {
		reason := "the hub answered 401: it wants a token, or another one; give the client getToken or token, or set the hub's cookie"
		if s.asked401 {
			reason = "the hub answered 401, also to the token that getToken has just given: compare its key, its dialect and the clocks"
		}
		s.end(CodeUnauthorized, reason)
		return
	}
	s.asked401 = true
	s.wantToken = true
	if s.cur == nil {
		s.set(Status{State: Waiting, Code: CodeToken, Reason: "the hub answered 401: a new token is being asked for"})
	}
	s.ask()
}

// Token answers Host.AskToken. An empty token means that the page has set a
// cookie, which a stream that had a token does not take for one.
func (s *Stream) Token(token string, expires int64) {
	s.asking, s.answerBy = false, 0
	if s.status.State == Closed {
		return
	}
	if token == "" && s.c.Token != "" {
		s.end(CodeToken, "getToken gave no token: a client that had one does not go on without")
		return
	}
	same := token != "" && token == s.c.Token
	s.wantToken = false
	s.c.Token, s.c.Expires = token, expires
	s.renewal()
	if now := s.host.Now(); s.renewAt > 0 {
		wait := max(1000, s.minDelay) // the page has no newer one yet
		if expires <= now && !same {
			wait = renewBefore // the clock is wrong, and no other token will do
		}
		s.renewAt = max(s.renewAt, now+wait)
	}
	switch {
	case s.cur == nil || !s.cur.open:
		s.replace("a token")
	case !same || s.asked401: // it is the one that was refused: so that it is told
		s.replace("a new token")
	}
	s.plan()
}

// NoToken says that a token could not be had, for a reason that may pass.
func (s *Stream) NoToken(reason string) {
	s.asking, s.answerBy = false, 0
	if s.status.State == Closed {
		return
	}
	s.debug("no token: " + reason)
	if s.cur != nil && s.cur.open {
		s.renewAt = s.host.Now() + s.delay()
		s.plan()
		return
	}
	s.wantToken = true
	s.wait(CodeToken, "getToken failed: "+reason, 0)
}

// renewal plans when to ask for the next token.
func (s *Stream) renewal() {
	s.renewAt = 0
	if s.c.Expires > 0 && s.c.Renewable {
		now := s.host.Now()
		left := max(0, s.c.Expires-now)
		s.renewAt = max(now+left-min(renewBefore, left/5), 1)
	}
}
