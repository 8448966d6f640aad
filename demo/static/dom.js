// Small helpers for building the page. Text only ever enters as text: nothing
// here parses HTML.

export const $ = (id) => document.getElementById(id);

const SVG = "http://www.w3.org/2000/svg";

/** Makes an element. Keys of attrs that start with data- or aria-, and any other, become attributes. */
export function el(tag, attrs = {}, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(attrs)) {
    if (value !== undefined && value !== null) node.setAttribute(key, value);
  }
  node.append(...children.filter((c) => c !== undefined && c !== null));
  return node;
}

export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  const use = document.createElementNS(SVG, "use");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  use.setAttribute("href", "#i-" + name);
  svg.append(use);
  return svg;
}

/** A round tick or cross, with the word for those who cannot see it. */
export function mark(valid) {
  return el("span", { class: valid ? "mark" : "mark bad" }, icon(valid ? "check" : "cross"),
    el("span", { class: "visually-hidden" }, valid ? "valid" : "refused"));
}

/** Drops children from the end (or the start) until at most max are left. */
export function bound(parent, max, fromStart = false) {
  while (parent.childElementCount > max) {
    (fromStart ? parent.firstElementChild : parent.lastElementChild).remove();
  }
}

const seconds = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
const minutes = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "medium" });

export const clock = (date) => seconds.format(date);
export const shortTime = (date) => minutes.format(date);
export const longTime = (date) => full.format(date);

/** Milliseconds as a person reads them. A minute and more is not a latency: the event is old, or a clock is off. */
export function latency(ms) {
  if (!Number.isFinite(ms) || ms < -50 || ms >= 60_000) return "–";
  return ms < 1000 ? `${Math.max(0, Math.round(ms))} ms` : `${(ms / 1000).toFixed(1)} s`;
}

export function bytes(n) {
  return n < 1000 ? `${n} B` : `${(n / 1000).toFixed(1)} kB`;
}

export async function copy(text, button) {
  const label = button.querySelector("span");
  const before = label.textContent;
  try {
    await navigator.clipboard.writeText(text);
    label.textContent = "Copied";
  } catch {
    label.textContent = "Copy by hand"; // the clipboard wants https or localhost
  }
  button.disabled = true;
  setTimeout(() => { label.textContent = before; button.disabled = false; }, 1600);
}
