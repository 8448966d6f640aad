package payload

// isDateTime matches date-time of RFC 3339 §5.6. T and Z may be lower case, as
// it says there. A second of 60 stands only where a leap second can: at
// 23:59:60 UTC on the last day of a month (§5.7).
func isDateTime(s []byte) bool {
	if len(s) < len("2006-01-02T15:04:05Z") || s[10]|0x20 != 't' || !isDate(s[:10]) {
		return false
	}
	minute, leap, ok := timeOfDay(s[11:])
	return ok && (!leap || isLeapSecond(digits(s[0:4]), digits(s[5:7]), digits(s[8:10]), minute))
}

// isDate matches full-date of RFC 3339 §5.6.
func isDate(s []byte) bool {
	if len(s) != len("2006-01-02") || s[4] != '-' || s[7] != '-' {
		return false
	}
	year, month, day := digits(s[0:4]), digits(s[5:7]), digits(s[8:10])
	return year >= 0 && month >= 1 && month <= 12 && day >= 1 && day <= daysIn(year, month)
}

// isTimeOfDay matches full-time of RFC 3339 §5.6, where a leap second can be on
// any day.
func isTimeOfDay(s []byte) bool {
	minute, leap, ok := timeOfDay(s)
	return ok && (!leap || (minute+24*60)%(24*60) == 23*60+59)
}

// timeOfDay reads a full-time: its minute of the day in UTC, which may lie on
// the day before or after, and whether its second is a leap second.
func timeOfDay(s []byte) (inUTC int, leap, ok bool) {
	if len(s) < len("15:04:05Z") || s[2] != ':' || s[5] != ':' {
		return 0, false, false
	}
	hour, minute, second := digits(s[0:2]), digits(s[3:5]), digits(s[6:8])
	if hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60 {
		return 0, false, false
	}
	rest := s[8:]
	if rest[0] == '.' {
		n := 1
		for n < len(rest) && isDigit(rest[n]) {
			n++
		}
		if n == 1 {
			return 0, false, false
		}
		rest = rest[n:]
	}
	offset, ok := zone(rest)
	return hour*60 + minute - offset, second == 60, ok
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
