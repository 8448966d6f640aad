// The vectors that the hub's tests run natively, through the module that ships:
// the verdicts must be the same, byte for byte.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { internals } from "./internals.mjs";
import { startSite } from "./site.mjs";
import { until } from "./until.mjs";

const vectors = JSON.parse(readFileSync(new URL("../../payload/messages/testdata/vectors.json", import.meta.url), "utf8"));

/** What the Go types of these events generate, read at run time. */
const source = readFileSync(new URL("../../payload/messages/schema/document.go", import.meta.url), "utf8");
const loaded = source.slice(source.indexOf("`") + 1, source.lastIndexOf("`"));
const names = ["chat", "new_message", "read_message", "notification"];
const sets = { "the module's own types": "", "the document of these types, loaded at run time": loaded };

let site, module, describe, dispatch;

before(async () => {
  site = await startSite();
  const { Module, ...rest } = await internals("module", "options", "dispatch");
  ({ describe, dispatch } = rest);
  module = await Module.load(`${site.url}/sdk/sdk.wasm`);
});
after(() => site?.close());

const bytes = ({ data, base64 }) => (base64 ? Buffer.from(base64, "base64") : Buffer.from(data ?? ""));

test("there are vectors, and the module knows their events", () => {
  assert.ok(vectors.length > 100, `${vectors.length} vectors`);
  for (const document of Object.values(sets)) assert.deepEqual(module.schemas(document).names, names);
  assert.equal(module.schemas("").set, 0);
  assert.notEqual(module.schemas(loaded).set, 0, "it is another set");
});

for (const [by, document] of Object.entries(sets)) {
  test(`each vector alone gets its verdict by ${by}`, () => {
    for (const vector of vectors) {
      const verdict = module.judge(document, vector.event, bytes(vector));
      assert.deepEqual(verdict === "" ? [] : JSON.parse(verdict), vector.issues, vector.name);
    }
  });

  test(`all vectors that a stream can carry get the same verdicts out of a stream, by ${by}`, async () => {
    // What a stream cannot carry as it is: other line ends than LF, and what is not UTF-8.
    const carried = vectors.filter((vector) => !bytes(vector).includes(13) && Buffer.from(bytes(vector).toString()).equals(bytes(vector)));
    assert.ok(carried.length > 100, `${carried.length} vectors`);
    const found = [];
    const receiver = {
      target: { dispatchEvent: (event) => found.push({ name: event.type, issues: [] }) },
      live: () => true,
      event: () => {},
      invalid: ({ event, issues }) => found.push({ name: `mercure-${event}`, issues }),
      fault: (error) => found.push(error),
    };
    const stream = module.stream(describe(`${site.url}/hub?topic=a`, {}, [], "", document), undefined, ({ text, table }) => text !== undefined && dispatch(receiver, text, table));
    stream.open();
    await site.connected();
    site.send(...carried.map((vector) => ({ event: vector.event, data: bytes(vector).toString() })));
    await until("the verdicts", () => found.length >= carried.length);
    carried.forEach((vector, n) => assert.deepEqual(found[n], { name: `mercure-${vector.event || "message"}`, issues: vector.issues }, vector.name));
    stream.close();
    await site.connected(0);
  });
}
