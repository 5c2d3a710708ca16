// What an administrator does to accounts, and what the people concerned see of it.
import { told, person, visitor, check, end, go, press, type, setUp, signIn, at, shows, hides, refused, assert } from "./harness.mjs";

const ada = person("ada");
const ben = person("ben");
const admin = await visitor({ javaScriptEnabled: told.scripts });
const user = await visitor({ javaScriptEnabled: told.scripts, userAgent: "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15" });

const list = () => admin.goto("/admin/users");
const openUser = async (name) => {
  await admin.goto("/admin/users?deleted=on");
  await go(admin, () => admin.getByRole("link", { name, exact: true }).click());
};
const confirm = async (summary, button) => {
  await admin.getByText(summary, { exact: true }).click();
  await press(admin, button);
};

await check("an account needs an address and a password, and both are named", async () => {
  await setUp(admin, ada);
  await go(admin, () => admin.getByRole("link", { name: "Admin", exact: true }).click());
  await press(admin, "Add");
  await refused(admin, "request.invalid", "email", "password");
});

await check("a refused form keeps what was typed, but never the password", async () => {
  await type(admin, { email: ben.email, name: ben.name, password: "short" });
  await admin.getByLabel("Administers this server").check();
  await press(admin, "Add");
  await refused(admin, "request.invalid", "password");
  assert.equal(await admin.inputValue("#email"), ben.email);
  assert.equal(await admin.inputValue("#name"), ben.name);
  assert.ok(await admin.getByLabel("Administers this server").isChecked());
});

await check("an account is made, and opens with its password", async () => {
  await list();
  await type(admin, ben);
  await press(admin, "Add");
  await shows(admin, "The account is made.", ben.email);
  await signIn(user, ben);
  assert.equal(at(user), "/account");
});

await check("the same address a second time is told at its field", async () => {
  await type(admin, ben);
  await press(admin, "Add");
  await refused(admin, "signup.email_taken", "email");
});

await check("people are found by name and address", async () => {
  await list();
  await admin.getByLabel("Find by address or name").fill("BEN@");
  await press(admin, "Find");
  await shows(admin, ben.email);
  assert.equal(await admin.locator("tbody tr").count(), 1);
  await admin.getByLabel("Find by address or name").fill("nobody at all");
  await press(admin, "Find");
  await shows(admin, "Nobody matches that.");
});

await check("the last administrator cannot be disabled or deleted", async () => {
  await openUser("Ada");
  await shows(admin, "This is the last administrator.");
  assert.equal(await admin.getByText("Disable the account").count(), 0);
});

await check("a weak password is told at its field", async () => {
  await openUser("Ben");
  await type(admin, { password: "short" });
  await press(admin, "Set the password");
  await refused(admin, "request.invalid", "password");
});

await check("a set password signs the person out, who reads why", async () => {
  ben.password = "given by ada 123";
  await type(admin, { password: ben.password });
  await press(admin, "Set the password");
  await shows(admin, "The new password is set.", "Not signed in anywhere.");
  await user.goto("/account");
  await shows(user, "You were signed out because an administrator set a new password.");
});

await check("and leads them to a password of their own at the next sign-in", async () => {
  await signIn(user, ben);
  assert.equal(at(user), "/account/password");
  await shows(user, "An administrator gave you the current password.");
  await type(user, { current_password: ben.password, new_password: "chosen by ben 456" });
  ben.password = "chosen by ben 456";
  await press(user, "Change the password");
  await shows(user, "Your password is changed.");
  await hides(user, "An administrator gave you");
  await signIn(user, ben);
  assert.equal(at(user), "/account");
});

await check("all sessions of a person can be ended", async () => {
  await openUser("Ben");
  await shows(admin, "Safari on macOS");
  await press(admin, "Sign out everywhere");
  await shows(admin, "All sessions of this account have ended.", "Not signed in anywhere.");
  await user.goto("/account");
  await shows(user, "An administrator ended this session.");
});

await check("so can a single one, from the list of all", async () => {
  await signIn(user, ben);
  await admin.goto("/admin/sessions");
  await shows(admin, ada.email, ben.email);
  await go(admin, () => admin.getByRole("button", { name: /^Sign out ben@example.com on Safari/ }).click());
  await shows(admin, "The session has ended.");
  await hides(admin, ben.email);
  await user.goto("/account");
  await shows(user, "An administrator ended this session.");
});

await check("a disabled account is signed out at once, and does not open", async () => {
  await signIn(user, ben);
  await openUser("Ben");
  await confirm("Disable the account", "Disable Ben");
  await shows(admin, "The account is disabled", "disabled");
  await user.goto("/account");
  await shows(user, "You were signed out because the account was disabled.");
  await signIn(user, ben);
  await refused(user, "login.invalid_credentials");
});

await check("enabled, it opens again, but its old session does not", async () => {
  await press(admin, "Enable the account");
  await shows(admin, "The account is enabled.", "active");
  await user.goto("/account");
  assert.match(at(user), /^\/login/);
  await signIn(user, ben);
  assert.equal(at(user), "/account");
});

await check("a deleted account is signed out at once, and does not open", async () => {
  await openUser("Ben");
  await confirm("Delete the account", "Delete Ben");
  await shows(admin, "The account is deleted.", "deleted");
  await user.goto("/account");
  await shows(user, "You were signed out because the account was deleted.");
  await signIn(user, ben);
  await refused(user, "login.invalid_credentials");
  await list();
  await hides(admin, ben.email);
});

await check("restored, it opens again", async () => {
  await openUser("Ben");
  await press(admin, "Restore the account");
  await shows(admin, "The account is restored.", "active");
  await signIn(user, ben);
  assert.equal(at(user), "/account");
});

await check("it does not come back while somebody else has its address, and the page says so", async () => {
  await openUser("Ben");
  await confirm("Delete the account", "Delete Ben");
  const place = admin.url().split("?")[0];
  await list();
  await type(admin, { ...ben, name: "Second Ben" });
  await press(admin, "Add");
  await admin.goto(place);
  await press(admin, "Restore the account");
  await refused(admin, "signup.email_taken");
});

await check("an administrator who disables himself is signed out, and reads why", async () => {
  await list();
  await type(admin, person("eve"));
  await admin.getByLabel("Administers this server").check();
  await press(admin, "Add");
  await openUser("Ada");
  await admin.getByText("Disable the account", { exact: true }).click();
  await shows(admin, "This is your own account: you will be signed out at once.");
  await press(admin, "Disable Ada");
  await shows(admin, "You were signed out because the account was disabled.");
});

await end();
