// Clients that share streams, without a browser: who gets what, over how many.
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { internals } from "./internals.mjs";
import { startSite } from "./site.mjs";
import { until } from "./until.mjs";

let site, Tabs, Places, describe;
/** The streams at the hub that are open: {topics, cursor, write}. */
const streams = [];
/** What the hub has, for those that go on after an id: frames. */
let log = [];

before(async () => {
  const routes = {
    "/tabs": (request, response) => {
      const query = new URL(request.url, site.url).searchParams;
      const topics = query.getAll("topic");
      if (topics.includes("secret")) return response.writeHead(403).end();
      const cursor = query.get("lastEventID") ?? "";
      response.writeHead(200, { "Content-Type": "text/event-stream", ...(cursor && { "Last-Event-ID": cursor }) }).write(":\n");
      const stream = { topics, cursor, response, write: (text) => response.write(text) };
      if (cursor) for (const text of log.slice(cursor === "earliest" ? 0 : Number(cursor))) stream.write(text);
      streams.push(stream);
      response.on("close", () => streams.splice(streams.indexOf(stream), 1));
    },
  };
  site = await startSite({ routes });
  ({ Tabs, Places, describe } = await internals("tabs", "places", "options"));
});
after(() => site?.close());
beforeEach(() => (log = []));

const tell = (text) => (log.push(text), streams.forEach((stream) => stream.write(text)));
const numbered = (n, ...topics) => `${topics.map((topic) => `topic: ${topic}\n`).join("")}id: ${n}\ndata: ${n}\n\n`;

/** A tab with one client, and what it has got. */
function tab(tabs, name, topics, options = {}) {
  const got = [];
  const notes = [];
  const places = new Places();
  const post = (message) => {
    const { text, table, notes: said = [] } = places.tell(message);
    notes.push(...said);
    for (let row = 0, at = 0; row < (table?.length ?? 0); row += 6) {
      for (let part = 0; part < 5; at += table[row + part++]) if (part === 3) got.push(text.slice(at, at + table[row + 3]));
    }
  };
  const send = (message) => tabs.receive(name, places.ask({ id: 1, ...message }), post);
  const given = { dialect: "classic", share: true, retry: { min: 1, max: 20 }, ...options };
  const follow = (...list) => list.map((topic) => `\n${topic}\n`).join("");
  send({ op: "open", wasm: `${site.url}/sdk/sdk.wasm`, options: describe(`${site.url}/tabs`, given, topics, options.lastEventId ?? "") });
  return {
    got,
    notes,
    said: (kind) => notes.filter(([name]) => name === kind),
    topics: (...list) => send({ op: "topics", topics: follow(...list) }),
    token: (text) => send({ op: "token", text, expires: 0, failed: false }),
    opened: () => until(`${name} to be open`, () => notes.some((note) => note[0] === "changed" && note[1] === "open")),
    close: () => send({ op: "close" }),
  };
}

/** Tabs that are closed when the test is over. */
function start(t) {
  const tabs = new Tabs();
  t.after(async () => {
    tabs.end();
    await until("no stream", () => streams.length === 0);
  });
  return tabs;
}

const union = (...topics) => until(`one stream for ${topics}`, () => streams.length === 1 && String(streams[0].topics) === String(topics));

test("an update of several topics reaches each tab that follows one of them", async (t) => {
  const tabs = start(t);
  const [a, c, x] = [tab(tabs, "a", ["a"]), tab(tabs, "c", ["c"]), tab(tabs, "x", ["x"])];
  await union("a", "c", "x");
  tell(numbered(1, "a", "c") + numbered(2, "c") + numbered(3, "x"));
  await until("the last event", () => x.got.length > 0);
  assert.deepEqual([a.got, c.got, x.got], [["1"], ["1", "2"], ["3"]]);
});

test("tabs part where the hub may not name what has brought an event", async (t) => {
  const tabs = start(t);
  const [a, b] = [tab(tabs, "a", ["a"]), tab(tabs, "b", ["b"])];
  await union("a", "b");
  tell(numbered(1, "a"));
  await until("the first event", () => a.got.length > 0);
  log.push(numbered(2)); // what each has asked for alone needs no name
  streams[0].write(numbered(2, "user", ""));
  await until("both", () => a.got.length === 2 && b.got.length === 1);
  assert.deepEqual([a.got, b.got], [["1", "2"], ["2"]]);
});
