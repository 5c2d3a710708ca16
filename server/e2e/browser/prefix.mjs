// The pages behind a real proxy that serves them under a path.
import { told, person, visitor, check, end, go, press, type, setUp, signIn, signUp, at, shows, refused, cookiesOf, assert } from "./harness.mjs";

const ada = person("ada");
const page = await visitor();
const other = await visitor();
const prefix = new URL(told.url).pathname;

const outside = [];
for (const each of [page, other]) {
  each.on("request", (request) => request.url().startsWith(told.url + "/") || request.url() === told.url || outside.push(request.url()));
  each.on("response", (response) => response.status() >= 500 && outside.push(`${response.status()} ${response.url()}`));
}

// within holds the page to the prefix: what it leads to, what it was made with.
async function within() {
  assert.deepEqual(outside.splice(0), []);
  for (const link of await page.locator("[href], [src], [action]").evaluateAll((all) => all.map((e) => e.getAttribute("href") ?? e.getAttribute("src") ?? e.getAttribute("action")))) {
    assert.ok(link.startsWith(prefix + "/") || link.startsWith("#"), `${link} on ${page.url()}`);
  }
  const radius = await page.locator(".card").first().evaluate((card) => getComputedStyle(card).borderRadius);
  assert.notEqual(radius, "0px", "the style sheet did not come through");
}

await check("the printed link has the prefix, and setup works", async () => {
  assert.ok(told.setup.startsWith(told.url + "/setup/"), told.setup);
  await page.goto(told.setup);
  assert.equal(at(page), "/setup");
  await within();
  await setUp(page, ada);
  assert.equal(at(page), "/account");
  await within();
});

await check("the address itself leads to where one begins, with a slash and without", async () => {
  for (const way of ["", "/"]) {
    await page.goto(told.url + way);
    assert.equal(at(page), "/account");
    await other.goto(told.url + way);
    assert.equal(at(other), "/login");
  }
});

await check("a page that wants a session leads back to itself", async () => {
  await other.goto(told.url + "/account/sessions?a=b");
  assert.equal(new URL(other.url()).searchParams.get("redirect"), prefix + "/account/sessions?a=b");
  await type(other, { email: ada.email, password: "wrong" });
  await press(other, "Sign in");
  await refused(other, "login.invalid_credentials");
  await type(other, { password: ada.password });
  await press(other, "Sign in");
  assert.equal(at(other), "/account/sessions?a=b");
});

await check("forms, sessions and the reason for a sign-out work", async () => {
  await page.goto(told.url + "/account/sessions");
  await within();
  await press(page, "Sign out everywhere else");
  await shows(page, "Your other sessions have ended.");
  await other.goto(told.url + "/account");
  await shows(other, "You signed out everywhere.", "session.revoked");
  await page.goto(told.url + "/admin/users");
  await within();
  await type(page, person("ben"));
  await press(page, "Add");
  await go(page, () => page.getByRole("link", { name: "Ben" }).click());
  await within();
  await press(page, "Set the password");
  await refused(page, "request.invalid", "password");
  await within();
});

await check("refusals and their explanations too", async () => {
  assert.equal((await page.goto(told.url + "/nothing")).status(), 404);
  await within();
  await go(page, () => page.getByRole("link", { name: "request.not_found" }).click());
  assert.equal(at(page), "/e/request.not_found");
});

await check("sign-up, sign-out and start clean", async () => {
  await signUp(other, person("cat"));
  assert.equal(at(other), "/account");
  await press(other, "Sign out");
  await shows(other, "You are signed out");
  await signIn(other, person("cat"));
  await other.goto(told.url + "/logout");
  await other.getByText("Start clean").click();
  await press(other, "Sign out and clear all cookies");
  assert.deepEqual(Object.keys(await cookiesOf(other)), []);
  assert.deepEqual(outside, []);
});

await check("password managers find the page to change a password", async () => {
  await page.goto(told.url + "/.well-known/change-password");
  assert.equal(at(page), "/account/password");
});

await end();
