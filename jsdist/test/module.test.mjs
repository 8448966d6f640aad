// The shipped module with an EventSource that does what the test says: what the
// browser's would do only once in a while.
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { internals } from "./internals.mjs";
import { newMessage, startSite } from "./site.mjs";
import { until } from "./until.mjs";

class FakeEventSource extends EventTarget {
  static made = [];
  readyState = 0;
  functions = new Set();

  constructor(url, { withCredentials }) {
    if (url.includes("refused-by-the-browser")) throw new SyntaxError("not a URL");
    super();
    Object.assign(this, { url, withCredentials });
    FakeEventSource.made.push(this);
  }
  addEventListener(type, listener) {
    this.functions.add(listener);
    super.addEventListener(type, listener);
  }
  close() {
    this.readyState = 2;
  }
  raise(type, readyState) {
    this.readyState = readyState;
    this.dispatchEvent(new Event(type));
  }
  message(type, data) {
    this.dispatchEvent(new MessageEvent(type, { data, lastEventId: "1" }));
  }
}

let site, module;

before(async () => {
  globalThis.EventSource = FakeEventSource;
  site = await startSite();
  const { Module } = await internals("module");
  module = await Module.load(new URL(`${site.url}/sdk/sdk.wasm`));
});
after(() => {
  delete globalThis.EventSource;
  return site?.close();
});
beforeEach(() => FakeEventSource.made.splice(0));

/** Opens a stream; out tells what comes of it. */
function open(url = "https://hub.example/") {
  const out = [];
  const target = { dispatchEvent: ({ type, detail }) => out.push(`${type} ${detail.id ?? detail}`) };
  const stream = {
    url,
    withCredentials: true,
    events: [],
    target,
    report: (state, code) => out.push(`${state} ${code}`.trim()),
    invalid: ({ event }) => out.push(`invalid ${event}`),
    fault: (error) => out.push(`fault ${error.message}`),
    ended: (error) => out.push(`ended ${error.message}`),
  };
  const id = module.open(stream);
  return { id, out, source: FakeEventSource.made.at(-1) };
}

test("what arrived just before a stream is given up is delivered before its end is told", () => {
  const { out, source } = open();
  source.raise("open", 1);
  source.message("new_message", JSON.stringify(newMessage(1)));
  source.message("new_message", "{}");
  source.raise("error", 2);
  source.message("message", "too late");
  assert.deepEqual(out, ["open", "mercure-new_message m1", "invalid new_message", "closed refused"]);
});

test("what arrived just before close() is not delivered any more", async () => {
  const { id, out, source } = open();
  source.message("message", "1");
  module.close(id);
  module.close(id);
  const other = open();
  other.source.message("message", "2");
  await until("the other stream's event", () => other.out.length > 0);
  module.close(other.id);
  assert.deepEqual([out, other.out], [[], ["mercure-message 2"]]);
});

test("the functions that Go gave the browser are released", () => {
  const { id, source } = open();
  const functions = [...source.functions];
  assert.equal(functions.length, 2, "one of Go's for open and error, one of the glue's for all messages");
  module.close(id);
  const { error } = console;
  const complaints = [];
  console.error = (text) => complaints.push(text);
  try {
    for (const function_ of functions) function_(new Event("open"));
  } finally {
    console.error = error;
  }
  assert.deepEqual(complaints, ["call to released function"]);
});

test("a URL that the browser refuses is told at once", () => {
  const { out } = open("refused-by-the-browser");
  assert.deepEqual(out, ["closed url"]);
});

test("a thousand streams opened and closed leave nothing behind", async () => {
  const open_ = () => FakeEventSource.made.filter(({ readyState }) => readyState !== 2).length;
  for (let n = 0; n < 1000; n++) module.close(open().id);
  assert.equal(open_(), 0);
  const refs = FakeEventSource.made.map((source) => new WeakRef(source));
  FakeEventSource.made.splice(0);
  const { setFlagsFromString } = await import("node:v8");
  const { runInNewContext } = await import("node:vm");
  setFlagsFromString("--expose-gc");
  const gc = runInNewContext("gc");
  await until("the EventSources to be collected", () => (gc(), refs.filter((ref) => ref.deref()).length <= 1));
});
