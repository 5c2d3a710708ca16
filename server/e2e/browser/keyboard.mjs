// The whole way by keyboard alone: Tab, Enter, Space and letters. At every stop the focus
// is to be seen, and nothing lies over it.
import { told, person, visitor, check, end, go, at, refused, shows, assert } from "./harness.mjs";

const ada = person("ada");
const page = await visitor({ viewport: { width: 1280, height: 720 } });
const narrow = { width: 360, height: 640 };

// stop is the element with the focus: what it is called, and whether people can see that.
const stop = () => page.evaluate(() => {
  const e = document.activeElement;
  const box = e.getBoundingClientRect();
  const style = getComputedStyle(e);
  const over = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
  return {
    tag: e.tagName, id: e.id, name: (e.getAttribute("aria-label") ?? e.labels?.[0]?.textContent ?? e.textContent).trim().replace(/\s+/g, " "),
    ring: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
    free: over !== null && (e === over || e.contains(over) || over.contains(e)),
    inside: box.top > -1 && box.bottom < innerHeight + 1 && box.left > -1 && box.right < innerWidth + 1,
    tall: style.display === "inline" ? 24 : Math.round((e.closest("label") ?? e).getBoundingClientRect().height), // a link in a text is as tall as the text
  };
});

async function tab(key = "Tab") {
  await page.keyboard.press(key);
  const here = await stop();
  if (here.tag === "BODY" || here.tag === "HTML") return here;
  const where = `${here.tag} "${here.name}" on ${page.url()}`;
  assert.ok(here.ring, `no visible focus: ${where}`);
  assert.ok(here.free, `something lies over ${where}`);
  assert.ok(here.inside, `out of sight: ${where}`);
  assert.ok(here.tall >= 24, `${here.tall} px, too small to hit: ${where}`);
  return here;
}

async function tabTo(name) {
  for (let i = 0; i < 40; i++) {
    if ((await tab()).name.startsWith(name)) return;
  }
  assert.fail(`Tab never reaches "${name}" on ${page.url()}`);
}

const enter = (key = "Enter") => go(page, () => page.keyboard.press(key));

await check("the first stop of a page skips to its content", async () => {
  await page.goto(told.setup);
  assert.equal((await tab()).name, "Skip to the content");
  await page.keyboard.press("Enter");
  assert.equal((await stop()).id, "main");
  assert.equal((await tab()).id, "email");
});

await check("setup: the fields come in their order, and Enter sends", async () => {
  await page.keyboard.type(ada.email);
  assert.equal((await tab()).id, "name");
  await page.keyboard.type(ada.name);
  assert.equal((await tab()).id, "password");
  await page.keyboard.type(ada.password);
  await enter();
  assert.equal(at(page), "/account");
});

await check("the tabs of the account lead on", async () => {
  await tabTo("Sessions");
  await enter();
  assert.equal(at(page), "/account/sessions");
  await tabTo("Sign out");
  await enter();
  await shows(page, "You are signed out");
});

await check("sign-in: a wrong password puts the focus on the summary, whose next stop explains it", async () => {
  await page.goto("/login");
  await tabTo("E-mail");
  await page.keyboard.type(ada.email);
  await tabTo("Password");
  await page.keyboard.type("not the one");
  await enter();
  await refused(page, "login.invalid_credentials");
  assert.equal((await tab()).name, "login.invalid_credentials");
});

await check("the links of a summary lead to the fields", async () => {
  await page.goto("/login");
  await tabTo("Sign in");
  await enter("Space");
  await refused(page, "request.invalid", "email", "password");
  await tabTo("Password: ");
  await page.keyboard.press("Enter");
  assert.equal((await stop()).id, "password");
});

await check("what is typed can be read, without a mouse", async () => {
  await page.keyboard.type(ada.password);
  assert.equal((await tab()).name, "Show password");
  await page.keyboard.press("Space");
  assert.equal(await page.getAttribute("#password", "type"), "text");
  assert.equal((await stop()).name, "Hide password");
  await page.keyboard.press("Space");
  assert.equal(await page.getAttribute("#password", "type"), "password");
});

await check("staying signed in is a choice by Space", async () => {
  await tab("Shift+Tab");
  await tab("Shift+Tab");
  await page.keyboard.type(ada.email);
  await tabTo("Stay signed in");
  await page.keyboard.press("Space");
  assert.equal(await page.isChecked("[name=remember]"), false);
  await tabTo("Sign in");
  await enter();
  assert.equal(at(page), "/account");
  const cookie = (await page.context().cookies()).find((each) => each.name === "ostiary_session");
  assert.equal(cookie.expires, -1, "the cookie outlives the browser");
});

await check("another session is ended", async () => {
  const other = await visitor();
  await other.goto("/login");
  await other.fill("#email", ada.email);
  await other.fill("#password", ada.password);
  await go(other, () => other.getByRole("button", { name: "Sign in" }).click());
  await page.goto("/account/sessions");
  await tabTo("Sign out Headless Chrome");
  await enter();
  await shows(page, "The session has ended.");
});

await check("an account is made and deleted, on a narrow screen", async () => {
  await page.setViewportSize(narrow);
  await tabTo("Admin");
  await enter();
  await tabTo("E-mail address");
  await page.keyboard.type("ben@example.com");
  await tab();
  await page.keyboard.type("Ben");
  await tab();
  await page.keyboard.type("quiet lamp of ben 7");
  await tabTo("Administers");
  await tabTo("Add");
  await enter();
  await tabTo("Ben");
  await enter();
  await tabTo("Delete the account");
  await page.keyboard.press("Enter");
  await tabTo("Delete Ben");
  await enter();
  await shows(page, "The account is deleted.");
});

await check("start clean is behind its summary", async () => {
  await page.goto("/logout");
  await tabTo("Start clean");
  await page.keyboard.press("Space");
  await tabTo("Sign out and clear all cookies");
  await enter();
  await shows(page, "You are signed out");
});

await check("no page holds the focus fast, and each stop is to be seen", async () => {
  for (const place of ["/login", "/signup", "/logout", "/e?q=csrf", "/e/csrf.mismatch", "/nothing"]) {
    await page.goto(place);
    let stops = 0;
    while ((await tab()).tag !== "BODY" && stops < 400) stops++;
    assert.ok(stops >= 3 && stops < 400, `${stops} stops on ${place}`);
  }
});

await end();
