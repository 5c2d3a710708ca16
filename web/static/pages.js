// What a page can do better with a script. Nothing here is needed: each page works
// whole without it, and nothing is built from text that came from outside.
"use strict";

// A button to read what one is typing; without a script the field is just a field.
for (const field of document.querySelectorAll('input[type="password"]')) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "reveal";
  button.textContent = "Show";
  button.setAttribute("aria-controls", field.id);
  button.setAttribute("aria-label", "Show password");
  button.addEventListener("click", () => {
    const shown = field.type === "password";
    field.type = shown ? "text" : "password";
    button.textContent = shown ? "Hide" : "Show";
    button.setAttribute("aria-label", shown ? "Hide password" : "Show password");
  });
  // A password manager must find a password field when the form is sent.
  field.form.addEventListener("submit", () => { field.type = "password"; });
  const frame = document.createElement("div");
  frame.className = "password";
  field.replaceWith(frame);
  frame.append(field, button);
}

// A double click sends once: the answer to the second would be about what the first has
// done already. Later presses count, for the first may have been stopped on its way.
for (const form of document.querySelectorAll('form[method="post"]')) {
  let sent = -Infinity;
  form.addEventListener("submit", (event) => {
    if (event.timeStamp - sent < 2000) event.preventDefault();
    else sent = event.timeStamp;
  });
}

// Times are written in UTC by the server, which does not know the reader's clock.
const format = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short" });
for (const time of document.querySelectorAll("time[datetime]")) {
  const at = new Date(time.dateTime);
  if (!Number.isNaN(at.getTime())) {
    time.title = time.textContent;
    time.textContent = format.format(at);
  }
}
