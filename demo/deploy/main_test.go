package deploy

import (
	"os"
	"testing"

	"go.uber.org/goleak"

	"amalgam/hub/hubtest/process"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		process.Remove()
		os.Exit(code)
	}))
}
