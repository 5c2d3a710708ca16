package storage

import (
	"context"
	"time"

	"ostiary/cache"
)

// Device is a browser that a user has signed in from.
type Device struct {
	Digest            [32]byte
	UserID            string
	CreatedAt, SeenAt time.Time
}

// DeviceOfUser returns the device of a secret for one user, or ErrNotFound.
func (r reads) DeviceOfUser(ctx context.Context, secret [32]byte, userID string) (Device, error) {
	var d Device
	err := r.one(ctx, "device of user",
		`SELECT digest, user_id, created_at, seen_at FROM device WHERE digest = ? AND user_id = ?`,
		[]any{secret[:], userID}, (*digest)(&d.Digest), &d.UserID, (*msTime)(&d.CreatedAt), (*msTime)(&d.SeenAt))
	return d, err
}

// DeviceKnown reports whether anyone signed in from the device of a secret.
func (r reads) DeviceKnown(ctx context.Context, secret [32]byte) (bool, error) {
	var known bool
	err := r.one(ctx, "device known",
		`SELECT EXISTS (SELECT 1 FROM device WHERE digest = ?)`, []any{secret[:]}, &known)
	return known, err
}

// InsertDevice adds a device. ErrTaken when this user has it already,
// ErrNotFound when the user is not there.
func (tx *Tx) InsertDevice(d Device) error {
	tx.touchNobody("devices are read at the login gate and never cached")
	_, err := tx.exec("insert device",
		`INSERT INTO device (digest, user_id, created_at, seen_at) VALUES (?, ?, ?, ?)`,
		d.Digest[:], d.UserID, ms(d.CreatedAt), ms(d.SeenAt))
	return err
}

// SeeDevice moves seen_at of a device forward, never back. One that is not
// there stays away.
func (tx *Tx) SeeDevice(secret [32]byte, userID string, at time.Time) error {
	tx.touchNobody("seen_at decides nothing but when the row is swept")
	_, err := tx.exec("see device",
		`UPDATE device SET seen_at = ?1 WHERE digest = ?2 AND user_id = ?3 AND seen_at < ?1`,
		ms(at), secret[:], userID)
	return err
}

// DeleteDevicesOfUser forgets all devices of a user and tells how many.
func (tx *Tx) DeleteDevicesOfUser(userID string) (int, error) {
	tx.touch(cache.User, userID)
	n, err := tx.exec("delete devices of user", `DELETE FROM device WHERE user_id = ?`, userID)
	return int(n), err
}

// DeleteDevicesBefore sweeps devices not seen since t, at most limit of them,
// and tells how many went.
func (tx *Tx) DeleteDevicesBefore(t time.Time, limit int) (int, error) {
	tx.touchNobody("devices are read at the login gate and never cached")
	n, err := tx.exec("sweep devices",
		`DELETE FROM device WHERE (digest, user_id) IN (SELECT digest, user_id FROM device
			WHERE seen_at < ? ORDER BY seen_at LIMIT ?)`, ms(t), max(limit, 0))
	return int(n), err
}

// DeleteDevices forgets every device of everyone.
func (tx *Tx) DeleteDevices() (int, error) {
	tx.touchNobody("devices are never cached")
	n, err := tx.exec("delete devices", `DELETE FROM device`)
	return int(n), err
}
