// From an empty folder through setup, sign-in, sessions and sign-out, with and without
// JavaScript (told.scripts): nothing may need it.
import { told, person, visitor, check, end, go, press, type, setUp, signIn, signUp, at, text, shows, hides, refused, cookiesOf, assert } from "./harness.mjs";

const ada = person("ada");
const ben = person("ben");
const options = { javaScriptEnabled: told.scripts };
const desk = await visitor(options);
const phone = await visitor({ ...options, userAgent: "Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0" });

await check("the printed link leads to the setup page, and its code leaves the address bar", async () => {
  await desk.goto(told.setup);
  assert.equal(at(desk), "/setup");
  await shows(desk, "Make the first account");
  assert.equal(await desk.title(), "Set up · ostiary");
});

await check("setup with nothing names both fields", async () => {
  await press(desk, "Create the account");
  await refused(desk, "request.invalid", "email", "password");
});

await check("setup keeps what was typed, but never the password", async () => {
  await type(desk, { email: "ada@", name: ada.name, password: ada.password });
  await press(desk, "Create the account");
  await refused(desk, "request.invalid", "email");
  assert.equal(await desk.inputValue("#email"), "ada@");
  assert.equal(await desk.inputValue("#name"), ada.name);
  await hides(desk, ada.password);
});

await check("setup makes the admin and signs them in", async () => {
  await setUp(desk, ada);
  assert.equal(at(desk), "/account");
  await shows(desk, ada.email, "verified");
  assert.equal(await desk.getByRole("link", { name: "Admin", exact: true }).count(), 1);
});

await check("then the link is dead, and says so", async () => {
  const answer = await phone.goto(told.setup);
  assert.equal(answer.status(), 410);
  await shows(phone, "The link has been used", "link.used");
  await phone.goto("/setup");
  await shows(phone, "This server is set up", "link.used");
});

await check("the start page leads everyone to where they begin", async () => {
  await desk.goto(told.url + "/");
  assert.equal(at(desk), "/account");
  await phone.goto(told.url + "/");
  assert.equal(at(phone), "/login");
});

await check("sign-in with nothing names both fields", async () => {
  await press(phone, "Sign in");
  await refused(phone, "request.invalid", "email", "password");
});

await check("a wrong password is told in a summary that keeps the address", async () => {
  const answer = await signIn(phone, { ...ada, password: "not the one" });
  assert.equal(answer.status(), 401);
  await refused(phone, "login.invalid_credentials");
  assert.equal(await phone.inputValue("#email"), ada.email);
  await hides(phone, "not the one");
});

await check("an unknown address is told the very same", async () => {
  const said = async () => (await text(phone, ".problem")).replace(/req_\w+/, "");
  const wrong = await said();
  await signIn(phone, { ...person("nobody"), password: "not the one" });
  assert.equal(await said(), wrong);
});

await check("the right password opens the account", async () => {
  await signIn(phone, ada);
  assert.equal(at(phone), "/account");
  await shows(phone, ada.email);
});

await check("who is signed in reads so on the login page", async () => {
  await phone.goto("/login");
  await shows(phone, "You are signed in as Ada");
});

await check("the list of sessions shows both browsers, and which is this one", async () => {
  await desk.goto("/account/sessions");
  assert.equal(await desk.locator(".rows > li").count(), 2);
  assert.match(await text(desk, ".rows > li:has-text('this one')"), /Chrome/);
  assert.match(await text(desk, ".rows > li:has-text('Firefox')"), /Android/);
});

await check("revoking the other browser's session says that it is done", async () => {
  await go(desk, () => desk.getByRole("button", { name: /^Sign out Firefox/ }).click());
  assert.equal(at(desk), "/account/sessions?done=session");
  await shows(desk, "The session has ended.");
  assert.equal(await desk.locator(".rows > li").count(), 1);
  assert.equal(await desk.getByRole("button", { name: "Sign out everywhere else" }).count(), 0);
});

await check("that browser reads on the login page why it was signed out, and when", async () => {
  await phone.goto("/account/password");
  assert.match(at(phone), /^\/login\?redirect=%2Faccount%2Fpassword&why=req_\w+$/);
  await shows(phone, "This session was ended from another session of yours.", "session.revoked");
  assert.equal(await phone.locator(".why[role=status] time").count(), 1);
  assert.match(await phone.title(), /^Sign in/);
});

await check("a link with why= tells nothing in any other browser", async () => {
  const stranger = await visitor(options);
  for (const page of [stranger, desk]) {
    await page.goto(phone.url());
    await hides(page, "session.revoked", "was ended");
  }
  await stranger.context().close();
});

await check("signing in there leads back to the page that was asked for", async () => {
  await type(phone, { email: ada.email, password: ada.password });
  await press(phone, "Sign in");
  assert.equal(at(phone), "/account/password");
});

await check("a wrong current password is told at its field", async () => {
  await type(phone, { current_password: "not the one", new_password: "a quieter lamp of ada 8" });
  await press(phone, "Change the password");
  await refused(phone, "account.wrong_password", "current_password");
});

await check("changing the password keeps this session and ends the others, and they are told", async () => {
  await type(phone, { current_password: ada.password, new_password: "a quieter lamp of ada 8" });
  ada.password = "a quieter lamp of ada 8";
  await press(phone, "Change the password");
  await shows(phone, "Your password is changed. Your other sessions have ended.");
  await phone.goto("/account");
  assert.equal(at(phone), "/account");
  await desk.goto("/account");
  await shows(desk, "You were signed out because your password was changed.", "session.revoked");
});

await check("the new password opens the account", async () => {
  await signIn(desk, ada);
  assert.equal(at(desk), "/account");
});

await check("signing out everywhere else ends the other browser's session", async () => {
  await desk.goto("/account/sessions");
  await press(desk, "Sign out everywhere else");
  await shows(desk, "Your other sessions have ended.");
  await phone.goto("/account");
  await shows(phone, "You signed out everywhere.", "session.revoked");
});

await check("a name is saved, and shown as it is", async () => {
  await desk.goto("/account");
  await type(desk, { name: "Ada <b>Lovelace</b> & Söhne 田中" });
  await press(desk, "Save");
  await shows(desk, "Your profile is saved.");
  assert.equal(await desk.inputValue("#name"), "Ada <b>Lovelace</b> & Söhne 田中");
});

await check("signing out takes the session away, here and on the server", async () => {
  const stolen = (await desk.context().cookies()).filter((cookie) => cookie.name === "ostiary_session");
  await press(desk, "Sign out");
  await shows(desk, "You are signed out");
  const left = await cookiesOf(desk);
  assert.ok(!left.ostiary_session && !left.ostiary_csrf && left.ostiary_device, Object.keys(left).join());
  const thief = await visitor(options);
  await thief.context().addCookies(stolen);
  await thief.goto("/account");
  await shows(thief, "You signed out of this session.");
  await thief.context().close();
});

await check("the back button then shows nothing personal", async () => {
  for (let i = 0; i < 3; i++) {
    await desk.goBack();
    await hides(desk, ada.email, "Lovelace");
  }
});

await check("start clean leaves no cookie of ours", async () => {
  await signIn(desk, ada);
  await desk.goto("/logout");
  await shows(desk, "Sign out?");
  await desk.getByText("Start clean").click();
  await press(desk, "Sign out and clear all cookies");
  await shows(desk, "You are signed out");
  assert.deepEqual(Object.keys(await cookiesOf(desk)), []);
  await desk.goto("/logout");
  await shows(desk, "Nobody is signed in in this browser.");
});

await check("sign-up makes an account and signs it in", async () => {
  await desk.goto("/login");
  await go(desk, () => desk.getByRole("link", { name: "Make an account" }).click());
  await press(desk, "Make the account");
  await refused(desk, "request.invalid", "email", "password");
  await signUp(desk, ben);
  assert.equal(at(desk), "/account");
  await shows(desk, ben.email, "not verified");
  assert.equal(await desk.getByRole("link", { name: "Admin", exact: true }).count(), 0);
});

await check("a taken address is told at its field", async () => {
  const answer = await signUp(phone, { ...ben, name: "Another Ben" });
  assert.equal(answer.status(), 409);
  await refused(phone, "signup.email_taken", "email");
  assert.equal(await phone.inputValue("#name"), "Another Ben");
});

await check("what is only for admins says so", async () => {
  const answer = await desk.goto("/admin/users");
  assert.equal(answer.status(), 403);
  await shows(desk, "Only administrators may do this", "authz.not_admin");
});

await check("what does not exist is 404 with its code", async () => {
  const answer = await desk.goto("/no/such/page");
  assert.equal(answer.status(), 404);
  await shows(desk, "request.not_found");
});

await check("every refusal leads to what its code means", async () => {
  await go(desk, () => desk.getByRole("link", { name: "request.not_found" }).click());
  assert.equal(at(desk), "/e/request.not_found");
  await go(desk, () => desk.getByRole("link", { name: "All messages" }).click());
  await desk.getByLabel("A code, or words of a message that you saw").fill("csrf token mismatch");
  await press(desk, "Find");
  await shows(desk, "This may be it", "csrf.mismatch");
});

await end();
