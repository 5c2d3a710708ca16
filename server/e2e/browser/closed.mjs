// A server where people do not make their own accounts.
import { told, person, visitor, check, end, shows, assert } from "./harness.mjs";

const page = await visitor();

await check("the login page offers no sign-up", async () => {
  await page.goto("/login");
  assert.equal(await page.getByRole("link", { name: "Make an account" }).count(), 0);
});

await check("the sign-up page says that it is closed, and what to do", async () => {
  const answer = await page.goto("/signup");
  assert.equal(answer.status(), 403);
  await shows(page, "Sign-up is closed", "Ask the administrator for an account.", "signup.disabled");
});

await check("a form that was open before is refused too", async () => {
  const { email, password } = person("ben");
  const answer = await page.request.post(told.url + "/signup", { form: { email, password }, headers: { Origin: told.url, Accept: "text/html" } });
  assert.equal(answer.status(), 403);
  assert.equal(answer.headers()["x-auth-code"], "signup.disabled");
  assert.equal((await page.context().cookies()).length, 0);
});

await end();
