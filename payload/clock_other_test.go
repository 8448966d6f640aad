//go:build !linux

package payload_test

import "time"

var began = time.Now()

// spent is the time that has passed: the processor's cannot be had.
func spent() time.Duration { return time.Since(began) }
