// Sharing where the browser forbids what it takes.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { internals } from "./internals.mjs";
import { startSite } from "./site.mjs";
import { until } from "./until.mjs";

let site, shared, describe, MercureClient;
before(async () => {
  site = await startSite();
  ({ shared, describe, MercureClient } = await internals("share", "options", "client"));
});
after(() => site?.close());

/** What navigator.locks is where cookies are blocked or in a sandbox; and where the page came by plain HTTP. */
const denied = { request: () => Promise.reject(new DOMException("Access to the Locks API is denied in this context.", "SecurityError")) };

/** What a page has, for one test. Returns its listeners by name. */
function browser(t, locks) {
  const listeners = new Map();
  const given = { navigator: { locks }, addEventListener: (name, listener) => listeners.set(name, listener) };
  for (const [name, value] of Object.entries(given)) {
    const before = Object.getOwnPropertyDescriptor(globalThis, name);
    Object.defineProperty(globalThis, name, { value, configurable: true });
    t.after(() => (before ? Object.defineProperty(globalThis, name, before) : delete globalThis[name]));
  }
  return listeners;
}

for (const [where, locks] of [["all storage is blocked", denied], ["there are no locks", undefined]]) {
  test(`where ${where}, the clients of a page share among themselves, also after the back/forward cache`, async (t) => {
    const listeners = browser(t, locks);
    const clients = [];
    for (const topic of ["a", "b"]) {
      const client = { notes: [], events: 0 };
      const options = () => describe(`${site.url}/hub?topic=${topic}`, { share: true, dialect: "classic" }, [], "");
      client.open = () => client.link.send({ op: "open", id: client.id, wasm: `${site.url}/sdk/sdk.wasm`, options: options() });
      Object.assign(client, await shared.join(({ table, notes = [] }) => {
        client.events += (table?.length ?? 0) / 6;
        client.notes.push(...notes.map(([name]) => name));
        if (notes.some(([name]) => name === "again")) client.open();
      }));
      client.open();
      clients.push(client);
    }
    await until("both to be ready", () => clients.every(({ notes }) => notes.includes("ready")));
    await until("one stream for both", () => site.streams.length === 1 && site.requests.at(-1).path.includes("topic=a&topic=b"));
    listeners.get("pagehide")();
    await site.connected(0);
    listeners.get("pageshow")({ persisted: true });
    await site.connected(1);
    site.streams[0].write("topic: a\nid: 1\ndata: 1\n\n");
    await until("the event", () => clients[0].events === 1);
    assert.equal(clients[1].events, 0);
    for (const { id, link } of clients) {
      link.send({ op: "close", id });
      link.leave(id);
    }
    await site.connected(0);
  });
}

test("a change of topics is no new connection to the page: open is raised once", async (t) => {
  browser(t);
  const client = new MercureClient(`${site.url}/hub?topic=a`, { share: true, target: new EventTarget(), wasm: `${site.url}/sdk/sdk.wasm` });
  let opened = 0;
  client.addEventListener("open", () => opened++);
  client.build();
  await until("open", () => client.state === "open");
  client.subscribe("b");
  await until("the other topic", () => site.requests.at(-1).path.includes("topic=b"));
  await site.connected(1);
  assert.equal(opened, 1);
  client.close();
  await site.connected(0);
});
