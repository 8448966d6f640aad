package bench

import (
	"bufio"
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

//go:embed floor/floor.c
var floorSource []byte

// ErrNoCompiler says that the floor cannot be measured here.
var ErrNoCompiler = errors.New("gcc is not installed: the floor cannot be measured, `apt-get install gcc` or the like brings it")

// A Floor is the compiled C program. Make one with BuildFloor.
type Floor struct{ dir, path string }

// BuildFloor compiles the floor into a folder of its own, which Remove removes.
func BuildFloor(ctx context.Context) (*Floor, error) {
	gcc, err := exec.LookPath("gcc")
	if err != nil {
		return nil, ErrNoCompiler
	}
	dir, err := os.MkdirTemp("", "amalgam-floor-")
	if err != nil {
		return nil, err
	}
	f := &Floor{dir: dir, path: filepath.Join(dir, "floor")}
	cmd := exec.CommandContext(ctx, gcc, "-O2", "-x", "c", "-o", f.path, "-")
	cmd.Stdin = bytes.NewReader(floorSource)
	if out, err := cmd.CombinedOutput(); err != nil {
		f.Remove()
		return nil, fmt.Errorf("compiling the floor: %w: %s", err, out)
	}
	return f, nil
}

// Remove removes what BuildFloor made.
func (f *Floor) Remove() { _ = os.RemoveAll(f.dir) }

// Run delivers events in lockstep to o.Subscribers connections for o.Duration,
// or o.Events of them, and measures it as the mode fanout measures a hub.
func (f *Floor) Run(ctx context.Context, o Options) (*Result, error) {
	o.Hub, o.PublisherKey, o.Pace = "http://127.0.0.1", []byte("-"), Pace{Lockstep: true}
	o, err := o.WithDefaults("fanout")
	if err != nil {
		return nil, err
	}
	if err := RaiseLimit(o.Subscribers + 64); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, o.Timeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, f.path, strconv.Itoa(o.Subscribers))
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	defer func() {
		_ = in.Close()
		_ = cmd.Wait()
	}()
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		return nil, fmt.Errorf("the floor did not start: %w", err)
	}
	port, err := strconv.ParseUint(strings.TrimSpace(line), 10, 16)
	if err != nil {
		return nil, fmt.Errorf("the floor's port: %w", err)
	}
	addr := netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), uint16(port))
	o.PIDs = []int{cmd.Process.Pid}
	clients, took, err := connect(ctx, newDialer(addr), clientOptions{
		count:   o.Subscribers,
		request: func(int) []byte { return []byte("GET / HTTP/1.1\r\nHost: floor\r\n\r\n") },
		sample:  func(i int) bool { return i%max(1, o.Subscribers/64) == 0 },
	})
	if err != nil {
		return nil, err
	}
	defer clients.Close()
	r := &Result{Mode: "floor", Subscribers: o.Subscribers, Topics: 1, Match: Exact, Pace: "lockstep", Size: o.Size, Measured: true,
		ConnectSeconds: took.Seconds(), ConnectRate: float64(o.Subscribers) / took.Seconds()}
	return r, f.deliver(ctx, o, clients, in, r)
}

func (f *Floor) deliver(ctx context.Context, o Options, clients *Clients, in io.Writer, r *Result) error {
	b := &run{o: o, r: r}
	pad := padding(o.Size)
	seq := uint64(0)
	send := func() error {
		seq++
		event := chunk(appendEvent(nil, seq, pad))
		_, err := fmt.Fprintf(in, "%d\n%s", len(event), event)
		if err == nil && !clients.await(ctx, int64(seq)*int64(o.Subscribers)) {
			err = errors.Join(errors.New("the floor did not deliver"), clients.Err())
		}
		return err
	}
	for range max(1, o.Publishers) { // as deliver warms a hub
		if err := send(); err != nil {
			return err
		}
	}
	warm, reads := clients.events.Load(), clients.reads.Load()
	before, err := b.usage()
	if err != nil {
		return err
	}
	start := time.Now()
	for time.Since(start) < o.Duration && (o.Events == 0 || r.Published < int64(o.Events)) {
		if err := send(); err != nil {
			return err
		}
		r.Published++
	}
	took := time.Since(start)
	after, err := b.usage()
	if err != nil {
		return err
	}
	r.Delivered = clients.events.Load() - warm
	r.Expected = r.Published * int64(o.Subscribers)
	r.EventsPerRead = float64(r.Delivered) / float64(max(1, clients.reads.Load()-reads))
	b.cost(before, after, took)
	clients.Close()
	if err := clients.Err(); err != nil {
		r.wrong("%v", err)
	}
	return nil
}

// appendEvent appends an event as a hub writes it.
func appendEvent(dst []byte, seq uint64, pad string) []byte {
	dst = append(dst, "id: urn:uuid:"...)
	dst = fmt.Appendf(dst, "00000000-0000-4000-8000-%012x", seq)
	dst = append(dst, "\ndata: "...)
	dst = appendData(dst, seq, now(), pad)
	return append(dst, "\n\n"...)
}

// chunk frames p as one chunk of HTTP/1.1.
func chunk(p []byte) []byte {
	return slices.Concat(fmt.Appendf(nil, "%x\r\n", len(p)), p, []byte("\r\n"))
}
