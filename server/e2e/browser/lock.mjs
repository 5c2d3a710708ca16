// A locked account: no stranger guesses on, and no stranger locks its owner out.
import { told, person, visitor, check, end, press, setUp, signIn, at, refused, shows, go, type, assert } from "./harness.mjs";

const ada = person("ada");
const owner = await visitor();
const stranger = await visitor();

await check("after too many wrong passwords not even the right one is tried, and the page says for how long", async () => {
  await setUp(owner, ada);
  for (let i = 0; i < told.tries; i++) await signIn(stranger, { ...ada, password: "wrong" });
  const answer = await signIn(stranger, ada);
  assert.equal(answer.status(), 429);
  await refused(stranger, "login.locked");
  assert.equal(Math.ceil(Number(answer.headers()["retry-after"]) / 60), 5);
  await shows(stranger, "You can try again in 5 minutes.");
  assert.equal(await stranger.inputValue("#email"), ada.email);
});

await check("an address that nobody has is locked alike", async () => {
  for (let i = 0; i <= told.tries; i++) await signIn(stranger, person("nobody"));
  await refused(stranger, "login.locked");
});

await check("a browser that was signed in before is not locked out", async () => {
  await press(owner, "Sign out");
  await signIn(owner, ada);
  assert.equal(at(owner), "/account");
});

await check("a new password ends the lock", async () => {
  ada.password = "another lamp of ada 9";
  await owner.goto("/admin/users");
  await go(owner, () => owner.getByRole("link", { name: "Ada" }).click());
  await type(owner, { password: ada.password });
  await press(owner, "Set the password");
  await signIn(stranger, ada);
  assert.equal(at(stranger), "/account/password");
});

await end();
