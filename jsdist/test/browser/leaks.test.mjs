// What clients leave behind when they are closed: nothing.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch, until } from "./harness.mjs";
import { openTab, startOrigin } from "./fixture.mjs";

const cycles = process.env.AMALGAM_LONG === "1" ? 1_000 : 100;

let chromium, origin;
before(async () => {
  origin = await startOrigin();
  chromium = await launch();
});
after(async () => {
  await chromium?.close();
  await origin?.close();
});

const noSharedWorker = () => delete window.SharedWorker;
const cases = [
  ["fetch, in a worker", { source: "fetch" }],
  ["fetch, in the page", { source: "fetch", worker: false }],
  ["eventsource, in a worker", { source: "eventsource" }],
  ["eventsource, in the page", { source: "eventsource", worker: false }],
  // A SharedWorker lives as long as a page that has asked for it.
  ["shared, in a SharedWorker", { share: true }],
  ["shared, in the tab that leads", { share: true }, noSharedWorker],
];

for (const [name, options, prepare] of cases) {
  test(`${cycles} clients leave no connection, worker, timer, lock, listener or reference from Go: ${name}`, { timeout: cycles * 1_000 }, async (t) => {
    const page = await openTab(chromium.browser, origin.url, catchGo, prepare);
    t.after(() => page.close());
    const cdp = await page.createCDPSession();
    await cdp.send("Performance.enable");
    await page.evaluate(countTimers);
    const url = origin.subscribe("leaks");
    // The first clients load what stays: the package and the module.
    await page.evaluate(cycle, { url, options, cycles: 3 });
    await origin.publish("leaks", 0);
    const before = await settled(page, cdp);
    assert.equal(before.workers, options.share && !prepare ? 1 : 0);
    assert.equal(before.references > 0, options.worker === false || prepare !== undefined, "Go is in the page, and is seen");
    await page.evaluate(cycle, { url, options, cycles });
    const after = await settled(page, cdp, before);
    // Less is fine: not all of the first clients had been collected then.
    const left = Object.keys(after).filter((what) => after[what] > before[what]);
    assert.deepEqual(left, [], `there is ${JSON.stringify(after)}, there was ${JSON.stringify(before)}`);
  });
}

/** Gets hold of the ids of what Go holds on to, which its glue keeps in a Map, where it runs in the page. */
function catchGo() {
  window.Map = class extends Map {
    constructor(entries) {
      super(entries);
      if (this.has(globalThis)) window.held = this;
    }
  };
}

/** Keeps count, in the page, of the timers that are still to come. */
function countTimers() {
  const live = (window.timers = new Set());
  for (const [start, stop, once] of [["setTimeout", "clearTimeout", true], ["setInterval", "clearInterval", false]]) {
    const { [start]: set, [stop]: clear } = window;
    window[start] = (work, ...rest) => {
      const id = set((...args) => (once && live.delete(id), work(...args)), ...rest);
      live.add(id);
      return id;
    };
    window[stop] = (id) => (live.delete(id), clear(id));
  }
}

/** Makes clients, one after the other; every third is closed before it can have connected. */
async function cycle({ url, options, cycles }) {
  const { default: Client } = await import("/sdk/index.js");
  for (let n = 0; n < cycles; n++) {
    const client = new Client(url, options);
    client.addEventListener("error", () => {});
    const open = new Promise((resolve) => client.addEventListener("open", resolve));
    client.build();
    if (n % 3 !== 2) await open;
    client.close();
  }
}

/** What there is when nothing changes any more: waits for it to be no more than `before`, but not for ever. */
async function settled(page, cdp, before) {
  let seen;
  const look = async () => {
    await cdp.send("HeapProfiler.collectGarbage");
    const { metrics } = await cdp.send("Performance.getMetrics");
    const metric = Object.fromEntries(metrics.map(({ name, value }) => [name, value]));
    const { targetInfos } = await cdp.send("Target.getTargets", { filter: [{}] });
    seen = {
      streams: origin.proxy.streams.size,
      subscribers: await origin.subscribers(),
      workers: targetInfos.filter(({ type }) => type.includes("worker")).length,
      locks: await page.evaluate(() => navigator.locks.query().then(({ held, pending }) => held.filter(({ name }) => !name.startsWith("amalgam-sdk-worker")).length + pending.length)),
      timers: await page.evaluate(() => window.timers.size),
      // What Go holds, js.Func among it: it lets go when it collects, after the last stream.
      references: await page.evaluate(() => window.held?.size ?? 0),
      functions: await page.evaluate(() => [...(window.held?.keys() ?? [])].filter((value) => typeof value === "function").length),
      listeners: metric.JSEventListeners,
      // Timers, ports, event sources, requests: what a page would have to stop.
      observers: metric.ContextLifecycleStateObservers,
    };
    return seen;
  };
  const nothing = ({ streams, subscribers, workers, timers, locks }) => streams + subscribers + timers + locks === 0 && workers <= 1;
  // Where it begins, two looks in a row must agree: what is still on its way counts later.
  let last = "";
  const still = (now) => last === (last = JSON.stringify(now));
  const done = before ? (now) => Object.keys(now).every((what) => now[what] <= before[what]) : (now) => still(now) && nothing(now);
  await until("nothing to be left", async () => done(await look()), 10_000).catch((error) => {
    if (!before) throw new Error(`${error.message}; there is ${JSON.stringify(seen)}`);
  });
  return seen;
}
