// The room: messages in the order of the hub's log, who has read them, and
// where the view stands.

import { $, bound, el, icon, longTime, shortTime } from "./dom.js";

const MAX_MESSAGES = 300;
const GROUP_MS = 5 * 60_000;
const READ_AFTER_MS = 400; // one receipt for a burst of messages

const list = $("messages");
const scroller = $("scroller");
const positions = new Map(); // message id → its place in the order of arrival
const names = new Map(); // user id → the name they last spoke under
const readUpTo = new Map(); // user id → the place up to which they have read
let arrived = 0;
let unseen = 0;
let readTimer = 0;
let session = null;
let actions = { onRead() {}, onWave() {} };

export function enterRoom(s, a) {
  if (session && session.room !== s.room) {
    list.replaceChildren();
    for (const m of [positions, readUpTo]) m.clear();
    $("room-empty").hidden = false;
  }
  session = s;
  actions = a;
  names.set(s.user.id, s.user.name);
}

/** Shows a chat or new_message that has held to its schema. */
export function showMessage(event, m) {
  const follows = nearEnd();
  const own = m.from.id === session.user.id;
  const sent = new Date(m.sentAt);
  // The same id is the same message: it moves to where it was said last.
  for (const li of list.children) if (li.dataset.id === m.id) { li.remove(); break; }

  const last = list.lastElementChild;
  const grouped = last?.dataset.from === m.from.id && last.dataset.event === event && Math.abs(sent - Number(last.dataset.at)) < GROUP_MS;
  const li = el("li", {
    class: ["message", own && "own", grouped && "grouped"].filter(Boolean).join(" "),
    "data-id": m.id, "data-from": m.from.id, "data-event": event, "data-at": sent.getTime(), "data-verdict": "valid",
  }, avatar(m.from, grouped), author(event, m.from, own), bubble(event, m, own, sent));
  list.append(li);
  bound(list, MAX_MESSAGES, true);

  positions.set(m.id, arrived++);
  if (positions.size > 2 * MAX_MESSAGES) {
    const shown = new Set([...list.children].map((li) => li.dataset.id));
    for (const id of positions.keys()) if (!shown.has(id)) positions.delete(id);
  }
  const heardOf = names.get(m.from.id) === m.from.name;
  names.set(m.from.id, m.from.name);
  $("room-empty").hidden = true;
  if (own || !heardOf) showReads();

  if (follows || own) toEnd();
  else $("jump").hidden = false;
  if (!own) {
    if (document.hidden) title(++unseen);
    if (event === "chat") scheduleRead();
  }
}

/** Takes note that somebody has read the room up to a message. */
export function showRead(r) {
  const place = positions.get(r.messageId);
  if (r.conversation !== session.room || place === undefined) return;
  readUpTo.set(r.readerId, Math.max(place, readUpTo.get(r.readerId) ?? -1));
  if (r.readerId !== session.user.id) showReads();
}

function showReads() {
  const readers = [...readUpTo].filter(([id]) => id !== session.user.id);
  for (const li of list.querySelectorAll("li.own")) {
    const place = positions.get(li.dataset.id);
    const by = readers.filter(([, upTo]) => upTo >= place).map(([id]) => names.get(id) ?? "somebody");
    const ticks = li.querySelector(".ticks");
    const says = by.length ? "Read by " + by.join(", ") : "Sent";
    if (ticks.title === says) continue;
    ticks.dataset.read = String(by.length > 0);
    ticks.title = says;
    ticks.replaceChildren(icon(by.length ? "double" : "check"), el("span", { class: "visually-hidden" }, ticks.title));
  }
}

function scheduleRead() {
  clearTimeout(readTimer);
  readTimer = setTimeout(() => {
    if (document.hidden || !session) return;
    const others = [...list.querySelectorAll('li[data-event="chat"]:not(.own)')];
    const id = others.at(-1)?.dataset.id;
    if (id === undefined || positions.get(id) <= (readUpTo.get(session.user.id) ?? -1)) return;
    actions.onRead(id);
  }, READ_AFTER_MS);
}

function avatar(from, grouped) {
  if (grouped) return el("span", { class: "avatar-space" });
  const node = el("span", { class: "avatar", "aria-hidden": "true" }, initials(from.name));
  node.style.setProperty("--hue", hue(from.id));
  return node;
}

function author(event, from, own) {
  if (own) return el("span", { class: "visually-hidden" }, "You");
  // Who writes through another back-end has no window here to be waved at.
  if (event !== "chat") return el("span", { class: "author plain" }, el("span", { class: "who" }, from.name));
  const button = el("button", { class: "author", type: "button", title: `Send ${from.name} a notification` },
    el("span", { class: "who" }, from.name), el("span", { class: "wave" }, "wave"));
  button.addEventListener("click", () => actions.onWave(from));
  return button;
}

function bubble(event, m, own, sent) {
  const meta = el("div", { class: "meta" });
  if (event !== "chat") meta.append(el("span", { class: "tag" }, event));
  meta.append(
    el("span", { class: "held", title: `Held to the ${event} schema in this window` }, icon("check"), "valid"),
    el("time", { datetime: m.sentAt, title: longTime(sent) }, shortTime(sent)),
  );
  if (own) meta.append(el("span", { class: "ticks", title: "Sent", "data-read": "false" }, icon("check"), el("span", { class: "visually-hidden" }, "Sent")));
  return el("div", { class: "bubble" }, el("p", { class: "text" }, m.text), meta);
}

function initials(name) {
  const words = name.trim().split(/\s+/);
  const letters = words.length > 1 ? [words[0], words.at(-1)] : [words[0]];
  return letters.map((w) => [...w][0] ?? "").join("").toUpperCase();
}

function hue(id) {
  let h = 7;
  for (const c of id) h = (h * 31 + c.codePointAt(0)) % 360;
  return h;
}

const nearEnd = () => scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 80;

function toEnd() {
  scroller.scrollTop = scroller.scrollHeight;
  $("jump").hidden = true;
}

function title(count) {
  document.title = (count ? `(${count}) ` : "") + `${session.room} · Amalgam`;
}

scroller.addEventListener("scroll", () => { if (nearEnd()) $("jump").hidden = true; }, { passive: true });
new ResizeObserver(() => { if ($("jump").hidden) toEnd(); }).observe(scroller);
$("jump").addEventListener("click", () => { toEnd(); $("composer").focus(); });
document.addEventListener("visibilitychange", () => {
  if (document.hidden || !session) return;
  title(unseen = 0);
  scheduleRead();
});
