package server_test

import (
	"ostiary/server/refusal"
	"ostiary/server/servertest"
)

const usersAt = "/api/v1/admin/users"

// rightsRefusals are asked by people who are signed in.
func rightsRefusals() []planted {
	verify := func(code refusal.Code, name, query string) planted {
		return planted{code, name, nil, func(x *scene) *servertest.Answer {
			return x.do(signedIn(x.Server, ada), "GET", "/api/v1/auth/verify?"+query, nil)
		}}
	}
	return []planted{
		{refusal.AuthzNotAdmin, "reads", nil, func(x *scene) *servertest.Answer {
			return x.do(signedIn(x.Server, ada), "GET", usersAt, nil)
		}},
		{refusal.AuthzNotAdmin, "changes, even without a CSRF token", nil, func(x *scene) *servertest.Answer {
			b := signedIn(x.Server, ada)
			b.CSRF = ""
			return x.do(b, "POST", usersAt, map[string]any{"email": ben, "admin": true})
		}},
		verify(refusal.AuthzNoMembership, "a permission", "permission=tool.create"),
		verify(refusal.AuthzNoMembership, "a team", "team=ops"),
		verify(refusal.OrganizationUnknown, "an organization", "organization=acme&permission=tool.create"),
		{refusal.RequestUnknownID, "a session of somebody else", nil, func(x *scene) *servertest.Answer {
			other := signedIn(x.Server, ben)
			id := other.Do("GET", meAt, nil).Text("session.id")
			a := x.do(signedIn(x.Server, ada), "DELETE", "/api/v1/auth/sessions/"+id, nil)
			other.Do("GET", meAt, nil).Want(200, "")
			return a
		}},
	}
}

// adminRefusals are what an admin meets. The operator stands for one here, and
// an admin's browser is refused alike: they are one implementation.
func adminRefusals() []planted {
	on := func(code refusal.Code, name, method, path string, prepare func(x *scene) string) planted {
		return planted{code, name, nil, func(x *scene) *servertest.Answer {
			return x.do(x.Operator(), method, usersAt+"/"+prepare(x)+path, nil)
		}}
	}
	person := func(first ...string) func(x *scene) string {
		return func(x *scene) string {
			id := newUser(x.Server, ada, false)
			for _, action := range first {
				x.Operator().Do("POST", usersAt+"/"+id+action, nil).Want(200, "")
			}
			return id
		}
	}
	deleted := func(x *scene) string {
		id := newUser(x.Server, ada, false)
		x.Operator().Do("DELETE", usersAt+"/"+id, nil).Want(200, "")
		return id
	}
	onlyAdmin := func(x *scene) string { return newUser(x.Server, ada, true) }
	return []planted{
		on(refusal.UserUnknown, "no such person", "GET", "", func(*scene) string { return "usr_0000000000000000000000" }),
		on(refusal.UserDeleted, "disable the deleted", "POST", "/disable", deleted),
		on(refusal.UserDeleted, "delete again", "DELETE", "", deleted),
		on(refusal.UserDisabled, "disable again", "POST", "/disable", person("/disable")),
		on(refusal.UserLastAdmin, "disable", "POST", "/disable", onlyAdmin),
		on(refusal.UserLastAdmin, "delete", "DELETE", "", onlyAdmin),
		on(refusal.SignupEmailTaken, "restore what was taken", "POST", "/restore", func(x *scene) string {
			id := deleted(x)
			newUser(x.Server, ada, false)
			return id
		}),
		{refusal.UserLastAdmin, "by himself, in his browser", nil, func(x *scene) *servertest.Answer {
			b := adminIn(x.Server, ada)
			id := b.Do("GET", meAt, nil).Text("user.id")
			return x.do(b, "PATCH", usersAt+"/"+id, map[string]any{"admin": false})
		}},
		{refusal.RequestUnknownID, "a request that never was", nil, func(x *scene) *servertest.Answer {
			return x.do(x.Operator(), "GET", "/api/v1/admin/requests/req_0000000000000000000000", nil)
		}},
		{refusal.RequestUnknownID, "a session that never was", nil, func(x *scene) *servertest.Answer {
			return x.do(x.Operator(), "DELETE", "/api/v1/admin/sessions/ses_0000000000000000000000", nil)
		}},
	}
}
