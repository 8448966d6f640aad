import { $, make } from "./dom.js";
import { decode } from "./token.js";

let client;

/** Reads who subscribes, and reads it anew when somebody comes or goes, while the token allows it. */
export function watchPresence(MercureClient, hub, options) {
  $("refresh").addEventListener("click", () => {
    client?.close();
    follow(MercureClient, hub, options());
  });
}

async function read(hub, { token }) {
  const response = await fetch(`${hub}/subscriptions`, { headers: token ? { Authorization: `Bearer ${token}` } : {} });
  if (!response.ok) throw new Error(await why(response));
  return (await response.json()).subscriptions ?? [];
}

function follow(MercureClient, hub, options) {
  const draft1 = options.token && isDraft1(options.token);
  const below = draft1 ? { match_urlpattern: `${hub}/subscriptions/:type/:match/:subscriber` } : { topic: `${hub}/subscriptions{/topic}{/subscriber}` };
  const mine = (client = new MercureClient(`${hub}?${new URLSearchParams(below)}`, { ...options, schemas: undefined, target: new EventTarget() }));
  let timer = 0;
  const again = async () => {
    timer = 0;
    try {
      const list = await read(hub, options);
      if (client !== mine) return;
      shown(list);
      said("");
    } catch (error) {
      if (client !== mine) return;
      mine.close();
      shown([]);
      said(error.message, true);
    }
  };
  const soon = () => (timer ||= setTimeout(again, 200)); // many may come at once
  // Its own coming is the first change: this stream is one of those who are there.
  for (const type of ["message", "mercure"]) mine.on(type, soon);
  mine.build();
  mine.ready.then(soon, (error) => said(error.message, true));
}

function isDraft1(token) {
  try {
    return decode(token).draft1;
  } catch {
    return false;
  }
}

async function why(response) {
  const text = `${response.status} ${response.statusText}`;
  if (response.status === 404) return `${text}: the hub does not announce subscriptions: start it with the directive subscriptions`;
  if (response.status === 401 || response.status === 403) return `${text}: the token may not read it: mercure.subscribe must have /.well-known/mercure/subscriptions and /.well-known/mercure/subscriptions{/topic}{/subscriber}`;
  return text;
}

function shown(all) {
  $("present").textContent = all.length;
  $("presence").replaceChildren(...all.map(({ topic, match, subscriber, payload }) =>
    make("li", {}, make("strong", { className: "mono" }, topic ?? match), make("div", { className: "hint mono" }, subscriber), ...(payload === undefined || payload === null ? [] : [make("pre", {}, JSON.stringify(payload, null, 2))]))));
}

function said(text, bad = false) {
  $("presence-why").textContent = text;
  $("presence-why").hidden = !text;
  $("presence-why").classList.toggle("bad", bad);
}
