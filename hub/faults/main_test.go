package faults

import (
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"go.uber.org/goleak"

	"amalgam/hub/hubtest/process"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		process.Remove()
		os.Exit(code)
	}))
}

// patience bounds every wait.
const patience = 20 * time.Second

// number reads a setting of the suite from the environment.
func number(t *testing.T, name string, otherwise int) int {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil || n <= 0 {
		t.Fatalf("%s=%q: give a whole number above 0", name, text)
	}
	return n
}

// seed prints the seed of a test and returns it.
func seed(t *testing.T) uint64 {
	t.Helper()
	n := number(t, "AMALGAM_SEED", 1+rand.IntN(1_000_000))
	t.Logf("AMALGAM_SEED=%d", n)
	return uint64(n)
}
