// What the browser scripts share: the browser, its visitors, and the checks, each of
// which prints one line. Who runs them is run.go's browse; what they are told comes in
// the variable E2E.
import assert from "node:assert/strict";
import { chromium } from "playwright-core";

export const told = JSON.parse(process.env.E2E);

export const person = (name) => ({ email: `${name}@example.com`, name: name[0].toUpperCase() + name.slice(1), password: `quiet lamp of ${name} 7` });

const patience = 30_000; // for one step, on a loaded machine

const browser = await chromium.launch({
  executablePath: told.chromium,
  ignoreDefaultArgs: ["--disable-back-forward-cache"], // people go back to pages as they were
  args: ["--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});

const complaints = []; // what the browser itself found wrong with a page
const visitors = [];
let failed = false;

// visitor is a browser of its own: cookies, cache and history are nobody else's.
export async function visitor(options = {}) {
  const context = await browser.newContext({ baseURL: told.url, ignoreHTTPSErrors: true, reducedMotion: "reduce", ...options });
  context.setDefaultTimeout(patience);
  watch(context);
  const page = await context.newPage();
  visitors.push(page);
  return page;
}

// watch gathers what no page of ours may cause: a violation of the policy, an error of a
// script, a page that caches may keep. That a page answers 4xx is no fault of its own.
function watch(context) {
  context.on("console", (message) => {
    if (["error", "warning"].includes(message.type()) && !message.text().startsWith("Failed to load resource")) {
      complaints.push(`console of ${message.page()?.url()}: ${message.text()}`);
    }
  });
  context.on("weberror", (error) => complaints.push(`script: ${error.error()}`));
  context.on("response", (response) => {
    if (response.request().resourceType() !== "document" || !response.url().startsWith(told.url) || response.status() === 301) return; // 301 is a proxy's
    const { "cache-control": cache, "content-security-policy": policy = "" } = response.headers();
    if (cache !== "no-store") complaints.push(`${response.url()} may be cached: ${cache}`);
    if (response.status() !== 303 && (!policy.includes("default-src 'none'") || policy.includes("unsafe"))) complaints.push(`${response.url()} has the policy ${policy}`);
  });
}

// grumbled hands out what was gathered, and forgets it.
export const grumbled = () => complaints.splice(0);

// check is one line of the report. The first that fails ends the script: what comes
// after it in a visit depends on it.
export async function check(name, steps) {
  if (failed) return;
  try {
    await steps();
    assert.deepEqual(grumbled(), [], "the browser complained");
    console.log(`ok ${name}`);
  } catch (error) {
    failed = true;
    console.log(`not ok ${name}: ${oneLine(error)}`);
    await keep(name);
  }
}

const oneLine = (error) => String(error.message).replace(/\u001b\[\d+m/g, "").replace(/\s*\n\s*/g, " | ").replace(/\p{Cc}/gu, "?").slice(0, 1500);

// keep leaves a picture of every open page for whoever looks into a failure.
async function keep(name) {
  if (!told.shots) return;
  for (const [i, page] of visitors.entries()) {
    const path = `${told.shots}/failed ${name.replace(/[^\w ]/g, "")} ${i}.png`;
    await page.screenshot({ path }).catch(() => {});
  }
}

// end closes the browser and tells by the exit code how it went.
export async function end() {
  await browser.close();
  process.exit(failed ? 1 : 0);
}

// go does what leads to another page, and waits for it. It answers that page's response.
export async function go(page, act) {
  const [response] = await Promise.all([page.waitForNavigation({ timeout: patience }), act()]);
  return response;
}

export const press = (page, name, within = page) => go(page, () => within.getByRole("button", { name, exact: true }).click());

const labels = {
  email: "E-mail address", password: /^(Password|First password|New password)$/, name: /^Name/,
  current_password: "Current password", new_password: "New password",
};

// type fills the named fields of the form on the page, found as people find them: by
// their labels.
export async function type(page, fields) {
  for (const [name, text] of Object.entries(fields)) {
    await page.getByLabel(labels[name], { exact: true }).fill(text);
  }
}

export async function setUp(page, who) {
  await page.goto(told.setup);
  await type(page, who);
  return press(page, "Create the account");
}

export async function signIn(page, who, path = "/login") {
  await page.goto(told.url + path);
  await type(page, { email: who.email, password: who.password });
  return press(page, "Sign in");
}

export async function signUp(page, who) {
  await page.goto(told.url + "/signup");
  await type(page, who);
  return press(page, "Make the account");
}

// at tells the path of the page that the visitor is on, after the prefix.
export const at = (page) => page.url().slice(told.url.length);

export const text = (page, selector = "main") => page.locator(selector).first().innerText();

export async function shows(page, ...words) {
  const main = await text(page);
  for (const word of words) assert.ok(main.includes(word), `"${word}" is not on ${page.url()}: ${main.slice(0, 600)}`);
}

export async function hides(page, ...words) {
  const body = await page.content();
  for (const word of words) assert.ok(!body.includes(word), `"${word}" is on ${page.url()}`);
}

// refused holds a page to what an error summary is: announced, named in the title,
// focused, with links to fields that are there and marked, and with a code.
export async function refused(page, code, ...fields) {
  const summary = page.locator(".problem[role=alert]");
  assert.equal(await summary.count(), 1, `no error summary on ${page.url()}: ${(await text(page)).slice(0, 300)}`);
  assert.match(await page.title(), /^Error: /);
  assert.ok(await summary.evaluate((e) => e === e.ownerDocument.activeElement), "the error summary has no focus");
  assert.ok((await summary.innerText()).includes(code), `no ${code} in: ${await summary.innerText()}`);
  for (const field of fields) {
    assert.notEqual(await summary.locator(`a[href="#${field}"]`).count(), 0, `the summary does not lead to ${field}`);
    const input = page.locator(`#${field}`);
    assert.equal(await input.getAttribute("aria-invalid"), "true", `${field} is not marked`);
    assert.match(await input.getAttribute("aria-describedby"), new RegExp(`\\b${field}-error\\b`));
  }
  for (const input of await page.locator("input[type=password]").all()) {
    assert.equal(await input.inputValue(), "", "a password came back");
  }
}

// cookiesOf lists what the browser keeps of this server, by name.
export async function cookiesOf(page) {
  const all = await page.context().cookies();
  return Object.fromEntries(all.map((cookie) => [cookie.name, cookie]));
}

export { assert };
