package config

// Config is every setting of the server, by the names of the configuration file.
//
// The struct tags are the only list of settings there is: the loader, the
// environment variables, the flags, `config show` and the tests of
// config.example.toml all walk them.
//
//	toml    the name in the file; joined by dots it is the setting's name
//	one     the words that are allowed, separated by a space; empty:"yes" adds ""
//	secret  "key": a signing secret, shown as a fingerprint;
//	        "word": a password or token of somebody else, shown as set or not set
type Config struct {
	PublicURL      string   `toml:"public_url"`
	Listen         string   `toml:"listen"`
	Data           string   `toml:"data"`
	Origins        []string `toml:"origins"`
	TrustedProxies []string `toml:"trusted_proxies"`

	Cookie       Cookie           `toml:"cookie"`
	Session      Session          `toml:"session"`
	Tokens       Tokens           `toml:"tokens"`
	CSRF         CSRF             `toml:"csrf"`
	Signup       Signup           `toml:"signup"`
	Password     Password         `toml:"password"`
	Login        Login            `toml:"login"`
	Links        Links            `toml:"links"`
	Limits       Limits           `toml:"limits"`
	Organization Organization     `toml:"organization"`
	Extension    Extension        `toml:"extension"`
	OAuth        map[string]OAuth `toml:"oauth"`
	Mail         Mail             `toml:"mail"`
	Upstream     Upstream         `toml:"upstream"`
	Cache        Cache            `toml:"cache"`
	Log          Log              `toml:"log"`
	Debug        Debug            `toml:"debug"`
	Metrics      Metrics          `toml:"metrics"`
	Audit        Audit            `toml:"audit"`
	Backup       Backup           `toml:"backup"`
	Secret       Secret           `toml:"secret"`
}

// Cookie says how the server's cookies are named and where browsers send them.
type Cookie struct {
	Prefix       string   `toml:"prefix"`
	Domain       string   `toml:"domain"`
	SameSite     string   `toml:"same_site" one:"lax strict none"`
	OlderDomains []string `toml:"older_domains"`
	Partitioned  bool     `toml:"partitioned"`
}

// Session rules the life of sessions of kind "session". Max 0 means no end but inactivity.
type Session struct {
	Kind       string   `toml:"kind" one:"session tokens"`
	Transport  string   `toml:"transport" one:"any cookie header"`
	Idle       Duration `toml:"idle"`
	Max        Duration `toml:"max"`
	RenewAfter Duration `toml:"renew_after"`
	FreshFor   Duration `toml:"fresh_for"`
}

// Tokens rules access and refresh tokens, for sessions of kind "tokens".
type Tokens struct {
	Algorithm    string   `toml:"algorithm"`
	AccessTTL    Duration `toml:"access_ttl"`
	RefreshIdle  Duration `toml:"refresh_idle"`
	RefreshMax   Duration `toml:"refresh_max"`
	ReuseGrace   Duration `toml:"reuse_grace"`
	Audience     string   `toml:"audience"`
	SharedSecret string   `toml:"shared_secret" secret:"key"`
}

// CSRF says what a browser's writing request must carry besides its cookie.
type CSRF struct {
	Mode string `toml:"mode" one:"token header"`
}

// Signup says who may make an account.
type Signup struct {
	Enabled              bool   `toml:"enabled"`
	RequireVerifiedEmail string `toml:"require_verified_email" one:"auto on off"`
}

// Password holds the rules for new passwords and the cost of argon2id (RFC 9106).
// MemoryKiB is in KiB; Concurrency 0 means one hash per core at a time.
type Password struct {
	MinLength   int `toml:"min_length"`
	MemoryKiB   int `toml:"memory_kib"`
	Iterations  int `toml:"iterations"`
	Parallelism int `toml:"parallelism"`
	Concurrency int `toml:"concurrency"`
}

// Login says how many sessions a person may have and what a login must pass.
type Login struct {
	Concurrent string               `toml:"concurrent" one:"allow limit approve"`
	Limit      int                  `toml:"limit"`
	OnLimit    string               `toml:"on_limit" one:"evict deny"`
	PreauthTTL Duration             `toml:"preauth_ttl"`
	EmailCode  string               `toml:"email_code" one:"off new_device always"`
	Roles      map[string]LoginRole `toml:"roles"`
}

// LoginRole overrides Login for one role of the server; what is empty is inherited.
type LoginRole struct {
	Concurrent string `toml:"concurrent" one:"allow limit approve" empty:"yes"`
	Limit      int    `toml:"limit"`
	OnLimit    string `toml:"on_limit" one:"evict deny" empty:"yes"`
}

// Links says how long mailed links and codes stay good.
type Links struct {
	Verify     Duration `toml:"verify"`
	Reset      Duration `toml:"reset"`
	Magic      Duration `toml:"magic"`
	Code       Duration `toml:"code"`
	Invitation Duration `toml:"invitation"`
}

// Limits holds the request limits and the lock of an account.
type Limits struct {
	Enabled     bool     `toml:"enabled"`
	Auth        Rate     `toml:"auth"`
	AuthAddress Rate     `toml:"auth_address"`
	AuthNetwork Rate     `toml:"auth_network"`
	Anonymous   Rate     `toml:"anonymous"`
	User        Rate     `toml:"user"`
	LockAfter   int      `toml:"lock_after"`
	LockFor     Duration `toml:"lock_for"`
}

// Organization says whether everybody needs an organization and how they get one.
type Organization struct {
	Required bool   `toml:"required"`
	OnSignup string `toml:"on_signup"`
}

// Extension rules the short tokens of browser extensions.
type Extension struct {
	TTL            Duration `toml:"ttl"`
	Secret         string   `toml:"secret" secret:"key"`
	PreviousSecret string   `toml:"previous_secret" secret:"key"`
	Origins        []string `toml:"origins"`
}

// OAuth is one provider that people may sign in with.
type OAuth struct {
	Type         string   `toml:"type" one:"google github oidc"`
	ClientID     string   `toml:"client_id"`
	ClientSecret string   `toml:"client_secret" secret:"word"`
	Issuer       string   `toml:"issuer"`
	Scopes       []string `toml:"scopes"`
	TrustEmail   bool     `toml:"trust_email"`
}

// Mail says by what service mail leaves this machine; the driver "inbox" keeps it here.
type Mail struct {
	Driver   string   `toml:"driver" one:"inbox smtp postmark"`
	From     string   `toml:"from"`
	SMTP     SMTP     `toml:"smtp"`
	Postmark Postmark `toml:"postmark"`
}

// SMTP is the mail server of the driver "smtp".
type SMTP struct {
	Host     string `toml:"host"`
	Port     int    `toml:"port"`
	User     string `toml:"user"`
	Password string `toml:"password" secret:"word"`
	TLS      string `toml:"tls" one:"starttls tls none"`
}

// Postmark is the account of the driver "postmark".
type Postmark struct {
	Token     string    `toml:"token" secret:"word"`
	Templates Templates `toml:"templates"`
}

// Templates names the Postmark template of each mail; empty means our own text.
type Templates struct {
	Verify        string `toml:"verify"`
	Reset         string `toml:"reset"`
	MagicLink     string `toml:"magic_link"`
	Code          string `toml:"code"`
	EmailChange   string `toml:"email_change"`
	Invitation    string `toml:"invitation"`
	Approval      string `toml:"approval"`
	LoginDenied   string `toml:"login_denied"`
	RefreshReused string `toml:"refresh_reused"`
	NewDevice     string `toml:"new_device"`
}

// Upstream is a platform whose sessions the server keeps on behalf of organizations.
type Upstream struct {
	Preset        string   `toml:"preset"`
	URL           string   `toml:"url"`
	LoginField    string   `toml:"login_field"`
	PasswordField string   `toml:"password_field"`
	SessionField  string   `toml:"session_field"`
	ProbeURL      string   `toml:"probe_url"`
	TTL           Duration `toml:"ttl"`
	Required      bool     `toml:"required"`
}

// Cache bounds the memory of the session cache, in MiB.
type Cache struct {
	SizeMB int `toml:"size_mb"`
}

// Log says how much is logged and in which form; an empty Format is text on a
// terminal and JSON elsewhere.
type Log struct {
	Level  string `toml:"level" one:"debug info warn error"`
	Format string `toml:"format" one:"text json" empty:"yes"`
}

// Debug opens GET /debug/session.
type Debug struct {
	Enabled bool `toml:"enabled"`
}

// Metrics says where Prometheus finds /metrics: on a listener of its own, or
// on the main one with a bearer token.
type Metrics struct {
	Listen string `toml:"listen"`
	Token  string `toml:"token" secret:"key"`
}

// Audit says how long audit rows are kept.
type Audit struct {
	Keep Duration `toml:"keep"`
}

// Backup makes copies of the database; Every 0 means never, Keep is their number.
type Backup struct {
	Every Duration `toml:"every"`
	Keep  int      `toml:"keep"`
}

// Secret holds the master key that the server's own secrets are derived from.
// Empty means: made at the first start and kept in the data folder.
type Secret struct {
	Key string `toml:"key" secret:"key"`
}
