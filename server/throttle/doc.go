// Package throttle owns the named limits: how often something may happen for
// one key (an address, an account, a user, a route), counted exactly.
//
// A limit is a generic cell rate algorithm (GCRA; ITU-T I.371, annex A, in its
// "virtual scheduling" form): one number per key, the theoretical arrival time
// (TAT), tells how full its bucket is. In any span of time s at most
// Burst + s·Burst/Per takings are allowed, never Burst+1 at one moment, however
// many goroutines try.
//
// The numbers live in sharded tables of a fixed greatest size. An entry whose
// TAT has passed says nothing and goes first. When a table is full of entries
// that do say something, a new key is charged to a coarser one that the caller
// names, then to one bucket that all share: a flood of keys makes the limit
// stricter for newcomers, never looser for anybody, and no entry that says
// something is ever dropped.
//
// The package must not: know HTTP, know what a key stands for, write to disk or
// decide what a refusal looks like.
package throttle
