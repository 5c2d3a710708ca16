package refusal

// rightsEntries are about what a known caller may do.
func rightsEntries() []Entry {
	return []Entry{
		{
			Code: AuthzMissingPermission, Status: 403, Title: "Missing permission",
			Cause: "You are signed in, but none of your roles holds the permission that this asks for.",
			Fixes: []Fix{
				user("Ask somebody who manages your organization for a role that holds it."),
				developer("The context of the answer names what is needed and what is held."),
				admin("See which gate said no.", "ostiary explain REQUEST_ID"),
			},
			Retry: "none", Audience: "holder", SeenBy: "S",
			Likely: []string{"the role does not hold it", "held in another organization than the active one", "the name of the permission is misspelt"},
			See:    []Code{AuthzNoMembership, AuthzNotAdmin},
			Words:  []string{"missing permission", "permission denied", "forbidden", "access denied", "insufficient permissions"},
		},
		{
			Code: AuthzNotAdmin, Status: 403, Title: "Only administrators may do this",
			Cause: "You are signed in, but not as an administrator of this server.",
			Fixes: []Fix{
				user("Ask an administrator to do it for you."),
				admin("Sign in as an administrator. If there is none, make one on the command line.", "ostiary user create --email EMAIL --admin"),
			},
			Retry: "none", Audience: "holder", SeenBy: "S",
			Likely: []string{"signed in with another account than the administrator's", "an owner of an organization is not an administrator of the server"},
			See:    []Code{AuthzMissingPermission, CredentialNotAllowed},
			Words:  []string{"not an admin", "admin only", "admin required"},
		},
		{
			Code: AuthzNoMembership, Status: 403, Title: "You do not belong to an organization",
			Cause: "Permissions come from membership in an organization or a group, and you are in none, so almost nothing is allowed.",
			Fixes: []Fix{
				user("Ask to be added to the organization that you work with."),
				admin("See what this person belongs to.", "ostiary user show EMAIL"),
			},
			Retry: "none", Audience: "holder", SeenBy: "S",
			Likely: []string{"a new account that nobody has added yet", "removed from the last organization", "organizations are not in use here, and the app asks for a permission all the same"},
			See:    []Code{AuthzMissingPermission, OrganizationUnknown, OrganizationNobodyGetsOne},
			Words:  []string{"user has no organization", "no organization", "no group membership"},
		},
		{
			Code: OrganizationUnknown, Status: 404, Title: "There is no such organization",
			Cause: "No organization of this name is known to you. One that you never belonged to looks exactly the same.",
			Fixes: []Fix{
				user("Check the name. If it is right, ask the organization for an invitation."),
				developer("Send the slug or the id of an organization of this user."),
			},
			Retry: "none", Audience: "anyone", SeenBy: "S",
			Likely: []string{"a mistyped slug", "not a member", "the API is called under a wrong base path, so that a part of the path is taken for a name"},
			See:    []Code{AuthzNoMembership, URLPathMismatch},
			Words:  []string{"tenant not found", "organization not found", "user does not have access to organization"},
		},
	}
}

// peopleEntries are heard by administrators alone: on every other surface an account
// that is gone looks like one that never was.
func peopleEntries() []Entry {
	return []Entry{
		{
			Code: UserUnknown, Status: 404, Title: "There is no such user",
			Cause: "No account has this id or address.",
			Fixes: []Fix{admin("Find the account.", "ostiary user list")},
			Retry: "none", Audience: "admin", SeenBy: "S",
			Likely: []string{"a mistyped address", "another environment or data folder", "the person has signed up with another address"},
			See:    []Code{UserDeleted},
			Words:  []string{"user not found", "unknown user", "account not found"},
		},
		{
			Code: UserDeleted, Status: 410, Title: "This user was deleted",
			Cause: "The account was deleted. It can be restored as long as nobody else has taken its address.",
			Fixes: []Fix{admin("Restore it, if it was a mistake.", "ostiary user restore EMAIL")},
			Retry: "none", Audience: "admin", SeenBy: "S",
			Likely: []string{"deleted by an administrator"},
			See:    []Code{UserUnknown, UserDisabled},
			Words:  []string{"user deleted", "account deleted", "soft deleted user"},
		},
		{
			Code: UserDisabled, Status: 409, Title: "This user is disabled",
			Cause: "The account is disabled: nobody can sign in with it, and this step needs one that works.",
			Fixes: []Fix{admin("Enable it first. Its old sessions stay ended.", "ostiary user enable EMAIL")},
			Retry: "none", Audience: "admin", SeenBy: "S",
			Likely: []string{"disabled by an administrator"},
			See:    []Code{UserDeleted},
			Words:  []string{"user disabled", "account disabled", "banned user", "user is banned"},
		},
		{
			Code: UserLastAdmin, Status: 409, Title: "This is the last administrator",
			Cause: "The server keeps at least one enabled administrator, so the last one cannot be disabled, deleted or demoted.",
			Fixes: []Fix{
				admin("Make another administrator first.", "ostiary user create --email EMAIL --admin"),
				admin("If the account was stolen, give it a new password, which also ends its sessions.", "ostiary user set-password EMAIL"),
			},
			Retry: "none", Audience: "admin", SeenBy: "S",
			Likely: []string{"the other administrators are disabled or deleted"},
			See:    []Code{UserDisabled},
			Words:  []string{"last admin", "cannot delete last admin"},
		},
	}
}
