// Package faults proves what the built binary does when the machine under it fails: killed,
// cut from power, out of disk, memory or descriptors, lied to by the kernel, locked out,
// started on what it must not touch. It owns what must be true at the end of each; how the
// code inside handles an error is proved in the packages that handle it.
//
// The program is built once. A folder is furnished through storage and session, which costs no
// hashes, and from then on everything goes through the program's own doors: HTTP and the
// operator's socket. Clients write down what was acknowledged (ledger) and hold the program
// to it afterwards; of what was not answered either outcome is right, but only as a whole.
//
// A short form of everything runs with `go test`; FAULTS_LONG=1 runs the long one: 200 kills,
// 50 power cuts, 200 n-th I/O errors, 10 000 connections.
//
// It needs Linux, and strace and util-linux of the system. Tests that mount file systems or
// limit memory need root and e2fsprogs, and say so when they are skipped; where CI is set and
// root runs them, what is not possible is a failure.
package faults
