// Where a sign-in may lead afterwards: our own paths, allowed origins by way of a page,
// and nowhere else, however it is written.
import { told, person, visitor, check, end, go, press, type, setUp, at, shows, assert } from "./harness.mjs";

const ada = person("ada");
const page = await visitor();
const path = (target) => "/login?redirect=" + encodeURIComponent(target);

const enter = async (target) => {
  await page.context().clearCookies();
  await page.goto(path(target));
  await type(page, { email: ada.email, password: ada.password });
  return press(page, "Sign in");
};

await check("a path of our own", async () => {
  await setUp(page, ada);
  await enter("/account/sessions?done=session#x");
  assert.equal(at(page), "/account/sessions?done=session#x");
});

await check("another allowed origin, by way of a page that leads on by itself", async () => {
  const target = told.app + "/after?a=1&b=<2>";
  const answers = [];
  page.on("response", (answer) => answers.push(answer));
  await enter(target);
  await page.waitForURL(told.app + "/**");
  await shows(page, "the app");
  assert.equal(page.url(), told.app + "/after?a=1&b=%3C2%3E");
  const between = answers.find((answer) => answer.request().method() === "POST");
  assert.equal(between.status(), 200); // no redirect, which form-action 'self' would stop
});

await check("that page has a link for browsers that do not follow by themselves", async () => {
  await page.route(told.app + "/**", (route) => route.abort("aborted"));
  await enter(told.app + "/after");
  await shows(page, "Going on", `You are being taken to ${new URL(told.app).host}.`);
  assert.equal(await page.getByRole("link", { name: "Continue" }).getAttribute("href"), told.app + "/after");
  await page.unroute(told.app + "/**");
});

const evil = [
  "//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example", "\\/evil.example", "https:evil.example", "https:/evil.example", "https:///evil.example",
  "http://evil.example", "https://evil.example/", "javascript:alert(1)", "JaVaScRiPt:alert(1)", "java\nscript:alert(1)", "data:text/html,x", "vbscript:x", "blob:x",
  `${told.url}@evil.example`, `http://localhost@evil.example`, `${told.app}@evil.example/`, `${told.app}.evil.example`, `http://user:pass@${new URL(told.app).host}/`,
  "/\t/evil.example", "\t//evil.example", "/\n/evil.example", "\r\n//evil.example", "\u0000//evil.example", " //evil.example", "/ok\r\nSet-Cookie: a=b", "evil.example", "login",
  `https://${new URL(told.app).host}/`, `${told.app.replace("http:", "ftp:")}/`, "\u2028//evil.example", "\uff0f\uff0fevil.example", "/".repeat(2) + "%65vil.example", "/x".repeat(1100), "http://[::1", "?",
];

await check("nothing else, on the page of the form", async () => {
  await page.context().clearCookies();
  for (const target of evil) for (const form of ["/login", "/signup"]) {
    const answer = await page.request.get(told.url + path(target).replace("/login", form), { maxRedirects: 0 });
    assert.equal(answer.status(), 400, JSON.stringify(target));
    assert.equal(answer.headers()["x-auth-code"], "redirect.not_allowed", JSON.stringify(target));
  }
  await page.goto(path("//evil.example"));
  assert.equal(at(page), path("//evil.example"));
  await shows(page, "This server does not send people there", "redirect.not_allowed");
});

await check("nothing else in a form that was changed, and nobody is signed in by it", async () => {
  for (const target of evil) {
    const answer = await page.request.post(told.url + "/login", {
      form: { email: ada.email, password: ada.password, redirect: target }, headers: { Origin: told.url, Accept: "text/html" }, maxRedirects: 0,
    });
    assert.match(answer.headers()["x-auth-code"], /^(redirect.not_allowed|request.invalid)$/, `${JSON.stringify(target)}: ${answer.status()} ${answer.headers().location}`);
  }
  assert.equal((await page.context().cookies()).length, 0);
});

await check("a path that looks like another host stays here", async () => {
  for (const target of ["/evil.example", "/%5cevil.example", "/%2f%2fevil.example", "/@evil.example", "/.//evil.example", "/;//evil.example"]) {
    await page.context().clearCookies();
    await enter(target);
    assert.ok(page.url().startsWith(told.url + "/"), `${target} led to ${page.url()}`);
  }
});

await check("a sign-up leads on as well", async () => {
  await page.context().clearCookies();
  await page.goto(path("/account/password").replace("/login", "/signup"));
  await type(page, person("ben"));
  await press(page, "Make the account");
  assert.equal(at(page), "/account/password");
});

await check("a page that is asked for by its whole address comes back with its query", async () => {
  await page.context().clearCookies();
  await page.goto("/account/sessions?x=1");
  await type(page, { email: ada.email, password: ada.password });
  await press(page, "Sign in");
  assert.equal(at(page), "/account/sessions?x=1");
});

await end();
