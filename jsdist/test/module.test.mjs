// The shipped module and its streams, without a browser: what comes out, in
// which order, and what is left behind.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { compile } from "./modules.mjs";
import { internals } from "./internals.mjs";
import { frame, newMessage, sendFile, startSite } from "./site.mjs";
import { until } from "./until.mjs";

let site, module, Module, Engine, describe;
/** Sends the module that somebody waits for at /late.wasm. */
let release;

before(async () => {
  const counted = compile("counted");
  const routes = {
    "/counted.wasm": (_request, response) => response.writeHead(200, { "Content-Type": "application/wasm" }).end(counted),
    "/late.wasm": (_request, response) => (release = () => sendFile(response, "sdk.wasm")),
  };
  site = await startSite({ routes });
  const all = await internals("module", "worker", "options");
  ({ Module, Engine, describe } = all);
  module = await Module.load(`${site.url}/sdk/sdk.wasm`);
});
after(() => site?.close());

/** Opens a stream; out tells what comes of it, a line each. */
function open(path = "/hub?topic=a", options = {}) {
  const out = [];
  const stream = module.stream(describe(site.url + path, options, [], ""), undefined, ({ text, notes }) => {
    if (text !== undefined) out.push(text);
    for (const [name, ...rest] of notes ?? []) out.push(`${name} ${rest.join(" ")}`);
  });
  stream.open();
  return { stream, out };
}

test("what comes in one piece leaves in one message, in order, with its verdicts", async () => {
  const { stream, out } = open();
  await site.connected();
  const bad = { ...newMessage(2), id: "" };
  site.send({ event: "new_message", id: "1", data: JSON.stringify(newMessage(1)) }, { event: "new_message", id: "2", data: JSON.stringify(bad) }, { data: "Grüße 🌍" });
  await until("the message", () => out.length >= 3);
  assert.deepEqual(out.slice(0, 2).map((line) => line.trim()), ["changed connecting   0", "changed open   0"]);
  const issue = '[{"path":"/id","keyword":"minLength","message":"must be at least 1 character long, has 0"}]';
  assert.equal(out[2], `new_message1${JSON.stringify(newMessage(1))}new_message2${JSON.stringify(bad)}${issue}message2Grüße 🌍`);
  stream.close();
  await site.connected(0);
});

test("a stream that is closed says nothing more", async () => {
  const { stream, out } = open();
  await site.connected();
  site.send({ data: "1" });
  await until("the event", () => out.length === 3);
  site.send({ data: "2" });
  stream.close();
  stream.close();
  const said = out.length;
  await site.connected(0);
  const other = open();
  await site.connected(1);
  site.send({ data: "3" });
  await until("the other stream's event", () => other.out.length === 3);
  assert.equal(out.length, said);
  other.stream.close();
  await site.connected(0);
});

test("a hub that does not say where it goes on from has a gap", async () => {
  const { stream, out } = open("/hub?topic=a", { retry: { min: 1, max: 20 } });
  const gaps = () => out.filter((line) => line.startsWith("gap"));
  await site.connected();
  site.send({ id: "1", data: "1" });
  await until("the event", () => out.some((line) => line.includes("message1")));
  assert.deepEqual(gaps(), []);
  site.streams[0].end();
  await until("the gap", () => gaps().length > 0);
  assert.deepEqual(gaps(), ["gap 1 "]);
  stream.close();
  await site.connected(0);
});

test("a request that left before Go was ready is the one that Go goes on with", async () => {
  const said = [];
  const engine = new Engine((message) => said.push(message));
  engine.receive({ op: "open", id: 7, wasm: `${site.url}/late.wasm`, options: describe(`${site.url}/hub?topic=early`, {}, [], "") });
  await site.connected();
  site.send({ data: '"early"' });
  await until("the request for the module", () => release);
  release();
  await until("the event", () => said.some(({ text }) => text?.includes("early")));
  assert.equal(site.requests.filter(({ path }) => path.startsWith("/hub?topic=early")).length, 1);
  engine.receive({ op: "close", id: 7 });
  await site.connected(0);
});

test("a thousand streams opened and closed leave nothing behind", async () => {
  for (let n = 0; n < 100; n++) {
    const streams = Array.from({ length: 10 }, () => open().stream);
    await site.connected(10);
    for (const stream of streams) stream.close();
    await site.connected(0);
  }
  assert.equal(module.streams.size, 0);
});

test("events that hold leave nothing for Go to collect, however large the pieces are that come", async () => {
  const counting = await Module.load(`${site.url}/counted.wasm`);
  const piece = (from, to) => {
    const events = Array.from({ length: to - from }, (_, n) => frame({ event: "new_message", id: `urn:${from + n}`, data: JSON.stringify(newMessage(from + n)) }));
    return new TextEncoder().encode(events.join(""));
  };
  let control;
  const body = new ReadableStream({ start: (controller) => (control = controller) });
  const response = Promise.resolve(new Response(body, { headers: { "Content-Type": "text/event-stream" } }));
  const options = describe(`${site.url}/hub?topic=a`, {}, [], "");
  let events = 0;
  const stream = counting.stream(options, { response, abort: new AbortController() }, ({ table }) => (events += (table?.length ?? 0) / 6));
  stream.open();
  const bring = async (to) => {
    control.enqueue(piece(events, to));
    await until(`${to} events`, () => events === to, 30_000);
  };
  await bring(20_000);
  const [collections, heap] = globalThis.counts();
  for (let n = 2; n <= 6; n++) await bring(n * 20_000);
  const [later, grown] = globalThis.counts();
  assert.equal(later, collections, "collections");
  assert.ok(grown - heap < 65_536, `Go's heap grew from ${heap} to ${grown} bytes`);
  stream.close();
});
