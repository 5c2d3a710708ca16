package session

import (
	"context"
	"errors"
	"fmt"
	"time"

	"ostiary/server/credential"
	"ostiary/storage"
)

// deviceKeep is how long a browser is remembered: the longest that browsers
// keep a cookie (RFC 6265bis, 400 days).
const deviceKeep = 400 * 24 * time.Hour

// Device is a browser that a user has signed in with before. Its secret opens
// nothing; it only tells this browser apart from a stranger's.
type Device struct {
	Token string // to be set as a cookie
	Known bool   // this user had signed in with it before
}

// Remember keeps the browser that sent presented (its device cookie, or
// nothing) as one that user has signed in with, inside the transaction of a
// finished login. A browser keeps its secret; each of its users has a row.
//
// A secret that no row knows is not taken over: a sibling host could have
// planted it in this browser and kept a copy, and after a password change it
// would still be the one that was to end.
func (s *Sessions) Remember(tx *storage.Tx, userID string, presented []byte) (Device, error) {
	digest, ours := s.deviceDigest(presented)
	if ours {
		_, err := tx.DeviceOfUser(context.Background(), digest, userID)
		if err == nil {
			return Device{Token: string(presented), Known: true}, tx.SeeDevice(digest, userID, s.now())
		}
		if !errors.Is(err, storage.ErrNotFound) {
			return Device{}, fmt.Errorf("remember device: %w", err)
		}
		if ours, err = tx.DeviceKnown(context.Background(), digest); err != nil {
			return Device{}, fmt.Errorf("remember device: %w", err)
		}
	}
	token := string(presented)
	if !ours {
		token, digest = credential.Mint(credential.Device, s.opts.Tag)
	}
	now := s.now()
	row := storage.Device{Digest: digest, UserID: userID, CreatedAt: now, SeenAt: now}
	if err := tx.InsertDevice(row); err != nil {
		return Device{}, fmt.Errorf("remember device: %w", err)
	}
	return Device{Token: token}, nil
}

// deviceDigest is the digest of a device secret that has this server's form.
func (s *Sessions) deviceDigest(presented []byte) (credential.Digest, bool) {
	parsed, err := credential.Parse(presented)
	return parsed.Digest, err == nil && parsed.Kind == credential.Device && string(parsed.Tag[:]) == s.opts.Tag
}

// KnownDevice says whether presented is the secret of a browser that user has
// signed in with.
func (s *Sessions) KnownDevice(ctx context.Context, presented []byte, userID string) bool {
	parsed, err := credential.Parse(presented)
	if err != nil || parsed.Kind != credential.Device || userID == "" {
		return false
	}
	_, err = s.db.DeviceOfUser(ctx, parsed.Digest, userID)
	return err == nil
}

// ForgetDevices makes every browser a stranger to this user again: a password
// change must leave no one with a head start.
func (s *Sessions) ForgetDevices(tx *storage.Tx, userID string) error {
	_, err := tx.DeleteDevicesOfUser(userID)
	return err
}

// SweepDevices frees devices that no browser can still remember, and says
// whether there are more.
func (s *Sessions) SweepDevices(ctx context.Context) (more bool, err error) {
	err = s.db.Update(ctx, func(tx *storage.Tx) error {
		n, err := tx.DeleteDevicesBefore(s.now().Add(-deviceKeep), sweepAtOnce)
		more = n == sweepAtOnce
		return err
	})
	return more, err
}
