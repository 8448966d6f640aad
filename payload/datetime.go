package payload

// isDateTime matches date-time of RFC 3339 §5.6. T and Z may be lower case, as
// it says there. A second of 60 stands only where a leap second can: at
// 23:59:60 UTC on the last day of a month (§5.7).
func isDateTime(s []byte) bool {
	if len(s) < len("2006-01-02T15:04:05Z") ||
		s[4] != '-' || s[7] != '-' || s[10]|0x20 != 't' || s[13] != ':' || s[16] != ':' {
		return false
	}
	year, month, day := digits(s[0:4]), digits(s[5:7]), digits(s[8:10])
	hour, minute, second := digits(s[11:13]), digits(s[14:16]), digits(s[17:19])
	if year < 0 || month < 1 || month > 12 || day < 1 || day > daysIn(year, month) ||
		hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60 {
		return false
	}
	rest := s[19:]
	if rest[0] == '.' {
		n := 1
		for n < len(rest) && isDigit(rest[n]) {
			n++
		}
		if n == 1 {
			return false
		}
		rest = rest[n:]
	}
	offset, ok := zone(rest)
	if !ok || second < 60 {
		return ok
	}
	return isLeapSecond(year, month, day, hour*60+minute-offset)
}

// zone reads Z or an offset of hours and minutes, and returns it in minutes.
func zone(s []byte) (offset int, ok bool) {
	if len(s) == 1 {
		return 0, s[0]|0x20 == 'z'
	}
	if len(s) != 6 || s[0] != '+' && s[0] != '-' || s[3] != ':' {
		return 0, false
	}
	hour, minute := digits(s[1:3]), digits(s[4:6])
	if hour < 0 || hour > 23 || minute < 0 || minute > 59 {
		return 0, false
	}
	offset = hour*60 + minute
	if s[0] == '-' {
		offset = -offset
	}
	return offset, true
}

// isLeapSecond reports whether a minute, counted in UTC from the start of a
// local day and so possibly on the day before, is the last of a month.
func isLeapSecond(year, month, day, minute int) bool {
	const last = 23*60 + 59
	switch minute {
	case last:
		return day == daysIn(year, month)
	case last - 24*60: // the day before in UTC: it ended a month if this day begins one
		return day == 1
	}
	// No offset is large enough for 23:59 of the day after.
	return false
}

// digits reads a number of digits only, or returns -1.
func digits(s []byte) int {
	n := 0
	for _, c := range s {
		if !isDigit(c) {
			return -1
		}
		n = n*10 + int(c-'0')
	}
	return n
}

func daysIn(year, month int) int {
	switch month {
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	case 4, 6, 9, 11:
		return 30
	}
	return 31
}
