// Every page in every state that people meet: what axe finds against WCAG 2.2 AA, in both
// themes, on a phone and on a desk, with and without our script; whether anything sticks
// out at the side; what is inline although the policy forbids it. And pictures of it all,
// if there is a folder for them (told.shots).
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { told, person, visitor, check, end, go, press, type, setUp, signIn, signUp, grumbled, assert } from "./harness.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
const ada = person("ada");
const ben = person("ben");
const desk = { width: 1280, height: 900 };
const handy = { width: 360, height: 740 };

// Only here the policy is lifted, for axe's own script; what it would have stopped is
// found by the watch of all other scripts.
const lifted = { bypassCSP: true, viewport: desk };
const admin = await visitor(lifted);
const user = await visitor({ ...lifted, userAgent: "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1" });

async function look(page, name) {
  await noInline(page, name);
  await wide(page, name);
  await judge(page, name, "light, desk");
  await settle(page, "dark", handy);
  await wide(page, name);
  await judge(page, name, "dark, phone");
  await settle(page, "dark", { width: 320, height: 640 });
  await wide(page, name);
  if (told.shots) await shoot(page, name);
  await settle(page, "light", desk);
}

async function shoot(page, name) {
  for (const scheme of ["light", "dark"]) for (const size of [handy, desk]) {
    await settle(page, scheme, size);
    await page.screenshot({ path: `${told.shots}/${name}-${scheme}-${size.width}.png`, fullPage: true });
  }
}

async function settle(page, colorScheme, size) {
  await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
  await page.setViewportSize(size);
}

async function judge(page, name, how) {
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(axe);
  const { violations } = await page.evaluate((values) => window.axe.run(document, { runOnly: { type: "tag", values }, resultTypes: ["violations"] }), tags);
  const found = violations.flatMap((each) => each.nodes.map((node) => `${each.id} at ${node.target.join(" ")}: ${node.any[0]?.message ?? each.help}`));
  assert.deepEqual(found, [], `axe on ${name} (${how})`);
}

async function wide(page, name) {
  const { over, width } = await page.evaluate(() => ({ over: document.documentElement.scrollWidth - innerWidth, width: innerWidth }));
  assert.ok(over <= 0, `${name} is ${over} px wider than ${width}`);
}

// noInline looks at the page as it was sent, and, until axe touches it, as it became.
async function noInline(page, name) {
  const texts = [await page.evaluate(async () => (await fetch(location.href)).text())];
  if (!(await page.evaluate(() => "axe" in window))) texts.push(await page.content());
  for (const text of texts) {
    const found = /<style|<script(?![^>]*\ssrc=")[^>]*>|<script[^>]*>[^<]|\s(?:style|on[a-z]+)\s*=\s*["']|javascript:/i.exec(text);
    assert.ok(!found, `inline code on ${name}: ${text.slice(found?.index - 80, found?.index + 80)}`);
  }
}

const page = (name, steps) => check(name, async () => {
  const who = await steps();
  await look(who, name.replaceAll(" ", "-"));
});

await check("what the policy forbids is noticed by these tests", async () => {
  const probe = await visitor();
  await probe.goto("/login");
  await probe.locator("main").evaluate((main) => main.setAttribute("style", "color: red"));
  await probe.waitForTimeout(200);
  assert.match(grumbled().join(), /Content Security Policy/);
  await probe.context().close();
});

await check("axe is awake", async () => {
  const probe = await visitor(lifted);
  await probe.goto("/login");
  await probe.locator("label").first().evaluate((label) => label.remove());
  await assert.rejects(judge(probe, "a field without its label", "light, desk"), /label at #email/);
  await probe.context().close();
});

await page("setup", async () => { await admin.goto(told.setup); return admin; });
await page("setup wrong", async () => { await press(admin, "Create the account"); return admin; });
await page("account", async () => { await setUp(admin, ada); return admin; });
await page("setup dead", async () => { await user.goto(told.setup); return user; });
await page("login", async () => { await user.goto("/login"); return user; });
await page("login empty", async () => { await press(user, "Sign in"); return user; });
await page("login wrong", async () => { await signIn(user, { ...ada, password: "wrong" }); return user; });
await page("login too often", async () => { let answer; for (let i = 0; i < 30 && answer?.status() !== 429; i++) answer = await signIn(user, person("eve")); return user; });
await page("login known", async () => { await signIn(user, ada); await user.goto("/login"); return user; });
await page("sessions", async () => { await admin.goto("/account/sessions"); return admin; });
await page("sessions ended", async () => { await go(admin, () => admin.getByRole("button", { name: /^Sign out Safari/ }).click()); return admin; });
await page("login why", async () => { await user.goto("/account"); return user; });
await page("signup", async () => { await user.goto("/signup"); return user; });
await page("signup wrong", async () => { await type(user, { email: "ben@", name: "Ben\u0007", password: "short" }); await press(user, "Make the account"); return user; });
await page("signup taken", async () => { await signUp(user, ada); return user; });
await page("account new", async () => { await signUp(user, ben); return user; });
await page("account wrong", async () => { await type(user, { name: "n".repeat(201) }); await press(user, "Save"); return user; });
await page("account outdated", async () => { await user.goto("/account"); await user.locator("main [name=csrf_token]").evaluate((field) => { field.value = "1.x"; }); await press(user, "Save"); return user; });
await page("password", async () => { await user.goto("/account/password"); return user; });
await page("password wrong", async () => { await type(user, { current_password: "wrong", new_password: "another one 12" }); await press(user, "Change the password"); return user; });
await page("not admin", async () => { await user.goto("/admin"); return user; });
await page("logout", async () => { await user.goto("/logout"); return user; });
await page("logout open", async () => { await user.getByText("Start clean").click(); return user; });
await page("admin users", async () => { await admin.goto("/admin/users"); return admin; });
await page("admin users wrong", async () => { await type(admin, { email: ben.email, password: "short" }); await press(admin, "Add"); return admin; });
await page("admin users none", async () => { await admin.goto("/admin/users?q=nobody"); return admin; });
await page("admin user", async () => { await admin.goto("/admin/users"); await go(admin, () => admin.getByRole("link", { name: "Ben" }).click()); return admin; });
await page("admin user wrong", async () => { await press(admin, "Set the password"); return admin; });
await page("admin user set", async () => { await type(admin, { password: "given by ada 123" }); await press(admin, "Set the password"); return admin; });
await page("password must", async () => { await signIn(user, { ...ben, password: "given by ada 123" }); return user; });
await page("admin sessions", async () => { await admin.goto("/admin/sessions"); return admin; });
await page("admin user confirm", async () => {
  await admin.goto("/admin/users");
  await go(admin, () => admin.getByRole("link", { name: "Ben" }).click());
  await admin.getByText("Delete the account").click();
  await admin.getByText("Disable the account").click();
  return admin;
});
await page("admin user disabled", async () => { await press(admin, "Disable Ben"); return admin; });
await page("admin user deleted", async () => { await admin.getByText("Delete the account").click(); await press(admin, "Delete Ben"); return admin; });
await page("admin users deleted", async () => { await admin.goto("/admin/users?deleted=on"); return admin; });
await page("admin user last", async () => { await go(admin, () => admin.getByRole("link", { name: "Ada" }).click()); return admin; });
await page("codes", async () => { await user.goto("/e?q=is+redis+down"); return user; });
await page("code", async () => { await user.goto("/e/session.cookie_missing"); return user; });
await page("not found", async () => { await user.goto("/nothing/here"); return user; });
await page("redirect refused", async () => { await user.goto("/login?redirect=//evil.example"); return user; });
await page("continue", async () => {
  await user.context().clearCookies();
  await user.route("https://app.example.com/**", (route) => route.abort("aborted"));
  await signIn(user, ada, "/login?redirect=https://app.example.com/");
  return user;
});
await page("signed out", async () => { await user.goto("/account"); await press(user, "Sign out"); return user; });

// Without our script the pages have no button to show a password, and times in UTC.
await check("the pages as they are without our script", async () => {
  const bare = await visitor({ ...lifted, viewport: handy });
  await bare.route("**/pages.*.js", (route) => route.abort());
  for (const place of ["/login", "/signup", "/logout"]) {
    await bare.goto(place);
    await judge(bare, place, "without script");
  }
  await signIn(bare, ada);
  for (const place of ["/account", "/account/password", "/account/sessions", "/admin/users", "/admin/sessions"]) {
    await bare.goto(place);
    await judge(bare, place, "without script");
    await wide(bare, place);
  }
});

await end();
