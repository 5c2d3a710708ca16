package server

import (
	"ostiary/server/config"
	"ostiary/server/refusal"
	"ostiary/server/throttle"
)

// limits are the named limits of the route table.
type limits struct {
	auth, authAddress, authNetwork, anonymous, user throttle.Limit
}

func newLimits(cfg config.Limits) *limits {
	named := func(name string, rate config.Rate) throttle.Limit {
		return throttle.Limit{Name: name, Burst: rate.Burst, Per: rate.Per}
	}
	return &limits{
		auth:        named("auth", cfg.Auth),
		authAddress: named("auth_address", cfg.AuthAddress),
		authNetwork: named("auth_network", cfg.AuthNetwork),
		anonymous:   named("anonymous", cfg.Anonymous),
		user:        named("user", cfg.User),
	}
}

// charge is one taking that a success may give back.
type charge struct {
	limit *throttle.Limit
	key   throttle.Key
}

// overflow sets the key of a whole network apart from every ordinary key. When
// the tables are full, newcomers are counted by it: stricter, never looser.
const overflow = "overflow"

// take counts this request against one bucket and keeps the tightest verdict
// for the headers.
func (r *request) take(limit *throttle.Limit, key throttle.Key, code refusal.Code) error {
	v := r.s.throttle.Take(limit, key, r.s.throttle.PrefixKey(limit, throttle.NetworkKey(r.address), overflow))
	if r.limit == nil || v.Remaining < r.verdict.Remaining || !v.Allowed {
		r.verdict, r.limit = v, limit
	}
	if v.Allowed {
		r.charged = append(r.charged, charge{limit, key})
		return nil
	}
	r.miss("limit", limit.Name)
	return refusal.New(code).Wait(v.RetryAfter).
		With("limit", limit.Name).With("allowed", limit.Burst).With("window_s", int(limit.Per.Seconds()))
}

// takeAnonymous counts a request that proved nothing against its address.
func (r *request) takeAnonymous() error {
	if r.exempt() {
		return nil
	}
	l := &r.live.limits.anonymous
	return r.take(l, r.s.throttle.PrefixKey(l, throttle.AddressKey(r.address)), refusal.RateIP)
}

// takeUser counts a signed-in request against its user.
func (r *request) takeUser() error {
	if r.exempt() {
		return nil
	}
	l := &r.live.limits.user
	return r.take(l, r.s.throttle.Key(l, r.snap.User.ID), refusal.RateUser)
}

// takeAuth counts a request of an auth route against its network and address,
// before anything is judged. The wide bucket comes first, so that one visitor
// cannot fill the narrow ones.
func (r *request) takeAuth() error {
	if r.exempt() {
		return nil
	}
	l := r.live.limits
	if err := r.take(&l.authNetwork, r.s.throttle.PrefixKey(&l.authNetwork, throttle.NetworkKey(r.address)), refusal.RateIP); err != nil {
		return err
	}
	return r.take(&l.authAddress, r.s.throttle.PrefixKey(&l.authAddress, throttle.AddressKey(r.address)), refusal.RateIP)
}

// takeAccount counts a request against this address and the account that it
// names, whether anyone has that account or not. account is canonical.
func (r *request) takeAccount(account string) error {
	if r.exempt() {
		return nil
	}
	l := &r.live.limits.auth
	return r.take(l, r.s.throttle.PrefixKey(l, throttle.AddressKey(r.address), account), refusal.RateAccount)
}

// giveBack returns what a success has counted, so that a school behind one
// address can sign in.
func (r *request) giveBack() {
	for _, c := range r.charged {
		r.s.throttle.Return(c.limit, c.key)
	}
	r.charged = r.charged[:0]
}

// exempt is true for the operator, and for everyone where limits are off.
func (r *request) exempt() bool { return r.source == fromSocket || !r.live.limited }
