// Package password owns everything about passwords that people choose: their
// one normal form, the rules for new ones, argon2id (RFC 9106), the reading of
// stored hashes, and the gate that bounds how many are computed at once.
//
// It says whether a password fits a hash and nothing more. It must not: know
// accounts, count failures, read a clock to decide anything, keep a password,
// or put one into an error. Limits come before it: what reaches the gate costs
// 19 MiB and 25 ms of a core for each request.
package password
