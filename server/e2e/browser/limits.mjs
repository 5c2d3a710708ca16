// Too many attempts, and what the page then promises.
import { told, person, visitor, check, end, press, setUp, signIn, at, text, refused, shows, type, assert } from "./harness.mjs";

const ada = person("ada");
const page = await visitor();

const promised = async (answer) => {
  const seconds = Number(answer.headers()["retry-after"]);
  assert.ok(seconds >= 1 && seconds <= 60, `Retry-After ${seconds}`);
  const said = /You can try again in (a second|(\d+) seconds)\./.exec(await text(page));
  assert.ok(said, await text(page));
  assert.equal(Number(said[2] ?? 1), seconds);
  return seconds;
};

await check("too many tries for one address are refused in the form, which says until when", async () => {
  await setUp(page, ada);
  await press(page, "Sign out");
  let answer, tries = 0;
  do answer = await signIn(page, { ...ada, password: "wrong" });
  while (answer.status() === 401 && ++tries < 10);
  assert.ok(tries >= told.tries, `refused after ${tries}`);
  assert.equal(answer.status(), 429);
  await refused(page, "rate.account");
  assert.equal(await page.inputValue("#email"), ada.email);
  await promised(answer);
});

await check("the right password does not help before that", async () => {
  const answer = await signIn(page, ada);
  assert.equal(answer.status(), 429);
  await page.waitForTimeout(1000 * (await promised(answer)));
});

await check("and opens the account after it", async () => {
  await type(page, { password: ada.password });
  await press(page, "Sign in");
  assert.equal(at(page), "/account");
});

await check("too many tries from one place are refused on a page that says until when", async () => {
  await press(page, "Sign out");
  let answer;
  for (let i = 0; i < 60; i++) {
    answer = await signIn(page, person(`nobody${i}`));
    if (answer.headers()["x-auth-code"] === "rate.ip") break;
  }
  assert.equal(answer.status(), 429);
  await shows(page, "Too many requests from this network", "rate.ip");
  await promised(answer);
});

await end();
