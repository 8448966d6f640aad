// Schemas loaded at run time: where the client finds their document, and that
// each stream of a module is judged by its own.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { internals } from "./internals.mjs";
import { newMessage, sendFile, startSite } from "./site.mjs";
import { until } from "./until.mjs";

const total = (minimum) => ({ properties: { order: { type: "object", required: ["total"], properties: { total: { type: "integer", minimum } } } } });
const [fromOne, fromTen] = [1, 10].map((minimum) => JSON.stringify(total(minimum)));

let site, all, module;
const asked = [];

before(async () => {
  const answers = (status, type, body) => (request, response) => {
    asked.push(request);
    response.writeHead(status, { "Content-Type": type }).end(body);
  };
  site = await startSite({
    routes: {
      "/hub/payloads": answers(200, "application/schema+json", fromOne),
      "/own.json": answers(200, "application/json", fromTen),
      "/none/payloads": answers(404, "text/plain", "none"),
      "/page": answers(200, "text/html", "<!doctype html>"),
      "/large": answers(200, "application/json", `{"description":"${"x".repeat(4 << 20)}"}`),
      "/never": (request) => asked.push(request),
      "/sdk.wasm": (_request, response) => sendFile(response, "sdk.wasm"),
    },
  });
  all = await internals("module", "worker", "tabs", "options", "client", "schemas", "eventsource");
  module = await all.Module.load(`${site.url}/sdk/sdk.wasm`);
});
after(() => site?.close());

/** A client that is only asked for its schemas. */
const client = (schemas, options = {}) => new all.MercureClient(`${site.url}/hub?topic=a#x`, { schemas, ...options });

test("true is what the hub serves, a string or a URL an address, an object the document itself", async () => {
  asked.length = 0;
  assert.equal(await all.load(client(true, { token: "secret", headers: { "X-Key": "secret" } })), fromOne);
  assert.equal(await all.load(client(`${site.url}/own.json`)), fromTen);
  assert.equal(await all.load(client(new URL(`${site.url}/own.json`))), fromTen);
  assert.equal(await all.load(client(total(1))), fromOne);
  assert.deepEqual(asked.map(({ url }) => url), ["/hub/payloads", "/own.json", "/own.json"]);
  assert.ok(!JSON.stringify(asked.map(({ headers }) => headers)).includes("secret"), "the request says nothing of who asks");
});

test("each build asks anew, what is published in between does not", async () => {
  asked.length = 0;
  const one = client(true);
  await all.load(one, new AbortController().signal);
  await Promise.all([all.load(one), all.load(one)]);
  assert.equal(asked.length, 1);
  await all.load(one, new AbortController().signal);
  assert.equal(asked.length, 2);
});

test("close() ends the asking", async () => {
  const abort = new AbortController();
  const loading = all.load(client(`${site.url}/never`), abort.signal);
  const request = await until("the request", () => asked.find(({ url }) => url === "/never"));
  const gone = new Promise((resolve) => request.on("close", resolve));
  abort.abort();
  await assert.rejects(loading, { code: "schemas" });
  await gone;
});

const circular = {};
circular.itself = circular;

for (const [what, schemas, says, hub = "/hub"] of [
  ["a hub without schemas", true, /\/none\/payloads \(HTTP 404\).*directive payloads FILE/, "/none"],
  ["an address where nothing is", "/gone.json", /\/gone\.json \(HTTP 404\): name/],
  ["a web page", "/page", /\/page answers is not JSON/],
  ["a server that is not there", "http://127.0.0.1:9/s.json", /127\.0\.0\.1:9\/s\.json: no answer .*connect-src.*CORS/],
  ["a document without end", "/large", /more than 4194304 characters/],
  ["no URL", "http://", /"http:\/\/", is not a URL/],
  ["nothing", "", /option schemas, "", is not a URL/],
  ["a document as a string", ' {"properties":{}}', /document as a string: pass what JSON\.parse/],
  ["an object that goes in circles", circular, /an object that is not JSON/],
]) {
  test(`refused, with the code schemas: ${what}`, async () => {
    const given = typeof schemas === "string" && schemas.startsWith("/") ? site.url + schemas : schemas;
    const loading = all.load(new all.MercureClient(`${site.url}${hub}?topic=a`, { schemas: given }));
    await assert.rejects(loading, (error) => {
      assert.equal(error.code, "schemas");
      assert.match(error.message, says);
      return true;
    });
  });
}

test("a keyword that is not understood is refused with its JSON Pointer, and nothing else suffers", () => {
  const wrong = JSON.stringify({ properties: { order: { type: "object", unevaluatedProperties: false, pattern: "(?=x)" } } });
  for (let n = 0; n < 2; n++) {
    assert.throws(() => module.schemas(wrong), (error) => {
      assert.equal(error.code, "schemas");
      assert.match(error.message, /option schemas.*\/properties\/order\/unevaluatedProperties[^]*\/properties\/order\/pattern/);
      return true;
    });
  }
  assert.throws(() => module.schemas("null"), /not an object/);
  assert.throws(() => module.schemas("[".repeat(100_000)), { code: "schemas" });
  assert.equal(module.judge("", "new_message", JSON.stringify(newMessage(1))), "");
});

test("streams of one module are judged each by its own schemas, and one document is read once", async () => {
  const open = (document) => {
    const verdicts = [];
    const options = all.describe(`${site.url}/hub?topic=a`, {}, [], "", document);
    const stream = module.stream(options, undefined, ({ table = [] }) => {
      for (let row = 5; row < table.length; row += 6) verdicts.push(table[row]);
    });
    stream.open();
    return { stream, verdicts };
  };
  const streams = [fromOne, fromTen, "", fromOne].map(open);
  await site.connected(4);
  site.send({ event: "order", data: '{"total":5}' }, { event: "new_message", data: "{}" }, { data: "1" });
  await until("all verdicts", () => streams.every(({ verdicts }) => verdicts.length === 3));
  const [none, valid, invalid] = [0, 1, 2];
  assert.deepEqual(streams.map(({ verdicts }) => verdicts), [[valid, none, none], [invalid, none, none], [none, invalid, none], [valid, none, none]]);
  assert.equal(module.schemas(fromOne), streams[0].stream.schemas);
  assert.equal(streams[3].stream.schemas, streams[0].stream.schemas);
  assert.match(module.judge(fromTen, "order", '{"total":5}'), /"\/total","keyword":"minimum"/);
  assert.equal(module.judge(fromOne, "order", '{"total":5}'), "");
  assert.equal(module.judge("", "order", "{}"), "");
  for (const { stream } of streams) stream.close();
  await site.connected(0);
});

test("an EventSource listens to the names of the document, whatever they are", () => {
  const heard = [];
  const names = ["größe 🌍", "\ufeffmarked", "message"];
  globalThis.EventSource = class {
    constructor(url) {
      heard.push(url);
    }
    addEventListener(name) {
      heard.push(name);
    }
    close() {}
  };
  try {
    const schemas = module.schemas(JSON.stringify({ properties: Object.fromEntries(names.map((name) => [name, true])) }));
    assert.deepEqual(schemas.names, names);
    assert.deepEqual(module.schemas('{"properties":{}}').names, []);
    let cut;
    all.listen({ has: () => true, held: (_conn, close) => (cut = close), schemas, options: { names: ["more"] } }, 1, "url");
    cut();
    assert.deepEqual(heard, ["url", "message", "größe 🌍", "\ufeffmarked", "more", "open", "error"]);
  } finally {
    delete globalThis.EventSource;
  }
});

test("an event whose name begins with a byte order mark keeps it, and shifts no other", async () => {
  const texts = [];
  const stream = module.stream(all.describe(`${site.url}/hub?topic=a`, {}, [], ""), undefined, ({ text, table }) => text !== undefined && texts.push([text, [...table]]));
  stream.open();
  await site.connected();
  site.send({ event: "\ufeffx", data: "1" });
  const [[text, table]] = await until("the event", () => texts.length > 0 && texts);
  assert.deepEqual([text, table], ["\ufeffx1", [2, 0, 0, 1, 0, 0]]);
  stream.close();
  await site.connected(0);
});

test("tabs that bring different schemas do not share a stream, those that bring the same do", async () => {
  const tabs = new all.Tabs();
  const said = new Map();
  const open = (tab, document) => {
    const notes = [];
    said.set(tab, notes);
    const options = all.describe(`${site.url}/hub?topic=a`, { share: true }, [], "", document);
    tabs.receive(tab, { op: "open", id: 1, wasm: `${site.url}/sdk/sdk.wasm`, options }, (message) => notes.push(message));
  };
  const brought = { a: fromOne, b: fromTen, c: fromOne, d: "" };
  for (const [tab, document] of Object.entries(brought)) open(tab, document);
  await site.connected(3);
  site.send({ event: "order", data: '{"total":5}' });
  const verdict = (tab) => said.get(tab).find(({ table }) => table)?.table[5];
  await until("a verdict for each", () => Object.keys(brought).every((tab) => verdict(tab) !== undefined));
  assert.deepEqual(Object.keys(brought).map(verdict), [1, 2, 1, 0]);

  // One whose schemas cannot be read fails by itself.
  open("e", '{"properties":{"order":{"$ref":"other.json"}}}');
  const failed = await until("its failure", () => said.get("e").flatMap(({ notes = [] }) => notes).find(([name]) => name === "failed"));
  assert.deepEqual(failed.slice(0, 2), ["failed", "schemas"]);
  assert.match(failed[2], /\/properties\/order\/\$ref/);
  await site.connected(3);

  const judged = (tab, document, data) =>
    new Promise((resolve) => tabs.receive(tab, { op: "judge", id: 9, wasm: `${site.url}/sdk/sdk.wasm`, schemas: document, name: "order", data }, ({ notes }) => resolve(notes[0])));
  assert.deepEqual(await judged("a", fromOne, '{"total":5}'), ["judged", ""]);
  assert.match((await judged("b", fromTen, '{"total":5}'))[1], /minimum/);
  assert.deepEqual((await judged("e", "null", "{}")).slice(0, 2), ["failed", "schemas"]);
  tabs.end();
  await site.connected(0);
});
