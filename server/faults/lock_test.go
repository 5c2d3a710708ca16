//go:build linux

package faults

import (
	"fmt"
	"os"
)

const asHelper = "FAULTS_HELPER"

func help(what string) int { fmt.Fprintln(os.Stderr, what); return 1 }
