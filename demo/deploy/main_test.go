package deploy

import (
	"flag"
	"os"
	"testing"

	"go.uber.org/goleak"

	"amalgam/hub/hubtest/process"
)

func TestMain(m *testing.M) {
	// The tests here wait more than they work: all of them at once, however few
	// the processors.
	if err := flag.Set("test.parallel", "16"); err != nil {
		panic(err)
	}
	// Where Debian has servers, for those who are not root, too.
	_ = os.Setenv("PATH", os.Getenv("PATH")+":/usr/sbin:/sbin")
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		process.Remove()
		os.Exit(code)
	}))
}
