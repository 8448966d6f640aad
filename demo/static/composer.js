// The composer: Enter sends, one message after the other, and what could not
// be sent comes back to be sent again.

import { $ } from "./dom.js";

const MAX = 4000; // code points, as the chat schema has it
const NOTE = $("composer-note").textContent;

/** Calls send(text) for each message. It resolves when the back-end has taken it. */
export function startComposer(send) {
  const box = $("composer");
  let queue = Promise.resolve(); // two quick messages keep their order

  const submit = () => {
    const text = box.value.trim();
    if (!text || [...text].length > MAX) return box.focus();
    box.value = "";
    note("");
    count();
    box.focus();
    queue = queue.then(() => send(text)).catch((error) => {
      box.value = box.value ? `${text}\n${box.value}` : text;
      note(error.message);
      count();
    });
  };
  $("composer-form").addEventListener("submit", (e) => { e.preventDefault(); submit(); });
  box.addEventListener("keydown", (e) => {
    // While an input method composes, Enter belongs to it.
    if (e.key !== "Enter" || e.shiftKey || e.isComposing) return;
    e.preventDefault();
    submit();
  });
  box.addEventListener("input", () => { note(""); count(); });
}

function note(error) {
  const node = $("composer-note");
  node.textContent = error || NOTE;
  node.dataset.kind = error ? "bad" : "";
  node.setAttribute("role", error ? "alert" : "note");
}

function count() {
  const text = $("composer").value;
  // A code point is at most two units: most texts need no counting.
  const n = text.length > MAX - 400 ? [...text.trim()].length : 0;
  const left = MAX - n;
  const node = $("composer-count");
  node.textContent = n && left < 400 ? (left < 0 ? `${-left} too many` : `${left} left`) : "";
  node.dataset.kind = left < 0 ? "bad" : "";
}
