// The vectors that the hub's tests run natively, through the module that ships:
// the verdicts must be the same, byte for byte.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { internals } from "./internals.mjs";
import { startSite } from "./site.mjs";

const vectors = JSON.parse(readFileSync(new URL("../../payload/messages/testdata/vectors.json", import.meta.url), "utf8"));

let site, program, events;

before(async () => {
  site = await startSite();
  const { Program } = await internals("program");
  const bridge = { ready: (_abi, names) => (events = names) };
  program = await Program.start(new URL(`${site.url}/sdk/sdk.wasm`), bridge, (error) => {
    throw error;
  });
});
after(() => site?.close());

/** Writes records as wasm/batch.go describes them, has them judged and reads the verdicts. */
function judge(records) {
  const length = records.reduce((sum, { data }) => sum + 8 + data.length, 0);
  const address = program.call((exports) => exports.mx_buffer(length)) >>> 0;
  assert.notEqual(address, 0);
  const buffer = Buffer.from(program.memory, address, length);
  let offset = 0;
  for (const { event, data } of records) {
    buffer.writeInt32LE(events.indexOf(event), offset);
    buffer.writeUInt32LE(data.length, offset + 4);
    data.copy(buffer, offset + 8);
    offset += 8 + data.length;
  }
  const size = program.call((exports) => exports.mx_judge(length));
  assert.ok(size >= 0, `mx_judge returned ${size}`);
  const found = new Map();
  const verdicts = Buffer.from(program.memory, program.call((exports) => exports.mx_verdicts()) >>> 0, size);
  for (let at = 0; at < size; ) {
    const end = at + 12 + verdicts.readUInt32LE(at + 8);
    assert.equal(verdicts.readUInt32LE(at + 4), 1, "kind of verdict");
    found.set(verdicts.readUInt32LE(at), JSON.parse(verdicts.toString("utf8", at + 12, end)));
    at = end;
  }
  return found;
}

const bytes = ({ data, base64 }) => (base64 ? Buffer.from(base64, "base64") : Buffer.from(data ?? ""));

test("there are vectors, and the module knows their events", () => {
  assert.ok(vectors.length > 100, `${vectors.length} vectors`);
  assert.deepEqual(events, ["chat", "new_message", "read_message", "notification"]);
});

test("each vector alone gets its verdict in the module", () => {
  for (const vector of vectors) {
    const verdict = judge([{ event: vector.event, data: bytes(vector) }]);
    assert.deepEqual(verdict.get(0) ?? [], vector.issues, vector.name);
  }
});

test("all vectors in one batch get the same verdicts", () => {
  const verdicts = judge(vectors.map((vector) => ({ event: vector.event, data: bytes(vector) })));
  vectors.forEach((vector, n) => assert.deepEqual(verdicts.get(n) ?? [], vector.issues, vector.name));
  assert.equal(verdicts.size, vectors.filter((vector) => vector.issues.length > 0).length);
});
