// The cookies as the browser keeps them, over http on this machine and over https
// (told.secure).
import { told, person, visitor, check, end, press, type, setUp, signIn, at, cookiesOf, assert } from "./harness.mjs";

const ada = person("ada");
const page = await visitor();
const prefix = told.secure ? "__Host-" : "";
const day = 24 * 3600;

function like(cookie, { days, readable = false }) {
  assert.ok(cookie, "there is none");
  assert.equal(cookie.domain, "localhost"); // no dot: for this host alone
  assert.equal(cookie.path, "/");
  assert.equal(cookie.secure, told.secure);
  assert.equal(cookie.httpOnly, !readable);
  assert.equal(cookie.sameSite, "Lax");
  if (days === 0) assert.equal(cookie.expires, -1);
  else assert.ok(Math.abs(cookie.expires - Date.now() / 1000 - days * day) < 600, `${cookie.name} lives until ${cookie.expires}`);
}

await check("the code of the setup link lies in a cookie for ten minutes", async () => {
  await page.goto(told.setup);
  const cookies = await cookiesOf(page);
  assert.deepEqual(Object.keys(cookies), [`${prefix}ostiary_setup`]);
  like(cookies[`${prefix}ostiary_setup`], { days: 10 / 60 / 24 });
});

await check("a sign-in that stays sets three cookies, and takes the code away", async () => {
  await setUp(page, ada);
  const cookies = await cookiesOf(page);
  assert.deepEqual(Object.keys(cookies).sort(), ["csrf", "device", "session"].map((name) => `${prefix}ostiary_${name}`));
  like(cookies[`${prefix}ostiary_session`], { days: 30 });
  like(cookies[`${prefix}ostiary_csrf`], { days: 30, readable: true });
  like(cookies[`${prefix}ostiary_device`], { days: 400 });
  assert.match(cookies[`${prefix}ostiary_session`].value, /^ost_s_[0-9A-Za-z]+_[0-9A-Za-z]+$/);
});

await check("scripts of the page can read the token of its forms alone", async () => {
  const seen = await page.evaluate(() => document.cookie);
  assert.match(seen, new RegExp(`^${prefix}ostiary_csrf=[^;]+$`));
});

await check("one that does not stay ends with the browser", async () => {
  await page.goto("/login");
  await type(page, { email: ada.email, password: ada.password });
  await page.getByLabel("Stay signed in on this device").uncheck();
  await press(page, "Sign in");
  assert.equal(at(page), "/account");
  const cookies = await cookiesOf(page);
  like(cookies[`${prefix}ostiary_session`], { days: 0 });
  like(cookies[`${prefix}ostiary_csrf`], { days: 0, readable: true });
});

await check("why one must sign in again lies in the browser that was refused, until the next sign-in", async () => {
  await page.context().clearCookies({ name: `${prefix}ostiary_session` });
  await page.goto("/account");
  like((await cookiesOf(page))[`${prefix}ostiary_why`], { days: 10 / 60 / 24 });
  await signIn(page, ada);
  assert.ok(!(await cookiesOf(page))[`${prefix}ostiary_why`]);
});

await check("a session cookie under the name of another mode opens nothing", async () => {
  const cookies = await cookiesOf(page);
  const { value } = cookies[`${prefix}ostiary_session`];
  await page.context().clearCookies();
  await page.context().addCookies([{ name: told.secure ? "ostiary_session" : "__Secure-ostiary_session", value, domain: "localhost", path: "/", secure: true }]);
  await page.goto("/account");
  assert.match(at(page), /^\/login/);
});

await check("signing out takes them away, and leaves what knows the browser", async () => {
  await page.context().clearCookies();
  await signIn(page, ada);
  await press(page, "Sign out");
  const cookies = await cookiesOf(page);
  assert.deepEqual(Object.keys(cookies), [`${prefix}ostiary_device`]);
});

await end();
