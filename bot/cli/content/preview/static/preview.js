"use strict";
// The pages work without this: it follows the files, and spares people a few presses.

const live = document.getElementById("live");
const shown = document.body.dataset.number;

// --- A choice is shown at once; a date only when it is finished.
for (const form of document.querySelectorAll("[data-choose]")) {
  form.addEventListener("change", (event) => {
    if (event.target.tagName === "SELECT") form.requestSubmit();
  });
  const day = form.querySelector("input[type=date]");
  day?.addEventListener("blur", () => {
    if (day.value && day.value !== day.defaultValue) form.requestSubmit();
  });
}

// --- A saved file is shown within a second, but never while somebody is writing.
function isWriting() {
  const field = document.activeElement;
  return field instanceof HTMLInputElement && field.value !== field.defaultValue;
}

async function follow() {
  if (document.hidden) return;
  try {
    const answer = await fetch("/now");
    const { number } = await answer.json();
    const waits = String(number) !== shown && isWriting();
    tell(waits ? "A file has changed: the page shows it when you have finished writing." : "");
    if (String(number) !== shown && !waits) location.reload();
  } catch {
    tell("The preview was stopped. What you see stays until it is started again.");
  }
}

// Said once: a screen reader reads it out whenever it is set, also to the same.
function tell(text) {
  if (live.textContent !== text) live.textContent = text;
}

setInterval(follow, 1000);
document.addEventListener("visibilitychange", follow);

// --- The table of languages: one stop for the Tab key, arrows within.
for (const table of document.querySelectorAll("[data-grid]")) {
  const rows = [...table.rows]
    .map((row) => [...row.querySelectorAll("th[scope=row] a, td")].map((place) => (place.tagName === "A" ? place : place.querySelector("a"))))
    .filter((row) => row.length);
  const cells = rows.flat().filter(Boolean);
  const moves = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
  cells.forEach((cell, at) => { cell.tabIndex = at ? -1 : 0; });
  table.addEventListener("keydown", (event) => {
    const move = moves[event.key];
    let row = rows.findIndex((found) => found.includes(document.activeElement));
    if (!move || row < 0) return;
    let column = rows[row].indexOf(document.activeElement);
    do {
      row += move[0];
      column += move[1];
      if (!rows[row] || column < 0 || column >= rows[row].length) return;
    } while (!rows[row][column]);
    event.preventDefault();
    for (const cell of cells) cell.tabIndex = -1;
    rows[row][column].tabIndex = 0;
    rows[row][column].focus();
  });
}

// --- Where to change a text, for the editor's "open file".
document.addEventListener("click", async (event) => {
  const button = event.target.closest?.("[data-copy]");
  if (!button) return;
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
    button.textContent = "Copied";
  } catch {
    button.textContent = "Not allowed";
  }
  setTimeout(() => { button.textContent = "Copy"; }, 1500);
});

// --- A talk shows its newest message; a keyboard goes on where it was, a phone's does not jump up.
const talk = document.getElementById("talk");
if (talk) talk.scrollTop = talk.scrollHeight;
if (talk && matchMedia("(hover: hover)").matches) document.querySelector("[data-focus]")?.focus({ preventScroll: true });
