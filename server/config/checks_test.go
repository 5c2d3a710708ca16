package config

import (
	"strings"
	"testing"
	"time"
)

// strong are secrets as a machine draws them.
const (
	strong      = "Yk3v9Qd0ZtB7xWmJ5uLrC2nHf8SaPeGi4oKjT6yVbEw"
	otherStrong = "pL0w8ZqK3nVfT5sXr1MhG7bYcD9uEj2AaWi4oN6tRkQ"
)

const https = "public_url = \"https://auth.example.com\"\n"

func TestAddresses(t *testing.T) {
	testBad(t, []bad{
		{"listen without port", "listen = \"127.0.0.1\"\n", "config.invalid_value", 1, 10, "", "host:port"},
		{"listen is a port alone", "listen = \"9000\"\n", "config.invalid_value", 1, 10, "", `listen = "127.0.0.1:9000"`},
		{"listen beyond the last port", "listen = \"127.0.0.1:65536\"\n", "config.invalid_value", 1, 10, "", "0 to 65535"},
		{"listen with a sign", "listen = \"127.0.0.1:+80\"\n", "config.invalid_value", 1, 10, "", ""},
		{"listen on a named port", "listen = \"127.0.0.1:http\"\n", "config.invalid_value", 1, 10, "", ""},
		{"listen on a URL", "listen = \"http://127.0.0.1:80\"\n", "config.invalid_value", 1, 10, "", ""},
		{"listen on a socket file", "listen = \"unix:/run/ostiary.sock\"\n", "config.invalid_value", 1, 10, "", "TCP only"},
		{"listen on nothing", "listen = \"\"\n", "config.invalid_value", 1, 10, "", ""},
		{"beyond loopback", "listen = \"0.0.0.0:8080\"\n", "config.public_url_required", 1, 10, "", "links, cookies and the issuer"},
		{"every interface", "listen = \":8080\"\n", "config.public_url_required", 1, 10, "", ""},
		{"every IPv6 interface", "listen = \"[::]:8080\"\n", "config.public_url_required", 1, 10, "", ""},
		{"a private address", "listen = \"192.168.1.5:8080\"\n", "config.public_url_required", 1, 10, "", ""},
		{"public_url without scheme", "public_url = \"auth.example.com\"\n", "config.invalid_value", 1, 14, "", "scheme://host"},
		{"public_url of another scheme", "public_url = \"ws://auth.example.com\"\n", "config.invalid_value", 1, 14, "", "neither http nor https"},
		{"public_url with a user", "public_url = \"https://ann:hunter2@auth.example.com\"\n", "config.invalid_value", 1, 14, "", "https://***@auth"},
		{"public_url with a query", "public_url = \"https://auth.example.com/?\"\n", "config.invalid_value", 1, 14, "", "a query"},
		{"public_url with a fragment", "public_url = \"https://auth.example.com/#\"\n", "config.invalid_value", 1, 14, "", "a fragment"},
		{"public_url with a bad port", "public_url = \"https://auth.example.com:0\"\n", "config.invalid_value", 1, 14, "", "port"},
		{"public_url without port", "public_url = \"https://auth.example.com:\"\n", "config.invalid_value", 1, 14, "", "port is missing"},
		{"public_url with dots", "public_url = \"https://auth.example.com/a/../b\"\n", "config.invalid_value", 1, 14, "", "path"},
		{"public_url with two slashes", "public_url = \"https://auth.example.com/a//b\"\n", "config.invalid_value", 1, 14, "", "path"},
		{"public_url with an escape", "public_url = \"https://auth.example.com/%61\"\n", "config.invalid_value", 1, 14, "", "path"},
		{"public_url with a space", "public_url = \"https://auth.example.com/a b\"\n", "config.invalid_value", 1, 14, "", "space"},
		{"public_url with a backslash", "public_url = 'https://auth.example.com\\a'\n", "config.invalid_value", 1, 14, "", "backslash"},
		{"public_url with a star", "public_url = \"https://*.example.com\"\n", "config.invalid_value", 1, 14, "", "no name"},
		{"public_url of all interfaces", "public_url = \"http://0.0.0.0:8080\"\n", "config.invalid_value", 1, 14, "", "no browser can open"},
		{"public_url with half an address", "public_url = \"http://10.1\"\n", "config.invalid_value", 1, 14, "", "no IPv4 address"},
		{"public_url with a dot at its end", "public_url = \"https://auth.example.com.\"\n", "config.invalid_value", 1, 14, "", "ends with a dot"},
		{"public_url with a zone", "public_url = \"http://[fe80::1%25eth0]:80\"\n", "config.invalid_value", 1, 14, "", "zone"},
		{"public_url of IPv4 within IPv6", "public_url = \"http://[::ffff:10.0.0.1]\"\n", "config.invalid_value", 1, 14, "", "write 10.0.0.1"},
		{"public_url plain", "public_url = \"http://auth.example.com\"\n", "url.plain_http", 1, 14, Warning, "readable"},
		{"empty data", "data = \" \"\n", "config.invalid_value", 1, 8, "", "must name a folder"},
		{"two listeners at one address", "[metrics]\nlisten = \"127.0.0.1:8080\"\n", "config.invalid_value", 2, 10, "", "another port"},
		{"metrics listen", "[metrics]\nlisten = \"9090\"\n", "config.invalid_value", 2, 10, "", "host:port"},
	})
}

func TestOrigins(t *testing.T) {
	testBad(t, []bad{
		{"slash", "origins = [\"http://localhost:5173/\"]\n", "config.invalid_value", 1, 12, "", `origins = ["http://localhost:5173"]`},
		{"path, in the second line", "origins = [\n  \"http://localhost:5173\",\n  \"http://localhost:3000/app\",\n]\n", "config.invalid_value", 3, 3, "", `origins = ["http://localhost:5173", "http://localhost:3000"]`},
		{"no scheme", "origins = [\"app.example.com\"]\n", "config.invalid_value", 1, 12, "", `origins = ["https://app.example.com"]`},
		{"user", "origins = [\"https://ann:pw@app.example.com\"]\n", "config.invalid_value", 1, 12, "", `origins = ["https://app.example.com"]`},
		{"query", "origins = [\"https://app.example.com?x=1\"]\n", "config.invalid_value", 1, 12, "", `origins = ["https://app.example.com"]`},
		{"null", "origins = [\"null\"]\n", "config.invalid_value", 1, 12, "", "scheme://host"},
		{"empty", "origins = [\"\"]\n", "config.invalid_value", 1, 12, "", ""},
		{"extension", "origins = [\"chrome-extension://abcdef\"]\n", "config.invalid_value", 1, 12, "", "extension.origins"},
		{"star", "origins = [\"*\"]\n", "cors.star_with_credentials", 1, 12, "", "write each origin"},
		{"star for subdomains", "origins = [\"https://*.example.com\"]\n", "cors.star_with_credentials", 1, 12, "", ""},
		{"twice", "origins = [\"http://localhost:1\", \"HTTP://LOCALHOST:1\"]\n", "config.invalid_value", 1, 34, "", "listed twice"},
		{"twice by the default port", "origins = [\"http://localhost\", \"http://localhost:80\"]\n", "config.invalid_value", 1, 32, "", "listed twice"},
		{"another site", https + "origins = [\"https://app.example.org\"]\n", "site.third_party", 2, 12, Warning, "https://example.org and https://example.com"},
		{"another scheme", https + "origins = [\"http://app.example.com\"]\n", "site.third_party", 2, 12, Warning, "X-Auth-Mode: header"},
		{"neighbours below a public suffix", "public_url = \"https://a.github.io\"\norigins = [\"https://b.github.io\"]\n", "site.third_party", 2, 12, Warning, ""},
		{"127.0.0.1 for localhost", "origins = [\"http://127.0.0.1:5173\"]\n", "site.third_party", 1, 12, Warning, ""},
	})
}

func TestProxies(t *testing.T) {
	testBad(t, []bad{
		{"a name", "trusted_proxies = [\"proxy.internal\"]\n", "config.invalid_value", 1, 20, "", "not looked up"},
		{"too many bits", "trusted_proxies = [\"10.0.0.0/33\"]\n", "config.invalid_value", 1, 20, "", ""},
		{"all of IPv4", "trusted_proxies = [\"10.0.0.0/8\", \"0.0.0.0/0\"]\n", "proxy.forgeable", 1, 34, "", "0.0.0.0/0 is everybody"},
		{"all of IPv6", "trusted_proxies = [\"::/0\"]\n", "proxy.forgeable", 1, 20, "", ""},
		{"all of the IPv6 that is in use", "trusted_proxies = [\"2000::/3\"]\n", "proxy.forgeable", 1, 20, "", ""},
		{"all of IPv4 within IPv6", "trusted_proxies = [\"::ffff:0.0.0.0/96\"]\n", "proxy.forgeable", 1, 20, "", ""},
		{"a star", "trusted_proxies = [\"*\"]\n", "proxy.forgeable", 1, 20, "", ""},
		{"two halves", "trusted_proxies = [\"128.0.0.0/1\", \"10.0.0.1\", \"0.0.0.0/1\"]\n", "proxy.forgeable", 1, 19, "", "together"},
		{"four quarters", "trusted_proxies = [\"0.0.0.0/2\", \"64.0.0.0/2\", \"128.0.0.0/2\", \"192.0.0.0/2\"]\n", "proxy.forgeable", 1, 19, "", "together"},
	})
}

func TestCookies(t *testing.T) {
	testBad(t, []bad{
		{"prefix with a space", "[cookie]\nprefix = \"my cookie\"\n", "config.invalid_value", 2, 10, "", "RFC 6265"},
		{"prefix with a semicolon", "[cookie]\nprefix = \"a;b\"\n", "config.invalid_value", 2, 10, "", "RFC 6265"},
		{"prefix beyond ASCII", "[cookie]\nprefix = \"ä\"\n", "config.invalid_value", 2, 10, "", "RFC 6265"},
		{"no prefix", "[cookie]\nprefix = \"\"\n", "config.invalid_value", 2, 10, "", "empty"},
		{"prefix of browsers", "[cookie]\nprefix = \"__Host-ostiary\"\n", "config.invalid_value", 2, 10, "", "__Host-"},
		{"long prefix", "[cookie]\nprefix = \"" + strings.Repeat("a", 65) + "\"\n", "config.invalid_value", 2, 10, "", "64"},
		{"another domain", https + "[cookie]\ndomain = \"example.org\"\n", "cookie.domain_mismatch", 3, 10, "", "auth.example.com, is not below example.org"},
		{"a domain below", https + "[cookie]\ndomain = \"a.auth.example.com\"\n", "cookie.domain_mismatch", 3, 10, "", ""},
		{"the end of a name", https + "[cookie]\ndomain = \"ample.com\"\n", "cookie.domain_mismatch", 3, 10, "", ""},
		{"domain with a port", https + "[cookie]\ndomain = \"example.com:8080\"\n", "cookie.domain_mismatch", 3, 10, "", "it has a port"},
		{"domain while public_url is not set", "[cookie]\ndomain = \"example.com\"\n", "cookie.domain_mismatch", 2, 10, "", "localhost"},
		{"an address", "public_url = \"https://10.0.0.1\"\n[cookie]\ndomain = \"10.0.0.1\"\n", "cookie.domain_mismatch", 3, 10, "", "IP address"},
		{"domain is a URL", https + "[cookie]\ndomain = \"https://example.com\"\n", "config.invalid_value", 3, 10, "", "it is not a host name"},
		{"domain with a star", https + "[cookie]\ndomain = \"*.example.com\"\n", "config.invalid_value", 3, 10, "", ""},
		{"a top-level domain", https + "[cookie]\ndomain = \"com\"\n", "cookie.public_suffix", 3, 10, "", "public suffix list"},
		{"with a dot before it", https + "[cookie]\ndomain = \".com\"\n", "cookie.public_suffix", 3, 10, "", ""},
		{"a suffix of two parts", "public_url = \"https://auth.example.co.uk\"\n[cookie]\ndomain = \"co.uk\"\n", "cookie.public_suffix", 3, 10, "", ""},
		{"a private suffix", "public_url = \"https://a.github.io\"\n[cookie]\ndomain = \"github.io\"\n", "cookie.public_suffix", 3, 10, "", ""},
		{"localhost", "[cookie]\ndomain = \"localhost\"\n", "cookie.public_suffix", 2, 10, "", ""},
		{"older domain is the present one", https + "[cookie]\ndomain = \"example.com\"\nolder_domains = [\".Example.com\"]\n", "config.invalid_value", 4, 18, "", "would expire the cookies"},
		{"older domain elsewhere", https + "[cookie]\nolder_domains = [\"example.com\", \"example.org\"]\n", "cookie.domain_mismatch", 3, 33, "", ""},
		{"older domain twice", https + "[cookie]\nolder_domains = [\"example.com\", \"example.com\"]\n", "config.invalid_value", 3, 33, "", "listed twice"},
		{"none over http", "public_url = \"http://auth.example.com\"\n[cookie]\nsame_site = \"none\"\n", "cookie.none_needs_secure", 1, 14, "", "^ browsers drop such cookies"},
		{"none on localhost", "[cookie]\nsame_site = \"none\"\n", "cookie.none_needs_secure", 2, 13, "", `keep same_site = "lax"`},
		{"partitioned over http", "[cookie]\npartitioned = true\n", "cookie.none_needs_secure", 2, 15, "", "partitioned = true needs"},
	})
}

func TestFigures(t *testing.T) {
	testBad(t, []bad{
		{"no idle time", "[session]\nidle = \"0s\"\n", "config.invalid_value", 2, 8, "", "at least 1s"},
		{"idle is empty", "[session]\nidle = \"\"\n", "config.invalid_value", 2, 8, "", "at least 1s"},
		{"renewed after the end", "[session]\nidle = \"12h\"\nrenew_after = \"24h\"\n", "config.invalid_value", 3, 15, "", "24h is not below 12h"},
		{"renewed at the end", "[session]\nrenew_after = \"30d\"\n", "config.invalid_value", 2, 15, "", ""},
		{"fresh longer than idle", "[session]\nfresh_for = \"31d\"\n", "config.invalid_value", 2, 13, "", ""},
		{"short idle", "[session]\nidle = \"30m\"\n", "session.lifetime_odd", 2, 8, Warning, "signed out"},
		{"idle beyond what browsers keep", "[session]\nidle = \"401d\"\n", "session.lifetime_odd", 2, 8, Warning, "400 days"},
		{"short end", "[session]\nmax = \"30m\"\n", "session.lifetime_odd", 2, 7, Warning, ""},
		{"an end at once", "[session]\nmax = \"500ms\"\n", "config.invalid_value", 2, 7, "", "remove the line for the default\n"},
		{"short password", "[password]\nmin_length = 7\n", "config.invalid_value", 2, 14, "", "between 8 and 64"},
		{"long password", "[password]\nmin_length = 65\n", "config.invalid_value", 2, 14, "", ""},
		{"little memory", "[password]\nmemory_kib = 19455\n", "config.invalid_value", 2, 14, "", "OWASP asks for 19456"},
		{"one pass", "[password]\niterations = 1\n", "config.invalid_value", 2, 14, "", "memory_kib = 47104"},
		{"three passes, little memory", "[password]\nmemory_kib = 12287\niterations = 3\n", "config.invalid_value", 2, 14, "", "12288"},
		{"no pass", "[password]\niterations = 0\n", "config.invalid_value", 2, 14, "", ""},
		{"no lane", "[password]\nparallelism = 0\n", "config.invalid_value", 2, 15, "", ""},
		{"memory of a machine", "[password]\nmemory_kib = 1048577\n", "config.invalid_value", 2, 14, "", ""},
		{"fewer than no hashes", "[password]\nconcurrency = -1\n", "config.invalid_value", 2, 15, "", ""},
		{"no requests", "[limits]\nuser = \"0/1m\"\n", "config.invalid_value", 2, 8, "", "enabled = false"},
		{"requests in no time", "[limits]\nauth_network = \"5/0s\"\n", "config.invalid_value", 2, 16, "", ""},
		{"lock after nothing", "[limits]\nlock_after = 0\n", "config.invalid_value", 2, 14, "", "at least 1"},
		{"lock for no time", "[limits]\nlock_for = \"0s\"\n", "config.invalid_value", 2, 12, "", ""},
		{"no cache", "[cache]\nsize_mb = 0\n", "config.invalid_value", 2, 11, "", "between 1 and 65536"},
		{"audit kept for an hour", "[audit]\nkeep = \"1h\"\n", "config.invalid_value", 2, 8, "", "at least 24h"},
	})
}

func TestNotYet(t *testing.T) {
	testBad(t, []bad{
		{"tokens", "[session]\nkind = \"tokens\"\n", "config.invalid_value", 2, 8, "", "this version has no access and refresh tokens yet"},
		{"token settings", "[tokens]\naccess_ttl = \"5m\"\n", "config.invalid_value", 2, 14, "", "remove the line"},
		{"shared secret", "[tokens]\nshared_secret = \"short\"\n", "config.invalid_value", 2, 17, "", "shared_secret = ***"},
		{"verified addresses", "[signup]\nrequire_verified_email = \"on\"\n", "config.invalid_value", 2, 26, "", "no mail yet"},
		{"session limit", "[login]\nconcurrent = \"limit\"\n", "config.invalid_value", 2, 14, "", "session limits"},
		{"mailed code", "[login]\nemail_code = \"always\"\n", "config.invalid_value", 2, 14, "", "mailed codes"},
		{"a role", "[login.roles.admin]\nconcurrent = \"limit\"\nlimit = 2\n", "config.invalid_value", 1, 14, "", "remove the section"},
		{"links", "[links]\nreset = \"2h\"\n", "config.invalid_value", 2, 9, "", "mailed links"},
		{"organizations", "[organization]\nrequired = true\n", "config.invalid_value", 2, 12, "", "no organizations yet"},
		{"organization of a new person", "[organization]\non_signup = \"personal\"\n", "config.invalid_value", 2, 13, "", ""},
		{"extensions", "[extension]\norigins = [\"chrome-extension://x\"]\n", "config.invalid_value", 2, 11, "", ""},
		{"a provider", "[oauth.google]\ntype = \"google\"\nclient_id = \"x\"\n", "config.invalid_value", 1, 8, "", "remove the section"},
		{"a provider without section", "oauth.google.type = \"google\"\n", "config.invalid_value", 1, 21, "", ""},
		{"mail", "[mail]\ndriver = \"smtp\"\n", "config.invalid_value", 2, 10, "", "no mail yet"},
		{"upstream", "[upstream]\nurl = \"https://x\"\n", "config.invalid_value", 2, 7, "", ""},
	})
}

// judge runs one check over a configuration, below the table of what this
// version lacks.
func judge(check func(*checker), change func(*Config)) Problems {
	c := Default()
	change(&c)
	k := newChecker(Loaded{Config: c})
	check(k)
	return k.found
}

func TestChecksBelowTheTable(t *testing.T) {
	for _, test := range []struct {
		name   string
		check  func(*checker)
		change func(*Config)
		code   string // of the one problem; empty: none
	}{
		{"extension token of an hour", warnLifetimes, func(c *Config) { c.Extension.TTL = Duration(time.Hour) }, ""},
		{"extension token beyond", warnLifetimes, func(c *Config) { c.Extension.TTL = Duration(time.Hour + time.Second) }, "extension.ttl_long"},
		{"a minute for the code", warnLifetimes, func(c *Config) { c.Login.PreauthTTL = Duration(time.Minute) }, ""},
		{"less than a minute", warnLifetimes, func(c *Config) { c.Login.PreauthTTL = Duration(59 * time.Second) }, "preauth.ttl_short"},
		{"everybody gets one", warnNobodyGetsOne, func(c *Config) { c.Organization = Organization{true, "personal"} }, ""},
		{"only the invited come", warnNobodyGetsOne, func(c *Config) { c.Organization.Required = true; c.Signup.Enabled = false }, ""},
		{"nobody gets one", warnNobodyGetsOne, func(c *Config) { c.Organization.Required = true }, "organization.nobody_gets_one"},
		{"access token outlives refresh", checkTokens, func(c *Config) { c.Tokens.AccessTTL = c.Tokens.RefreshIdle }, "config.invalid_value"},
		{"join one", checkOnSignup, func(c *Config) { c.Organization.OnSignup = "join:acme" }, ""},
		{"join nothing", checkOnSignup, func(c *Config) { c.Organization.OnSignup = "join:" }, "config.invalid_value"},
		{"join something odd", checkOnSignup, func(c *Config) { c.Organization.OnSignup = "all" }, "config.invalid_value"},
		{"no time for a link", checkBounds, func(c *Config) { c.Links.Reset = 0 }, "config.invalid_value"},
		{"no session", checkBounds, func(c *Config) { c.Login.Limit = 0 }, "config.invalid_value"},
		{"no port", checkBounds, func(c *Config) { c.Mail.SMTP.Port = 0 }, "config.invalid_value"},
		{"long grace", checkBounds, func(c *Config) { c.Tokens.ReuseGrace = Duration(time.Hour) }, "config.invalid_value"},
		{"no grace", checkBounds, func(c *Config) { c.Tokens.ReuseGrace = 0 }, ""},
		{"backup each second", checkBounds, func(c *Config) { c.Backup.Every = Duration(time.Second) }, "config.invalid_value"},
		{"addresses are told", noteSignup, func(*Config) {}, "signup.tells_addresses"},
		{"mail verifies", noteSignup, func(c *Config) { c.Mail.Driver = "smtp" }, ""},
		{"mail does not verify", noteSignup, func(c *Config) { c.Mail.Driver = "smtp"; c.Signup.RequireVerifiedEmail = "off" }, "signup.tells_addresses"},
		{"nobody signs up", noteSignup, func(c *Config) { c.Signup.Enabled = false }, ""},
		{"weak shared secret", checkStrength, func(c *Config) { c.Tokens.SharedSecret = "secret" }, "secret.weak"},
		{"weak extension secret", checkStrength, func(c *Config) { c.Extension.Secret = "changeme" }, "secret.weak"},
		{"mail password is not ours to judge", checkStrength, func(c *Config) { c.Mail.SMTP.Password = "x" }, ""},
		{"one secret for two", checkReuse, func(c *Config) { c.Tokens.SharedSecret = strong; c.Extension.Secret = strong }, "secret.reused"},
		{"the previous secret again", checkReuse, func(c *Config) { c.Extension = Extension{Secret: strong, PreviousSecret: strong} }, "secret.reused"},
		{"two secrets", checkReuse, func(c *Config) { c.Tokens.SharedSecret = strong; c.Extension.Secret = otherStrong }, ""},
		{"a provider's secret again", checkReuse, func(c *Config) {
			c.OAuth = map[string]OAuth{"a": {ClientSecret: "x"}, "b": {ClientSecret: "x"}}
		}, "secret.reused"},
	} {
		t.Run(test.name, func(t *testing.T) {
			found := judge(test.check, test.change)
			switch {
			case test.code == "" && len(found) > 0, test.code != "" && len(found) != 1:
				t.Fatalf("%d problems: %+v", len(found), found)
			case test.code != "" && found[0].Code != test.code:
				t.Fatalf("got %s, want %s", found[0].Code, test.code)
			}
		})
	}
}

func TestRightConfigurations(t *testing.T) {
	for name, text := range map[string]string{
		"public":             https + "listen = \":8080\"\norigins = [\"https://app.example.com\", \"https://example.com:8443\"]\n[cookie]\ndomain = \"example.com\"\nolder_domains = [\"auth.example.com\"]\n",
		"path":               "public_url = \"https://example.com/auth/\"\n",
		"localhost":          "public_url = \"http://localhost:8080\"\norigins = [\"http://localhost:5173\"]\n",
		"none over https":    https + "origins = [\"https://app.example.org\"]\n[cookie]\nsame_site = \"none\"\npartitioned = true\n",
		"header only":        https + "origins = [\"https://app.example.org\"]\n[session]\ntransport = \"header\"\n",
		"half of IPv4":       "trusted_proxies = [\"0.0.0.0/1\", \"172.16.0.5/12\", \"fd00::/8\", \"::1\"]\n",
		"short idle alone":   "[session]\nidle = \"12h\"\n",
		"an end":             "[session]\nmax = \"8h\"\n",
		"any port":           "listen = \"127.0.0.1:0\"\n[metrics]\nlisten = \"127.0.0.1:0\"\n",
		"IPv6":               "listen = \"[::1]:8080\"\n",
		"more work":          "[password]\nmemory_kib = 12288\niterations = 3\nparallelism = 4\n",
		"numbers of TOML":    "[cache]\nsize_mb = 0x1_0\n",
		"inline and dotted":  "log = { level = \"warn\" }\ncookie.prefix = \"acme\"\n",
		"the defaults again": "[mail]\ndriver = \"inbox\"\n[login]\nconcurrent = \"allow\"\n[oauth]\n[login.roles]\n",
		"secrets":            "[secret]\nkey = \"" + strong + "\"\n[metrics]\ntoken = \"" + otherStrong + "\"\n",
	} {
		t.Run(name, func(t *testing.T) {
			if _, problems := loadText(t, text); len(loud(problems)) != 0 {
				t.Error(rendered(problems))
			}
		})
	}
}
