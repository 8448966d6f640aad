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
      if (topics.includes("busy")) return response.writeHead(429).end();
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

test("a topic that the hub refuses is the matter of the tab that wants it", async (t) => {
  const tabs = start(t);
  const a = tab(tabs, "a", ["a"]);
  await a.opened();
  const changing = tab(tabs, "changing", ["b"]);
  await union("a", "b");
  const secret = tab(tabs, "secret", ["secret"]);
  await until("the end of the one", () => secret.said("changed").some((note) => note[1] === "closed" && note[2] === "refused"));
  changing.topics("b", "secret");
  await until("the refusal", () => changing.said("fault").length > 0);
  assert.deepEqual(changing.said("fault").map(([, code, , kept]) => [code, kept]), [["refused", "\nb\n"]]);
  const late = tab(tabs, "late", ["c"]);
  await until("the stream for all that are left", () => streams.length === 1 && String([...streams[0].topics].sort()) === "a,b,c");
  tell(numbered(1, "a") + numbered(2, "b") + numbered(3, "c"));
  await until("the last event", () => late.got.length > 0);
  assert.deepEqual([a.got, changing.got, late.got, secret.got], [["1"], ["2"], ["3"], []]);
  assert.deepEqual([...a.said("fault"), ...a.said("gap"), ...late.said("fault")], []);
});

test("tabs that begin with a topic that is refused take nothing with them", async (t) => {
  const tabs = start(t);
  const [a, secret] = [tab(tabs, "a", ["a"]), tab(tabs, "secret", ["secret"])];
  await a.opened();
  await until("the end of the other", () => secret.said("changed").some((note) => note[1] === "closed"));
  await union("a");
  assert.deepEqual(a.said("changed").filter((note) => note[1] === "closed"), []);
});

test("a tab that begins long before where others are does not bring them what they have had", async (t) => {
  const tabs = start(t);
  const count = 2500; // more than a tab remembers
  for (let n = 1; n <= count; n++) log.push(numbered(n, "a"));
  const all = Array.from({ length: count }, (_, n) => String(n + 1));
  const early = [];
  for (const name of ["first", "second", "third"]) {
    const one = tab(tabs, name, ["a"], { lastEventId: "earliest" });
    await until(`all of the ${name}`, () => one.got.length >= count);
    early.push(one);
  }
  tell(numbered(count + 1, "a"));
  for (const { got } of early) await until("the last event", () => got.at(-1) === String(count + 1));
  for (const { got } of early) assert.deepEqual(got, [...all, String(count + 1)]);
});

test("a stream that is wound back by one event brings nobody that event again", async (t) => {
  const tabs = start(t);
  const [a, b] = [tab(tabs, "a", ["a"]), tab(tabs, "b", ["b"])];
  await union("a", "b");
  tell(numbered(1, "a", "b"));
  tell(numbered(2, "a", "b"));
  await until("both", () => a.got.length === 2 && b.got.length === 2);
  const late = tab(tabs, "late", ["a"], { lastEventId: "1" });
  await until("what it begins with", () => late.got.length === 1);
  tell(numbered(3, "a", "b") + "topic: a\ntopic: b\ndata: 3 too\n\n"); // without an id of its own
  await until("the last events", () => [a, b, late].every(({ got }) => got.at(-1) === "3 too"));
  assert.deepEqual([a.got, b.got, late.got], [["1", "2", "3", "3 too"], ["1", "2", "3", "3 too"], ["2", "3", "3 too"]]);
});

test("tabs are asked for a token by turns", async (t) => {
  const tabs = start(t);
  const options = { getToken: () => "t" };
  const [a, b] = [tab(tabs, "a", ["a"], options), tab(tabs, "b", ["b"], options)];
  const asked = (one, times) => until("the question", () => one.said("askToken").length === times);
  await asked(a, 1);
  tabs.receive("a", { op: "token", id: 1, text: "its session is over", expires: 0, failed: true });
  await asked(b, 1);
  b.token("t");
  await a.opened();
  assert.equal(a.said("askToken").length, 1);
});

test("all tabs are told of a change that does not come through", async (t) => {
  const tabs = start(t);
  const a = tab(tabs, "a", ["a"]);
  await a.opened();
  const busy = tab(tabs, "busy", ["busy"]);
  for (const one of [a, busy]) await until("the fault", () => one.said("fault").length === 1);
  assert.deepEqual(a.said("fault")[0].slice(1), ["status", "the change of topics, or of the token, does not come through: the hub answered 429", "\na\n\nbusy\n"]);
});
