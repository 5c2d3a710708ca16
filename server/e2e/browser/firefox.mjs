// Sign-in, cookies and sign-out in Firefox, driven over WebDriver BiDi.
import assert from "node:assert/strict";
import puppeteer from "puppeteer-core";

const told = JSON.parse(process.env.E2E);
const ada = { email: "ada@example.com", password: "quiet lamp of ada 7" };
const browser = await puppeteer.launch({ browser: "firefox", executablePath: told.firefox, headless: true, timeout: 60_000, acceptInsecureCerts: true });
const page = await browser.newPage();
page.setDefaultTimeout(60_000);
let failed = false;

async function check(name, steps) {
  if (failed) return;
  try {
    await steps();
    console.log(`ok ${name}`);
  } catch (error) {
    failed = true;
    console.log(`not ok ${name}: ${String(error.message).replace(/\s*\n\s*/g, " | ").slice(0, 1000)}`);
  }
}

const at = () => page.url().slice(told.url.length);
const main = () => page.$eval("main", (e) => e.innerText);
const cookies = async () => Object.fromEntries((await browser.defaultBrowserContext().cookies()).map((each) => [each.name, each]));
const press = (selector) => Promise.all([page.waitForNavigation(), page.click(selector)]);

async function signIn(fields) {
  for (const [name, text] of Object.entries(fields)) {
    await page.$eval(`#${name}`, (field) => { field.value = ""; });
    await page.type(`#${name}`, text);
  }
  await press("main form button[type=submit]");
}

await check("setup by the printed link", async () => {
  await page.goto(told.setup);
  assert.equal(at(), "/setup");
  await signIn(ada);
  assert.equal(at(), "/account");
});

await check("the cookies are for this host alone, and not for scripts", async () => {
  const all = await cookies();
  assert.deepEqual(Object.keys(all).sort(), ["ostiary_csrf", "ostiary_device", "ostiary_session"]);
  for (const [name, cookie] of Object.entries(all)) {
    assert.equal(cookie.domain, "localhost");
    assert.equal(cookie.path, "/");
    assert.equal(cookie.httpOnly, name !== "ostiary_csrf");
    assert.equal(cookie.secure, false);
    assert.equal(cookie.sameSite, "Lax");
  }
  const days = (all.ostiary_session.expires - Date.now() / 1000) / 86400;
  assert.ok(Math.abs(days - 30) < 0.1, `${days} days`);
});

await check("a form is sent, and its answer comes back", async () => {
  await page.type("#name", "Ada");
  await press("main form button[type=submit]");
  assert.match(await main(), /Your profile is saved/);
});

await check("a sign-out ends the session, and the back button shows nothing personal", async () => {
  await page.goto(told.url + "/account/sessions");
  assert.match(await main(), /Firefox/);
  await press(".who button");
  assert.match(await main(), /You are signed out/);
  assert.deepEqual(Object.keys(await cookies()), ["ostiary_device"]);
  await page.goBack();
  assert.match(at(), /^\/login/);
  assert.doesNotMatch(await page.content(), /ada@example/);
});

await check("a wrong password is told in a summary that has the focus", async () => {
  await page.goto(told.url + "/login");
  await signIn({ ...ada, password: "not the one" });
  assert.match(await page.title(), /^Error: /);
  assert.equal(await page.evaluate(() => document.activeElement.className), "problem");
  assert.equal(await page.$eval("#email", (field) => field.value), ada.email);
});

await check("the right one opens the account, and stays only as long as the browser if so wished", async () => {
  await page.click("[name=remember]");
  await signIn(ada);
  assert.equal(at(), "/account");
  const { ostiary_session: cookie } = await cookies();
  assert.ok(cookie.session || cookie.expires === -1, JSON.stringify(cookie));
});

await check("another allowed origin is reached from a form", async () => {
  await page.goto(told.url + "/login?redirect=" + encodeURIComponent(told.app + "/after"));
  await signIn(ada);
  await page.waitForFunction((target) => location.href === target, {}, told.app + "/after");
});

await check("start clean leaves no cookie", async () => {
  await page.goto(told.url + "/logout");
  await page.click("summary");
  await press("details button");
  assert.deepEqual(Object.keys(await cookies()), []);
});

await browser.close();
process.exit(failed ? 1 : 0);
