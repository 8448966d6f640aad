// The join form: who you are and which room. A window stays the same person
// when it is reloaded; a new one starts as somebody new.

import * as api from "./api.js";
import { $ } from "./dom.js";

const KEY = "amalgam-demo";

const stored = () => { try { return JSON.parse(sessionStorage.getItem(KEY)) ?? {}; } catch { return {}; } };

/**
 * Shows the form, or joins at once where this window had joined before, and
 * calls onJoined with the session.
 */
export async function start(onJoined) {
  const query = new URLSearchParams(location.search);
  const before = stored();
  const form = $("join-form");
  form.elements.name.value = query.get("name") ?? before.name ?? "";
  form.elements.room.value = query.get("room") ?? before.room ?? "lobby";

  form.addEventListener("submit", async (e) => {
    e.preventDefault();
    showErrors({});
    $("join").disabled = true;
    try {
      onJoined(await enter(form.elements.name.value, form.elements.room.value.trim()));
    } catch (error) {
      showErrors(error.field in FIELDS ? { [error.field]: error.mend } : { join: error.message });
    } finally {
      $("join").disabled = false;
    }
  });

  const same = before.id && (query.get("room") ?? before.room) === before.room && (query.get("name") ?? before.name) === before.name;
  if (same) {
    try {
      onJoined(await enter(before.name, before.room));
      return;
    } catch { /* the form says it better: it is there, filled in */ }
  }
  (form.elements.name.value ? $("join") : form.elements.name).focus();
}

/** Joins, or joins again, and remembers it for this window. */
export async function enter(name, room) {
  const session = await api.join(name, room, stored().id);
  sessionStorage.setItem(KEY, JSON.stringify({ id: session.user.id, name: session.user.name, room: session.room }));
  const url = new URL(location.href);
  url.search = new URLSearchParams({ room: session.room });
  history.replaceState(null, "", url);
  return session;
}

const FIELDS = { name: "name-error", room: "room-error" };

function showErrors(errors) {
  for (const [field, id] of Object.entries(FIELDS)) {
    $(id).textContent = errors[field] ?? "";
    $(field).toggleAttribute("aria-invalid", false);
    if (errors[field]) $(field).setAttribute("aria-invalid", "true");
  }
  $("join-error").textContent = errors.join ?? "";
  const first = Object.keys(FIELDS).find((f) => errors[f]);
  if (first) $(first).focus();
}
