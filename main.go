// Command ostiary is an authentication server in one binary. What it does lies in
// server/command; this file only gives it the process.
package main

import (
	"os"

	"ostiary/server/command"
)

func main() { os.Exit(command.Run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }
