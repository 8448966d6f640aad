package bench

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// Usage is what a process, or several together, has used so far.
type Usage struct {
	CPU time.Duration // utime + stime, in steps of 10 ms
	// RSS and PSS are the resident memory and the proportional share of it.
	RSS, PSS int64 // bytes
	// Writes counts the calls of write(2) and its kind, to files and sockets;
	// -1 where /proc/PID/io may not be read.
	Writes int64
}

// tick is the unit of /proc/PID/stat: USER_HZ is 100 on every Linux that Go
// runs on.
const tick = 10 * time.Millisecond

// ReadUsage adds up what the processes have used.
func ReadUsage(pids []int) (Usage, error) {
	var sum Usage
	for _, pid := range pids {
		u, err := readUsage(pid)
		if err != nil {
			return Usage{}, err
		}
		sum.CPU += u.CPU
		sum.RSS += u.RSS
		sum.PSS += u.PSS
		if sum.Writes >= 0 && u.Writes >= 0 {
			sum.Writes += u.Writes
		} else {
			sum.Writes = -1
		}
	}
	return sum, nil
}

func readUsage(pid int) (u Usage, err error) {
	dir := "/proc/" + strconv.Itoa(pid) + "/"
	stat, err := os.ReadFile(dir + "stat")
	if err != nil {
		return u, fmt.Errorf("the process %d cannot be measured (is --pid right?): %w", pid, err)
	}
	if u.CPU, err = parseStat(stat); err != nil {
		return u, fmt.Errorf("%sstat: %w", dir, err)
	}
	rollup, err := os.ReadFile(dir + "smaps_rollup")
	if err != nil {
		return u, fmt.Errorf("the memory of process %d cannot be read: run the bench as the same user as the hub: %w", pid, err)
	}
	if u.RSS, u.PSS, err = parseRollup(rollup); err != nil {
		return u, fmt.Errorf("%ssmaps_rollup: %w", dir, err)
	}
	u.Writes = -1
	if b, err := os.ReadFile(dir + "io"); err == nil {
		if n, err := field(b, "syscw:"); err == nil {
			u.Writes = n
		}
	}
	return u, nil
}

// parseStat returns utime + stime of /proc/PID/stat. The second field is the
// command in parentheses, and may itself hold spaces and parentheses.
func parseStat(stat []byte) (time.Duration, error) {
	end := bytes.LastIndexByte(stat, ')')
	if end < 0 {
		return 0, errors.New("no command in parentheses")
	}
	fields := strings.Fields(string(stat[end+1:]))
	if len(fields) < 13 { // field 3 stands at 0, utime (14) at 11
		return 0, fmt.Errorf("only %d fields after the command", len(fields))
	}
	var ticks int64
	for _, f := range fields[11:13] {
		n, err := strconv.ParseInt(f, 10, 64)
		if err != nil {
			return 0, err
		}
		ticks += n
	}
	return time.Duration(ticks) * tick, nil
}

// parseRollup returns Rss and Pss of /proc/PID/smaps_rollup, in bytes.
func parseRollup(b []byte) (rss, pss int64, err error) {
	if rss, err = field(b, "Rss:"); err != nil {
		return 0, 0, err
	}
	if pss, err = field(b, "Pss:"); err != nil {
		return 0, 0, err
	}
	return rss << 10, pss << 10, nil
}

// field returns the number after a name at the start of a line.
func field(b []byte, name string) (int64, error) {
	for line := range strings.Lines(string(b)) {
		if rest, ok := strings.CutPrefix(line, name); ok {
			if f := strings.Fields(rest); len(f) > 0 {
				return strconv.ParseInt(f[0], 10, 64)
			}
		}
	}
	return 0, fmt.Errorf("no line %q", name)
}
