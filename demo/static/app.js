// Joins the pieces: a session from the back-end, a stream from the hub, and
// the four events that the SDK raises on document.

import * as api from "./api.js";
import { startComposer } from "./composer.js";
import { connect, setStatus } from "./connection.js";
import { $, copy } from "./dom.js";
import { enter, start } from "./join.js";
import { listening, showEvent } from "./panels.js";
import { enterRoom, showMessage, showRead } from "./room.js";
import { showNotification, toast } from "./toasts.js";

let session = null;
let renewal = 0;

// What the SDK raises has held to its schema: detail is the payload itself.
const on = (event, sentAt, show) => document.addEventListener("mercure-" + event, (e) => {
  show(e.detail);
  showEvent({ event, lastEventId: e.lastEventId, data: e.detail, sentAt: e.detail[sentAt] });
});
on("chat", "sentAt", (m) => showMessage("chat", m));
on("new_message", "sentAt", (m) => showMessage("new_message", m));
on("read_message", "readAt", showRead);
on("notification", "createdAt", showNotification);

async function joined(s) {
  session = s;
  document.body.dataset.stage = "room";
  document.title = `${s.room} · Amalgam`;
  $("room-title").textContent = s.room;
  $("room-title").hidden = false;
  for (const id of ["second-window", "second-window-empty"]) $(id).href = "/?" + new URLSearchParams({ room: s.room });
  enterRoom(s, { onRead, onWave });
  renewLater();
  $("composer").focus();
  listening();
  await listen();
}

const listen = () => connect(session.topics, { onInvalid: showEvent });

/** Runs an action; where the session has ended, joins again and runs it once more. */
async function asMember(action) {
  try {
    return await action(session);
  } catch (error) {
    if (error.status !== 401) throw error;
    await rejoin();
    return await action(session);
  }
}

/** Joins again. A back-end that has forgotten us gives a new id, and so other topics. */
async function rejoin() {
  const topics = session.topics.join();
  session = await enter(session.user.name, session.room);
  enterRoom(session, { onRead, onWave });
  renewLater();
  if (session.topics.join() !== topics) await listen();
}

/** The hub ends a stream when its token does: a new cookie is there before. */
function renewLater() {
  clearTimeout(renewal);
  const left = new Date(session.expiresAt) - Date.now();
  renewal = setTimeout(() => rejoin().catch(() => { renewal = setTimeout(renewLater, 60_000); }), Math.max(60_000, left * 0.8));
}

function onRead(messageId) {
  asMember((s) => api.markRead(s, messageId)).catch(() => { /* the next message brings the next receipt */ });
}

const tell = (error) => toast({ level: "error", title: "That did not work", body: error.message });

function onWave(to) {
  asMember((s) => api.notify(s, to.id, { title: `${s.user.name} waves at you`, body: `From ${s.room}` }))
    .then(() => toast({ title: `You waved at ${to.name}` }), tell);
}

startComposer((text) => asMember((s) => api.say(s, text)));

$("send-invalid").addEventListener("click", () => asMember(api.sendBroken).catch(tell));

$("reconnect").addEventListener("click", async () => {
  try {
    session = await enter(session.user.name, session.room);
    enterRoom(session, { onRead, onWave });
    await listen();
  } catch (error) {
    setStatus("closed", error.message);
  }
});

document.querySelector(".tabs").addEventListener("click", (e) => {
  const view = e.target.closest("button")?.dataset.view;
  if (!view) return;
  $("app").dataset.view = view;
  for (const b of e.currentTarget.children) b.setAttribute("aria-pressed", String(b.dataset.view === view));
});

api.curlCommand().then((command) => {
  if (!command) return;
  $("curl").textContent = command;
  $("curl-box").hidden = false;
  $("copy-curl-events").hidden = false;
  for (const id of ["copy-curl", "copy-curl-events"]) $(id).addEventListener("click", () => copy(command, $(id)));
}).catch(() => { /* the page works without it */ });

start(joined);
