// Notifications: shown once, for as long as they are looked at.

import { $, el, icon } from "./dom.js";

const SHOW_MS = 7000;
const MAX_TOASTS = 4;
const SEEN = "amalgam-demo-seen";
const MAX_SEEN = 100;

/** Shows a notification payload, unless this window has shown it before: a reload reads the log again. */
export function showNotification(n) {
  let seen = [];
  try { seen = JSON.parse(sessionStorage.getItem(SEEN)) ?? []; } catch { /* start anew */ }
  if (seen.includes(n.id)) return;
  sessionStorage.setItem(SEEN, JSON.stringify([...seen, n.id].slice(-MAX_SEEN)));
  toast({ ...n, url: safeLink(n.url) });
}

export function toast({ id = "", title, body, url, level = "info" }) {
  const close = el("button", { type: "button", "aria-label": "Dismiss" }, icon("cross"));
  const node = el("div", { class: "toast", "data-level": level, "data-id": id, role: level === "error" ? "alert" : null },
    el("b", {}, title), close,
    body ? el("p", {}, body) : null,
    url ? el("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, url) : null);
  let timer;
  const dismiss = () => { clearTimeout(timer); node.remove(); };
  const wait = () => { timer = setTimeout(dismiss, SHOW_MS); };
  const hold = () => clearTimeout(timer);
  node.addEventListener("pointerenter", hold);
  node.addEventListener("pointerleave", wait);
  node.addEventListener("focusin", hold);
  node.addEventListener("focusout", wait);
  close.addEventListener("click", dismiss);
  const box = $("toasts");
  while (box.childElementCount >= MAX_TOASTS) box.firstElementChild.remove();
  box.append(node);
  wait();
}

/** A uri may hold javascript: and worse. Only web addresses become links. */
function safeLink(url) {
  try {
    return ["http:", "https:"].includes(new URL(url).protocol) ? url : undefined;
  } catch {
    return undefined;
  }
}
