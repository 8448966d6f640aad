// From the hub to DOM events: the lines to copy into another application are
// the ones of connect. The rest keeps the status pill honest.

import { $ } from "./dom.js";
import { toast } from "./toasts.js";

const { hub, sdk } = document.documentElement.dataset;
const LABELS = { idle: "Not connected", connecting: "Connecting", waiting: "Reconnecting", open: "Live", closed: "Closed" };

let current = null; // an earlier client, still closing, is not news
let attempt = 0; // and neither is what came of an earlier connect

/**
 * Subscribes to topics, in place of what was subscribed to before. The cookie
 * that POST /api/session has set tells the hub what this window may read in
 * private. Valid events arrive on document as mercure-<event>; the others go
 * to onInvalid.
 */
export async function connect(topics, { onInvalid }) {
  const url = new URL(hub, location.origin);
  for (const topic of topics) url.searchParams.append("topic", topic);
  // What was said before we came is still in the hub's log.
  url.searchParams.set("lastEventID", "earliest");

  const mine = ++attempt;
  current?.close();
  current = null;
  setStatus("connecting");
  try {
    const { default: MercureClient } = await load();
    if (mine !== attempt) return;
    const client = current = new MercureClient(url.href);
    client.addEventListener("invalid", (e) => onInvalid(e.detail));
    client.addEventListener("state", (e) => { if (client === current) setStatus(e.detail.state, e.detail.reason); });
    client.addEventListener("error", (e) => { if (client === current) fail(client, e.detail); });
    client.build();
    await client.ready;
  } catch (error) {
    if (mine === attempt) setStatus("closed", error?.message || "The SDK did not start.");
  }
}

/** Like import MercureClient from "/sdk/index.js"; but when that fails, the page is still there to say so. */
async function load() {
  const url = new URL("index.js", new URL(sdk, location.origin));
  try {
    return await import(url);
  } catch (cause) {
    throw new Error(`The SDK could not be loaded from ${url}. Build it with "make build", or look at the request in the network panel.`, { cause });
  }
}

/** An error ends the stream, or it is one event's trouble and the stream goes on. */
function fail(client, error) {
  if (client.state === "closed") setStatus("closed", error.message);
  else toast({ level: "error", title: "The SDK reports an error", body: error.message });
}

/** Shows a state of the SDK. One that waits to be connected again is connecting, too. */
export function setStatus(state, reason = "") {
  const status = $("status");
  status.dataset.state = state === "waiting" ? "connecting" : state;
  status.title = reason;
  $("status-text").textContent = LABELS[state] ?? state;
  // A stream that comes back by itself needs no banner; one that will not does.
  $("status-reason").hidden = state !== "closed" || !reason;
  $("status-reason").textContent = reason;
  $("reconnect").hidden = state !== "closed";
}
