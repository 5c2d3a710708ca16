package storage

import (
	"testing"

	"go.uber.org/goleak"
)

// TestMain fails when a closed database leaves a goroutine behind.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
