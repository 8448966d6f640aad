// The fallback without WebAssembly: it judges nothing, and loses nothing in
// silence either.
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { internals } from "./internals.mjs";
import { startSite } from "./site.mjs";
import { until } from "./until.mjs";

let site, unchecked;
/** What the hub answers, one after the other; the last one for ever. */
let answers;
/** The requests' URLs, and the streams that are open. */
let asked, streams;

before(async () => {
  const routes = {
    "/unchecked": (request, response) => {
      asked.push(request.url);
      const { status = 200, headers = {} } = (answers.length > 1 ? answers.shift() : answers[0]) ?? {};
      response.writeHead(status, { "Content-Type": "text/event-stream", ...headers });
      if (status !== 200) return response.end();
      response.write(":\n");
      streams.push(response);
    },
  };
  site = await startSite({ routes });
  ({ unchecked } = await internals("unchecked"));
  console.warn = () => {};
});
after(() => site?.close());
beforeEach(() => ([answers, asked, streams] = [[], [], []]));

function start(t, options = {}, topics = ["a"]) {
  const abort = new AbortController();
  t.after(() => abort.abort());
  const client = { url: `${site.url}/unchecked`, lastEventId: "", options: { dialect: "classic", target: new EventTarget(), retry: { min: 1, max: 20 }, ...options } };
  const got = [];
  const notes = [];
  const followed = { topics };
  const take = (note) => {
    notes.push(note);
    if (note[1] === "closed") abort.abort(); // as the client does
  };
  followed.again = unchecked(client, new Error("blocked"), abort.signal, () => followed.topics, take, ({ type, lastEventId, detail }) => got.push(`${type} ${lastEventId} ${JSON.stringify(detail)}`));
  const codes = () => notes.map((note) => (note[0] === "changed" ? `${note[1]} ${note[2]}` : note.slice(0, 3).join(" ")).trim());
  return { got, notes, codes, followed, stream: (n) => until(`${n} streams`, () => streams.length === n && streams[n - 1]) };
}

const endings = { LF: "\n", CR: "\r", CRLF: "\r\n" };
for (const [name, end] of Object.entries(endings)) {
  test(`lines that end in ${name} are read, however they are cut`, async (t) => {
    const { got, stream } = start(t);
    const response = await stream(1);
    const text = ["\ufeff: ü", "id: 1", "event: chat", "data: 1", "", "id: a\0b", "data: x", "data", "", "event: none", "", "id", "data: 3", "", ""].join(end);
    for (const byte of Buffer.from(text)) {
      response.write(Buffer.of(byte));
      await new Promise((resolve) => setImmediate(resolve));
    }
    response.write(`data: 4${end}${end}`);
    await until("four events", () => got.length === 4);
    assert.deepEqual(got, ["mercure-chat 1 1", 'mercure-message 1 "x\\n"', "mercure-message  3", "mercure-message  4"]);
  });
}

test("it goes on after the last event, drops repeats, and tells of gaps", async (t) => {
  answers = [{}, {}, { headers: { "Last-Event-ID": "1" } }, { headers: { "Last-Event-ID": "earliest" } }, {}];
  const { got, codes, stream } = start(t);
  (await stream(1)).end();
  (await stream(2)).end("id: 1\ndata: 1\n\nid: 2\n"); // the second is not whole
  (await stream(3)).end("id: 1\ndata: 1\n\nid: 2\ndata: 2\n\n");
  (await stream(4)).end();
  await stream(5); // does not say where it goes on from
  await until("the third gap", () => codes().filter((code) => code.startsWith("gap")).length === 3);
  assert.deepEqual(got, ["mercure-message 1 1", "mercure-message 2 2"]);
  assert.deepEqual(asked.map((url) => new URL(url, site.url).searchParams.get("lastEventID")), [null, null, "1", "2", "2"]);
  assert.deepEqual(codes().filter((code) => code.startsWith("gap")), ["gap", "gap 2 earliest", "gap 2"]);
  assert.deepEqual(codes().slice(0, 5), ["open", "waiting lost", "connecting", "open", "gap"]);
});

test("a stream that is silent for longer than the hub ever is is opened anew", async (t) => {
  const { codes, stream } = start(t);
  (await stream(1)).write(": heartbeat 40 0\n");
  await stream(2);
  assert.ok(codes().includes("waiting silent"), codes().join());
});

test("what is not a stream is told as such", async (t) => {
  answers = [{ headers: { "Content-Type": "text/html" } }, { status: 502 }, {}];
  const { codes, stream } = start(t);
  await until("open", () => codes().includes("open"));
  await stream(2);
  assert.deepEqual(codes(), ["waiting no-stream", "connecting", "waiting status", "connecting", "open"]);
});

test("without topics it waits for them, and a change is seen while it waits", async (t) => {
  const { codes, followed, stream } = start(t, { retry: { min: 60_000, max: 60_000 } }, []);
  await until("waiting", () => codes().includes("waiting topics"));
  assert.equal(asked.length, 0);
  followed.topics = ["b"];
  followed.again();
  (await stream(1)).end();
  await until("waiting", () => codes().includes("waiting lost"));
  followed.topics = ["b", "c"];
  followed.again();
  await stream(2);
  assert.match(asked[1], /topic=b&topic=c/);
});

test("a token that cannot be had is asked for again, and never done without", async (t) => {
  answers = [{}, { status: 401 }];
  const given = [() => Promise.reject("503"), () => ({ jwt: 1 }), () => "one", () => undefined];
  const { codes, notes, stream } = start(t, { getToken: () => given.shift()() });
  (await stream(1)).end();
  await until("the end", () => codes().at(-1).startsWith("closed"));
  assert.deepEqual(codes(), ["waiting token", "connecting", "waiting token", "connecting", "open", "waiting lost", "connecting", "closed token"]);
  assert.match(notes[0][3], /getToken failed: 503/);
});

test("a getToken that never answers holds nothing up", async (t) => {
  let times = 0;
  const { followed, stream } = start(t, { getToken: () => (++times === 1 ? new Promise(() => {}) : "one") });
  await until("the question", () => times === 1);
  followed.again();
  await stream(1);
});
