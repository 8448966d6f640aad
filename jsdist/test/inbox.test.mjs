// Order, batches and large payloads, with a judge that can be looked into.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { internals } from "./internals.mjs";
import { until } from "./until.mjs";

let Inbox, MercureError;

before(async () => ({ Inbox, MercureError } = await internals("inbox", "errors")));

/** A judge in place of the module: "bad" data does not hold, "panic" panics. */
class Judge {
  memory = new ArrayBuffer(1 << 21);
  batches = [];
  sizes = [];
  onJudge = () => {};
  #verdicts = 1 << 20;
  #buffer = [0, 0];

  call(enter) {
    return enter(this);
  }
  abandon(why) {
    return new MercureError("crashed", why);
  }
  mx_buffer(size) {
    this.sizes.push(size);
    if (size > 1 << 19) return 0;
    // The buffer moves with each size, as it may in Go.
    this.#buffer = [size % 4096 === 0 ? 4096 : 200_000, size];
    return this.#buffer[0];
  }
  mx_judge(length) {
    assert.ok(length <= this.#buffer[1], "more than the buffer holds");
    const view = Buffer.from(this.memory, this.#buffer[0], length);
    const batch = [];
    const found = [];
    for (let at = 0; at < length; ) {
      const size = view.readUInt32LE(at + 4);
      const data = view.toString("utf8", at + 8, at + 8 + size);
      const kind = { bad: 1, panic: 2 }[data];
      if (kind) found.push([batch.length, kind, kind === 1 ? '[{"path":"","keyword":"bad","message":"ö"}]' : "boom"]);
      batch.push([view.readUInt32LE(at), data]);
      at += 8 + size;
    }
    this.batches.push(batch);
    const out = Buffer.from(this.memory, this.#verdicts);
    let at = 0;
    for (const [record, kind, text] of found) {
      out.writeUInt32LE(record, at);
      out.writeUInt32LE(kind, at + 4);
      const size = out.write(text, at + 12);
      out.writeUInt32LE(size, at + 8);
      at += 12 + size;
    }
    this.onJudge();
    return at;
  }
  mx_verdicts() {
    return this.#verdicts;
  }
}

/** An inbox, a link into it and what has come out, as lines. */
function setup() {
  const out = [];
  const target = { dispatchEvent: ({ type, detail }) => out.push(`${type} ${JSON.stringify(detail)}`) };
  const recipient = {
    target,
    invalid: ({ event, issues }) => out.push(`invalid ${event} ${issues[0].keyword} ${issues[0].message}`),
    fault: ({ code, message }) => out.push(`fault ${code} ${message}`),
  };
  const link = { recipient, live: true };
  const inbox = new Inbox();
  const push = (data, index = 0, event = index < 0 ? "message" : "e") => inbox.push({ link, event, index, data, lastEventId: "i" });
  return { inbox, link, out, push, recipient };
}

test("what arrives before there is a judge is kept and handed over, in order", () => {
  const { inbox, out, push } = setup();
  for (const n of [1, 2, 3]) push(String(n));
  assert.deepEqual(out, []);
  const judge = new Judge();
  inbox.attach(judge);
  assert.deepEqual(out, ["mercure-e 1", "mercure-e 2", "mercure-e 3"]);
  assert.equal(judge.batches.length, 1);
});

test("what arrives in a row is judged in one call, in a task of its own", async () => {
  const { inbox, out, push } = setup();
  const judge = new Judge();
  inbox.attach(judge);
  for (const n of [1, 2, 3]) push(String(n));
  await Promise.resolve();
  assert.deepEqual(out, []);
  await until("delivery", () => out.length === 3);
  assert.deepEqual(judge.batches, [[[0, "1"], [0, "2"], [0, "3"]]]);
  push("4");
  await until("delivery", () => out.length === 4);
  inbox.rest();
  push("5");
  await until("delivery after a rest", () => out.length === 5);
  inbox.rest();
});

test("when much is waiting, nobody waits for the next task", () => {
  const { inbox, out, push } = setup();
  inbox.attach(new Judge());
  for (let n = 0; n < 512; n++) push(String(n));
  assert.equal(out.length, 512);
  push(`"${"x".repeat(70_000)}"`);
  assert.equal(out.length, 513);
  inbox.rest();
});

test("verdicts go to their events, with those that have no schema in between", () => {
  const { inbox, out, push } = setup();
  push("1");
  push("plain text", -1);
  push("bad");
  push("panic");
  push("2", -1);
  push("bad");
  push("3");
  inbox.attach(new Judge());
  assert.deepEqual(out.map((line) => line.replace(/with id i, .*/, "…")), [
    "mercure-e 1",
    'mercure-message "plain text"',
    "invalid e bad ö",
    'fault panic The SDK\'s module panicked over the event "e" …',
    "mercure-message 2",
    "invalid e bad ö",
    "mercure-e 3",
  ]);
});

test("what is larger than the buffer is judged alone, in its place, and the buffer shrinks again", () => {
  const { inbox, out, push } = setup();
  const large = JSON.stringify("€".repeat(40_000)); // 120,002 bytes, 40,002 units
  push("1");
  push(large);
  push("2");
  const judge = new Judge();
  inbox.attach(judge);
  assert.deepEqual(out, ["mercure-e 1", `mercure-e ${large}`, "mercure-e 2"]);
  assert.deepEqual(judge.batches.map((batch) => batch.length), [1, 1, 1]);
  assert.deepEqual(judge.sizes, [65_536, 120_010, 65_536]);
});

test("a batch that exceeds the buffer goes in several calls", () => {
  const { inbox, out, push } = setup();
  const data = JSON.stringify("x".repeat(10_000));
  for (let n = 0; n < 20; n++) push(data);
  const judge = new Judge();
  inbox.attach(judge);
  assert.equal(out.length, 20);
  assert.deepEqual(judge.batches.map((batch) => batch.length), [6, 6, 6, 2]);
});

test("what the module cannot take is reported, not lost", () => {
  const { inbox, out, push } = setup();
  push(JSON.stringify("x".repeat(1 << 20)));
  push("1");
  inbox.attach(new Judge());
  assert.deepEqual(out, ["invalid e size 1048578 bytes are more than the SDK can check", "mercure-e 1"]);
});

test("when the memory moves, the buffer is asked for again", () => {
  const { inbox, out, push } = setup();
  const judge = new Judge();
  inbox.attach(judge);
  push("1");
  inbox.flush();
  judge.memory = new ArrayBuffer(1 << 21);
  push("2");
  inbox.flush();
  push("bad");
  judge.onJudge = () => {
    const moved = judge.memory.slice();
    judge.memory = moved;
  };
  inbox.flush();
  assert.deepEqual(out, ["mercure-e 1", "mercure-e 2", "invalid e bad ö"]);
  inbox.rest();
});

test("a stream that ends during a batch gets nothing more of it, others do", () => {
  const one = setup();
  const other = { recipient: one.recipient, live: true };
  one.recipient.target.dispatchEvent = ({ detail }) => {
    one.out.push(detail);
    one.link.live = false;
  };
  one.push("1");
  one.push("2");
  one.inbox.push({ link: other, event: "e", index: 0, data: "bad", lastEventId: "" });
  one.inbox.push({ link: other, event: "e", index: 0, data: "3", lastEventId: "" });
  one.inbox.attach(new Judge());
  assert.deepEqual(one.out, [1, "invalid e bad ö", 3]);
});

test("data that the module passes but JSON.parse does not is invalid, never dispatched", () => {
  const { inbox, out, push } = setup();
  push("{");
  inbox.attach(new Judge());
  assert.equal(out.length, 1);
  assert.match(out[0], /^invalid e json SyntaxError/);
});

test("what arrives while a handler runs waits for its turn", () => {
  const { inbox, out, push, recipient } = setup();
  inbox.attach(new Judge());
  const { dispatchEvent } = recipient.target;
  recipient.target.dispatchEvent = (event) => {
    dispatchEvent(event);
    if (event.detail === 1) {
      push("3");
      inbox.flush(); // as a nested event loop would
    }
  };
  push("1");
  push("2");
  inbox.flush();
  assert.deepEqual(out, ["mercure-e 1", "mercure-e 2", "mercure-e 3"]);
  inbox.rest();
});
