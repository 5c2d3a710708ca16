package server

// route is one row of the table: everything that decides how a request is
// treated stands in it, so that reading the table is reading the policy.
type route struct {
	method string
	path   string // Fiber's syntax: /users/:id
	guard  guard
	limit  bucket // for public rows; guarded ones count by user, or by address when refused

	checkOrigin bool // starts or ends a session: wants an allowed origin, needs no CSRF token
	ownOnly     bool // answers no origin but public_url's
	page        bool // a page for people rather than an API for programs

	handle  func(*Server, *request) error
	figures figures
}

// bucket is the limit that counts a public row.
type bucket byte

const (
	uncounted bucket = iota
	byAddress        // anonymous, by address
	byAuth           // auth routes: by network, address, and account
)

var bucketNames = [...]string{"-", "address", "auth"}

// routes is THE table. There is no other list of paths, public or guarded:
// what is not here does not exist. The most used rows come first, since Fiber
// looks from the top.
func (s *Server) routes() []*route {
	const (
		auth = "/api/v1/auth"
		adm  = "/api/v1/admin"
	)
	return []*route{
		{method: "GET", path: auth + "/me", guard: known, handle: (*Server).me},
		{method: "GET", path: auth + "/verify", guard: known, handle: (*Server).verify},

		{method: "POST", path: auth + "/login", limit: byAuth, checkOrigin: true, handle: (*Server).login},
		{method: "POST", path: auth + "/signup", limit: byAuth, checkOrigin: true, handle: (*Server).signup},
		{method: "POST", path: auth + "/logout", checkOrigin: true, handle: (*Server).logout},
		{method: "POST", path: auth + "/logout-all", guard: known, handle: (*Server).logoutAll},
		{method: "GET", path: auth + "/sessions", guard: known, handle: (*Server).listSessions},
		{method: "DELETE", path: auth + "/sessions/:id", guard: known, handle: (*Server).endSession},
		{method: "POST", path: auth + "/password/change", guard: known, handle: (*Server).changePassword},

		{method: "GET", path: adm + "/users", guard: admin, ownOnly: true, handle: (*Server).adminUsers},
		{method: "POST", path: adm + "/users", guard: admin, ownOnly: true, handle: (*Server).adminCreateUser},
		{method: "GET", path: adm + "/users/:id", guard: admin, ownOnly: true, handle: (*Server).adminUser},
		{method: "PATCH", path: adm + "/users/:id", guard: admin, ownOnly: true, handle: (*Server).adminEditUser},
		{method: "DELETE", path: adm + "/users/:id", guard: admin, ownOnly: true, handle: (*Server).adminDeleteUser},
		{method: "POST", path: adm + "/users/:id/disable", guard: admin, ownOnly: true, handle: (*Server).adminDisableUser},
		{method: "POST", path: adm + "/users/:id/enable", guard: admin, ownOnly: true, handle: (*Server).adminEnableUser},
		{method: "POST", path: adm + "/users/:id/restore", guard: admin, ownOnly: true, handle: (*Server).adminRestoreUser},
		{method: "POST", path: adm + "/users/:id/set-password", guard: admin, ownOnly: true, handle: (*Server).adminSetPassword},
		{method: "POST", path: adm + "/users/:id/sign-out", guard: admin, ownOnly: true, handle: (*Server).adminSignOut},
		{method: "GET", path: adm + "/sessions", guard: admin, ownOnly: true, handle: (*Server).adminSessions},
		{method: "DELETE", path: adm + "/sessions", guard: admin, ownOnly: true, handle: (*Server).adminEndSessions},
		{method: "DELETE", path: adm + "/sessions/:id", guard: admin, ownOnly: true, handle: (*Server).adminEndSession},
		{method: "GET", path: adm + "/audit", guard: admin, ownOnly: true, handle: (*Server).adminAudit},
		{method: "GET", path: adm + "/requests/:id", guard: admin, ownOnly: true, handle: (*Server).adminRequest},
		{method: "GET", path: adm + "/settings", guard: admin, ownOnly: true, handle: (*Server).adminSettings},
		{method: "GET", path: adm + "/stats", guard: admin, ownOnly: true, handle: (*Server).adminStats},
		{method: "POST", path: adm + "/reload", guard: operator, ownOnly: true, handle: (*Server).adminReload},
		{method: "POST", path: adm + "/backup", guard: operator, ownOnly: true, handle: (*Server).adminBackup},
		{method: "POST", path: adm + "/setup-link", guard: operator, ownOnly: true, handle: (*Server).adminSetupLink},

		{method: "GET", path: "/api/health", limit: byAddress, handle: (*Server).health},
		{method: "GET", path: "/healthz", handle: (*Server).alive},
		{method: "GET", path: "/readyz", handle: (*Server).ready},
		{method: "GET", path: "/metrics", ownOnly: true, handle: (*Server).metricsPage},

		{method: "GET", path: "/e", page: true, ownOnly: true, handle: (*Server).catalogue},
		{method: "GET", path: "/e/:code", page: true, ownOnly: true, handle: (*Server).catalogueEntry},
		{method: "GET", path: "/setup", page: true, ownOnly: true, handle: (*Server).setupForm},
		{method: "POST", path: "/setup", page: true, ownOnly: true, limit: byAuth, checkOrigin: true, handle: (*Server).setup},
		{method: "GET", path: "/setup/:code", page: true, ownOnly: true, handle: (*Server).setupLink},
		{method: "GET", path: "/static/:name", page: true, handle: (*Server).static},

		{method: "GET", path: "/", page: true, ownOnly: true, handle: (*Server).home},
		{method: "GET", path: "/login", page: true, ownOnly: true, handle: (*Server).loginForm},
		{method: "POST", path: "/login", page: true, ownOnly: true, limit: byAuth, checkOrigin: true, handle: (*Server).loginPage},
		{method: "GET", path: "/signup", page: true, ownOnly: true, handle: (*Server).signupForm},
		{method: "POST", path: "/signup", page: true, ownOnly: true, limit: byAuth, checkOrigin: true, handle: (*Server).signupPage},
		{method: "GET", path: "/logout", page: true, ownOnly: true, handle: (*Server).logoutForm},
		{method: "POST", path: "/logout", page: true, ownOnly: true, checkOrigin: true, handle: (*Server).logoutPage},

		{method: "GET", path: "/account", guard: known, page: true, ownOnly: true, handle: (*Server).accountPage},
		{method: "POST", path: "/account/profile", guard: known, page: true, ownOnly: true, handle: (*Server).profilePage},
		{method: "GET", path: "/account/password", guard: known, page: true, ownOnly: true, handle: (*Server).passwordForm},
		{method: "POST", path: "/account/password", guard: known, page: true, ownOnly: true, handle: (*Server).passwordPage},
		{method: "GET", path: "/account/sessions", guard: known, page: true, ownOnly: true, handle: (*Server).sessionsPage},
		{method: "POST", path: "/account/sessions/end-others", guard: known, page: true, ownOnly: true, handle: (*Server).endOthersPage},
		{method: "POST", path: "/account/sessions/:id/end", guard: known, page: true, ownOnly: true, handle: (*Server).endSessionPage},

		{method: "GET", path: "/admin", guard: admin, page: true, ownOnly: true, handle: (*Server).adminHome},
		{method: "GET", path: "/admin/users", guard: admin, page: true, ownOnly: true, handle: (*Server).adminUsersPage},
		{method: "POST", path: "/admin/users", guard: admin, page: true, ownOnly: true, handle: (*Server).adminCreatePage},
		{method: "GET", path: "/admin/users/:id", guard: admin, page: true, ownOnly: true, handle: (*Server).adminUserPage},
		{method: "POST", path: "/admin/users/:id/:action", guard: admin, page: true, ownOnly: true, handle: (*Server).adminUserAction},
		{method: "GET", path: "/admin/sessions", guard: admin, page: true, ownOnly: true, handle: (*Server).adminSessionsPage},
		{method: "POST", path: "/admin/sessions/:id/end", guard: admin, page: true, ownOnly: true, handle: (*Server).adminEndSessionPage},

		{method: "GET", path: "/.well-known/change-password", page: true, handle: (*Server).changePasswordPlace},
	}
}
