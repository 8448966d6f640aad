package main

import (
	"os"
	"testing"

	hubprocess "amalgam/hub/hubtest/process"
)

func TestMain(m *testing.M) {
	code := m.Run()
	hubprocess.Remove()
	os.Exit(code)
}
