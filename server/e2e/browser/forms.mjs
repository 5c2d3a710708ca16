// Every form with nothing, too much, odd characters, an outdated token, and twice: what
// is refused keeps what was typed, names the field, the cause and the way out.
import { readFileSync } from "node:fs";
import { told, person, visitor, check, end, go, press, type, setUp, signUp, at, text, shows, refused, assert } from "./harness.mjs";

const ada = person("ada");
const ben = person("ben");
const page = await visitor();
const other = await visitor();
for (const each of [page, other]) {
  each.on("dialog", (dialog) => {
    console.log(`not ok a text became a script: ${dialog.message()}`);
    process.exit(1);
  });
}

const long = { name: "n".repeat(201), password: "p".repeat(257), email: "e".repeat(250) + "@example.com" };

await check("setup takes neither too much nor control characters", async () => {
  await page.goto(told.setup);
  await type(page, { ...ada, email: long.email });
  await press(page, "Create the account");
  await refused(page, "request.invalid", "email");
  assert.equal(await page.inputValue("#email"), long.email);
  await type(page, { ...ada, name: long.name });
  await press(page, "Create the account");
  await refused(page, "request.invalid", "name");
  assert.equal(await page.inputValue("#name"), long.name);
  await type(page, { ...ada, name: "Ada\u0007" });
  await press(page, "Create the account");
  await refused(page, "request.invalid", "name");
  await type(page, { ...ada, password: long.password });
  await press(page, "Create the account");
  await refused(page, "request.invalid", "password");
  await type(page, { ...ada, password: "password1234" });
  await press(page, "Create the account");
  await refused(page, "request.invalid", "password");
  await shows(page, "Password: It stands on lists of passwords that are tried first.");
});

await check("a double click on a button sends the form once", async () => {
  await type(page, ada);
  const sent = [];
  page.on("request", (request) => request.method() === "POST" && sent.push(request.url()));
  await go(page, () => page.getByRole("button", { name: "Create the account" }).dblclick());
  assert.equal(at(page), "/account");
  assert.equal(sent.length, 1);
});

await check("without scripts it sends twice, and one account is made of it", async () => {
  const plain = await visitor({ javaScriptEnabled: false });
  await plain.goto("/signup");
  await type(plain, ben);
  await go(plain, () => plain.getByRole("button", { name: "Make the account" }).dblclick());
  await plain.waitForLoadState();
  if (at(plain) !== "/account") { // the answer to the second was faster
    await refused(plain, "signup.email_taken", "email");
    await press(plain, "Make the account");
    await refused(plain, "signup.email_taken", "email");
  }
  await plain.context().close();
  await page.goto("/admin/users?q=ben");
  assert.equal(await page.locator("tbody tr").count(), 1);
});

await check("a form that was sent is refused when it is sent again, and says why", async () => {
  await signUp(other, person("cat"));
  await go(other, () => other.goBack());
  await type(other, person("cat"));
  await press(other, "Make the account");
  await refused(other, "signup.email_taken", "email");
});

await check("a dead setup form says so when it is sent again", async () => {
  const { email, password } = person("eve");
  const answer = await page.request.post(told.url + "/setup", { form: { email, password, code: told.setup.split("/").pop() }, headers: { Origin: told.url, Accept: "text/html" } });
  assert.equal(answer.status(), 410);
  assert.equal(answer.headers()["x-auth-code"], "link.used");
});

await check("more than a form can hold is refused as a whole", async () => {
  await page.goto("/account");
  await page.getByLabel(/^Name/).evaluate((field) => { field.value = "n".repeat(70_000); });
  const answer = await press(page, "Save");
  assert.equal(answer.status(), 413);
  await shows(page, "request.too_large");
});

// kept is what HTML can say of a text: no NUL.
const kept = (typed) => typed.replaceAll("\u0000", "\ufffd");

// markup counts what a text would have to change to have become more than a text.
const markup = () => page.locator("script, img, svg, iframe, form, input, button, a").count();

await check("odd texts as a name come back as they are, or are refused with what was typed", async () => {
  await page.goto("/account");
  const before = await markup();
  for (const odd of oddOnes()) {
    await page.getByLabel(/^Name/).fill(odd);
    const typed = kept(await page.inputValue("#name"));
    const answer = await press(page, "Save");
    if (answer.status() === 200) {
      assert.equal(await page.inputValue("#name"), typed.trim(), odd);
      assert.equal(await markup(), before, odd);
    } else {
      await refused(page, "request.invalid", "name");
      assert.equal(await page.inputValue("#name"), typed, odd);
    }
  }
});

await check("odd texts as an address are refused with what was typed", async () => {
  await other.goto("/logout");
  await press(other, "Sign out");
  await other.goto("/login");
  for (const odd of oddOnes()) {
    await type(other, { email: odd, password: odd });
    const typed = kept(await other.inputValue("#email"));
    await press(other, "Sign in");
    assert.equal(await other.locator(".problem[role=alert]").count(), 1, odd);
    assert.equal(await other.inputValue("#email"), typed, odd);
  }
});

await check("odd texts as a search find nobody", async () => {
  for (const odd of oddOnes()) {
    for (const place of ["/admin/users?", "/e?"]) {
      const answer = await page.request.get(told.url + place + new URLSearchParams({ q: odd, cursor: odd, deleted: odd, done: odd }));
      assert.equal(answer.status(), 200, odd);
    }
  }
});

await check("an odd text as a password works exactly as it is", async () => {
  await page.goto("/account/password");
  const odd = `  𝒪dd "pässwörd" <b>&amp; 田中 \\ % ' \u202e`;
  await type(page, { current_password: ada.password, new_password: odd });
  await press(page, "Change the password");
  await shows(page, "Your password is changed.");
  ada.password = odd;
  for (const [wrong, code] of [[odd.trim(), 401], [odd.toUpperCase(), 401], [odd, 200]]) {
    await other.goto("/login");
    await type(other, { email: "  ADA@Example.COM ", password: wrong });
    assert.equal((await press(other, "Sign in")).status(), code, wrong);
  }
  assert.equal(at(other), "/account");
});

const token = (tab, value) => tab.locator("input[name=csrf_token]").evaluateAll((fields, to) => {
  for (const field of fields) if (to === null) field.remove(); else field.value = to;
}, value);

await check("a form of a session before this one is shown once more with what was typed, and then works", async () => {
  const second = await page.context().newPage();
  await page.goto("/account");
  await second.goto("/login");
  await type(second, { email: ada.email, password: ada.password });
  await press(second, "Sign in");
  await second.close();
  await type(page, { name: "Ada the Second" });
  const answer = await press(page, "Save");
  assert.equal(answer.status(), 403);
  await refused(page, "csrf.mismatch");
  await shows(page, "This page was out of date, so nothing was changed");
  assert.equal(await page.inputValue("#name"), "Ada the Second");
  await press(page, "Save");
  await shows(page, "Your profile is saved.");
});

await check("a form without its token, or with a made-up one, is shown once more", async () => {
  for (const [value, code] of [[null, "csrf.header_missing"], ["", "csrf.header_missing"], ["1795292029.Zm9v", "csrf.mismatch"], ["x".repeat(4000), "csrf.mismatch"]]) {
    await page.goto("/account");
    await type(page, { name: "Ada the Third" });
    await token(page, value);
    await press(page, "Save");
    await refused(page, code);
    assert.equal(await page.inputValue("#name"), "Ada the Third");
  }
  await page.goto("/account");
  assert.equal(await page.inputValue("#name"), "Ada the Second");
});

await check("so are all the others: nothing is changed, nothing is lost", async () => {
  await page.goto("/account/password");
  await type(page, { current_password: ada.password, new_password: "never set to this 1" });
  await token(page, "1.x");
  await press(page, "Change the password");
  await refused(page, "csrf.mismatch");
  await page.goto("/admin/users");
  await type(page, person("dan"));
  await token(page, "1.x");
  await press(page, "Add");
  await refused(page, "csrf.mismatch");
  assert.equal(await page.inputValue("#email"), "dan@example.com");
  for (const [place, button] of [["/account/sessions", "Sign out everywhere else"], ["/account/sessions", /^Sign out .*127/], ["/admin/sessions", /^Sign out .*127/]]) {
    await page.goto(place);
    const rows = await page.locator(".rows > li").count();
    await token(page, "1.x");
    await go(page, () => page.getByRole("button", { name: button }).first().click());
    await refused(page, "csrf.mismatch");
    assert.equal(await page.locator(".rows > li").count(), rows);
  }
  await page.goto("/admin/users");
  await go(page, () => page.getByRole("link", { name: "Ben" }).click());
  await token(page, "1.x");
  await type(page, { password: "never set to this 2" });
  await press(page, "Set the password");
  await refused(page, "csrf.mismatch");
  assert.ok(!(await text(page)).includes("dan@"));
});

await check("fields that a form does not have, or has once, are refused", async () => {
  for (const body of ["email=a%40b.c&email=d%40e.f&password=x", "email=a%40b.c&password=x&admin=on", "email=%ff%fe&password=x", "email=a%00b&password=x"]) {
    const answer = await page.request.post(told.url + "/login", { data: body, headers: { "Content-Type": "application/x-www-form-urlencoded", Origin: told.url, Accept: "text/html" } });
    assert.equal(answer.headers()["x-auth-code"], "request.invalid", body);
  }
  for (const kind of ["multipart/form-data; boundary=x", "text/plain", "application/json"]) {
    const answer = await page.request.post(told.url + "/login", { data: "email=a", headers: { "Content-Type": kind, Origin: told.url, Accept: "text/html" } });
    assert.equal(answer.headers()["x-auth-code"], "request.unsupported_type", kind);
  }
});

// oddOnes is one of each kind in the big list of naughty strings.
function oddOnes() {
  const all = JSON.parse(readFileSync(told.odd, "utf8"));
  const step = Math.ceil(all.length / 8);
  return [...all.filter((_, i) => i % step === 5), "<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "' OR 1=1 --", "{{.CSRF}}", "%00", "\u0000", "a\u202eb", "\ud800"].filter((odd) => odd.trim() !== "");
}

await end();
