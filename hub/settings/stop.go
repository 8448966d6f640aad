package settings

import (
	"errors"
	"fmt"
	"math"
	"time"
)

// maxStopSpread leaves time for the requests under way and for the log before
// an orchestrator kills a hub that is stopping, usually after 30 s.
const maxStopSpread = 15 * time.Second

func stopSpread(s *Settings, d Directive) (err error) {
	if s.Hub.StopSpread, err = duration(d.Args); err == nil && s.Hub.StopSpread > maxStopSpread {
		err = fmt.Errorf("%s is more than %v: a hub that stops has to be gone before it is killed", d.Args[0], maxStopSpread)
	}
	return err
}

func subscriberQueue(s *Settings, d Directive) error {
	n, err := size(d.Args)
	switch {
	case err != nil:
		return err
	case n == 0:
		return errors.New("has to have a bound: write a size above 0, such as 1MiB")
	case n > math.MaxInt:
		return fmt.Errorf("%s is more than this machine can address", d.Args[0])
	}
	s.Hub.MaxQueue = int(n)
	return nil
}
