package payload_test

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"amalgam/payload"
)

type formatted struct {
	Time  string `json:"time,omitempty" format:"date-time"`
	URI   string `json:"uri,omitempty" format:"uri"`
	UUID  string `json:"uuid,omitempty" format:"uuid"`
	Email string `json:"email,omitempty" format:"email"`
}

var formats = payload.MustSet(payload.Event[formatted]("e"))

func holds(t *testing.T, property, value string) bool {
	t.Helper()
	quoted := payload.AppendIssues(nil, []payload.Issue{{Path: value}}) // the package's own quoting
	value = strings.TrimSuffix(strings.TrimPrefix(string(quoted), `[{"path":`), `,"keyword":"","message":""}]`)
	issues := formats.Validate("e", []byte(`{"`+property+`":`+value+`}`))
	for _, issue := range issues {
		if issue.Keyword != "format" {
			t.Fatalf("%s: %v", value, issue)
		}
	}
	return issues == nil
}

func checkFormat(t *testing.T, property string, yes, no []string) {
	t.Helper()
	for _, value := range yes {
		if !holds(t, property, value) {
			t.Errorf("%q is refused", value)
		}
	}
	for _, value := range no {
		if holds(t, property, value) {
			t.Errorf("%q is accepted", value)
		}
	}
}

// TestDateTimesAgreeWithPackageTime mutates date-times and asks time.Parse, but
// for what RFC 3339 allows and Go does not: lower-case letters and leap seconds.
// Go in turn allows a comma for the point, offsets up to 24:60, and an hour of
// one digit.
func TestDateTimesAgreeWithPackageTime(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	accepted := 0
	for range 40_000 {
		at := time.Unix(random.Int64N(253402300800), random.Int64N(1e9)).In(time.FixedZone("", (random.IntN(47*60)-23*60-30)*60))
		value := []byte(at.Format([]string{time.RFC3339, time.RFC3339Nano}[random.IntN(2)]))
		if random.IntN(3) == 0 {
			// a day that may or may not be in the month
			copy(value[8:], []string{"28", "29", "30", "31", "00", "32"}[random.IntN(6)])
		}
		if random.IntN(3) == 0 {
			value[random.IntN(len(value))] = "0123456789:-+.TZ ,"[random.IntN(18)]
		}
		if random.IntN(20) == 0 {
			value = append(value[:random.IntN(len(value))], value[random.IntN(len(value)):]...)
		}
		s := string(value)
		_, err := time.Parse(time.RFC3339, s)
		want := err == nil
		if strings.Contains(s, ",") || len(s) > 12 && s[12] == ':' || len(s) > 6 && s[len(s)-3] == ':' && (s[len(s)-5:len(s)-3] == "24" || s[len(s)-2:] == "60") {
			want = false
		}
		if len(s) > 18 && s[17:19] == "60" {
			continue
		}
		if got := holds(t, "time", s); got != want {
			t.Fatalf("%q: %v, and package time says %v (%v)", s, got, want, err)
		}
		if want {
			accepted++
		}
	}
	if accepted < 10_000 || accepted > 38_000 {
		t.Errorf("%d of the date-times were good: the test does not test much", accepted)
	}
}

func TestLeapSecondsStandOnlyAtTheEndOfAMonthInUTC(t *testing.T) {
	checkFormat(t, "time", []string{
		"1998-12-31T23:59:60Z", "1998-12-31T15:59:60.123-08:00", "1999-01-01T05:29:60+05:30", "2015-06-30T23:59:60Z",
		"2016-02-29T23:59:60Z", "2015-03-01T00:59:60+01:00", "2015-06-30T00:00:60-23:59", "2015-07-01T23:58:60+23:59",
	}, []string{
		"1998-12-31T23:58:60Z", "1998-12-31T22:59:60Z", "1998-12-30T23:59:60Z", "1998-12-31T23:59:60-08:00", "1998-12-31T23:59:61Z",
		"2015-02-28T00:59:60+01:00", "2015-06-29T00:00:60-23:59", "2015-07-02T23:58:60+23:59", "2016-02-28T23:59:60Z",
	})
}

func TestURIs(t *testing.T) {
	checkFormat(t, "uri", []string{
		"http://a", "https://example.com/a/b?c=d#e", "ftp://ftp.is.co.za/rfc/rfc1808.txt", "ldap://[2001:db8::7]/c=GB?objectClass?one",
		"mailto:John.Doe@example.com", "news:comp.infosystems.www.servers.unix", "tel:+1-816-555-1212", "telnet://192.0.2.16:80/",
		"urn:oasis:names:specification:docbook:dtd:xml:4.1.2", "file:///etc/hosts", "a:", "a:/", "a:b", "a://", "a:?", "a:#", "a:/b//c",
		"a+b-c.d1:x", "http://u:p@h:1/", "http://@h", "http://h:", "http://h?q", "http://h#f", "http://%41", "http://a_b~c!$&'()*+,;=/",
		"http://[::]/", "http://[::1]", "http://[1::]", "http://[1:2:3:4:5:6:7:8]", "http://[1:2:3:4:5:6:7::]", "http://[::2:3:4:5:6:7:8]",
		"http://[1::8]:80", "http://[::ffff:192.0.2.1]", "http://[1:2:3:4:5:6:192.0.2.1]", "http://[64:ff9b::192.0.2.33]", "http://[v1.x:y]",
		"http://[vFF.~]", "http://h/p:@!$&'()*+,;=", "http://h?/?:@", "http://h#/?:@", "javascript:alert(1)",
	}, []string{
		"", ":", "a", "/", "//a", "a/b", "?a", "#a", "1a:b", "+a:b", "a_b:c", "é:b", "a b:c", "a: ", "a:\n", "a:%", "a:%4", "a:%4g", "a:%g4",
		"a:é", "a:\"", "a:<b>", "a:\\", "a:^", "a:`", "a:{b}", "a:|", "a:#b#c", "a:[b]", "a:?[", "http://a b", "http://h:80a", "http://h:8:9",
		"http://u@v@h", "http://h/\x7f", "http://[", "http://]", "http://[]", "http://[::", "http://[::1]a", "http://[::1]:a", "http://[:]", "http://[:1]",
		"http://[1:]", "http://[:::]", "http://[1:::2]", "http://[1::2::3]", "http://[1:2:3:4:5:6:7]", "http://[1:2:3:4:5:6:7:8:9]", "http://[1:2:3:4::5:6:7:8]",
		"http://[12345::]", "http://[g::]", "http://[::1.2.3]", "http://[::1.2.3.4.5]", "http://[::256.0.0.1]", "http://[::01.2.3.4]", "http://[::1.2.3.4:5]",
		"http://[1:2:3:4:5:6:7:1.2.3.4]", "http://[::1.2.3.]", "http://[v.x]", "http://[v1.]", "http://[v1x]", "http://[vg.x]", "http://[v1.%41]", "http://[v1./]",
		"http://[fe80::1%25eth0]", "http://a[::1]",
	})
}

func TestUUIDs(t *testing.T) {
	const good = "123e4567-e89b-12d3-a456-426614174000"
	yes := []string{good, strings.ToUpper(good), "00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff"}
	no := []string{"", good[1:], good + "0", "{" + good + "}", "urn:uuid:" + good, strings.ReplaceAll(good, "-", ""), strings.ReplaceAll(good, "-", "_")}
	for i := range good {
		no = append(no, good[:i]+"g"+good[i+1:])
	}
	checkFormat(t, "uuid", yes, no)
}

func TestEmails(t *testing.T) {
	label, local := strings.Repeat("a", 63), strings.Repeat("l", 64)
	domain := label + "." + label + "." + strings.Repeat("b", 61)
	checkFormat(t, "email", []string{
		"a@b", "a.b.c@d.e", "ada+tag@example.com", "!#$%&'*+-/=?^_`{|}~@x", "1@2.3", "a@b-c.d--e", "a@" + label + ".com", local + "@example.com", local + "@" + domain,
	}, []string{
		"", "@", "a", "a@", "@b", ".a@b", "a.@b", "a..b@c", "a b@c", "a@b c", "a@b@c", "a@-b", "a@b-", "a@b.-c", "a@b-.c", "a@.b", "a@b.", "a@b..c", "a@b_c",
		"a@[127.0.0.1]", `"a"@b`, "a(b)@c", "a,b@c", "a@b,c", "é@b", "a@é", "a@b\n", " a@b", "a@a" + label, "a@" + label + "a.com", "l" + local + "@example.com", local + "@" + domain + "b",
	})
}
