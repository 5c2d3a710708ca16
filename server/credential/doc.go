// Package credential owns the form of every opaque secret that this server
// hands out: how it is minted, read, digested and compared, and how the keys
// that the server keeps for itself are derived from one master secret.
//
// A token reads
//
//	ost_<kind>_<instance tag>_<43 base62 digits = 256 random bits>
//
// The prefix lets secret scanners find a leaked one, the kind tells a token put
// in the wrong place, the tag tells a token of another environment from a
// forged one. Only SHA-256 of the whole text is ever stored: with 256 bits of
// entropy there is nothing to guess, so a slow or salted hash would add nothing.
//
// The package must not: look anything up, keep a secret, log one, or know what
// a credential is good for. It reads no clock (callers give the time) and no
// configuration.
package credential
