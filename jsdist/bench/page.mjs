// What the SDK costs a page, beside EventSource + JSON.parse + CustomEvent in
// the same run:
//
//     node bench/page.mjs [--short] [--json] [--only=judging]
//
// --only takes the name of one of the parts below.
import { cpus } from "node:os";
import { compile } from "../test/modules.mjs";
import { launch, openPage } from "../test/browser/harness.mjs";
import { busiest, mainThreads, median } from "./cpu.mjs";
import { checks, document, measure, messages } from "./judge.mjs";
import { now, startServer } from "./server.mjs";
import { connect, expect, variants } from "./variants.mjs";

const short = process.argv.includes("--short");
const json = process.argv.includes("--json");
const [rounds, events, million, pairs, starts] = short ? [2, 10_000, 100_000, 60, 3] : [7, 40_000, 1_000_000, 400, 15];
const say = (text = "") => json || console.log(text);
const row = (name, ...cells) => say(name.padEnd(24) + cells.map((cell) => String(cell).padStart(14)).join(""));

const parts = { perEvent, latency, start, judging, long };
const only = process.argv.find((arg) => arg.startsWith("--only="))?.slice("--only=".length);
if (only && !parts[only]) throw new Error(`--only=${only}: there are ${Object.keys(parts).join(", ")}`);

const server = await startServer(compile("counted"), await checks());
const chromium = await launch();
const session = await chromium.browser.target().createCDPSession();
const result = { machine: `${cpus().length} × ${cpus()[0].model}`, browser: await chromium.browser.version(), perEvent: {}, latency: {}, start: {}, judging: {}, long: {} };
let topics = 0;
try {
  say(`${result.machine}, ${result.browser}\n`);
  for (const [name, part] of Object.entries(parts)) if (!only || name === only) await part();
} finally {
  await chromium.close();
  await server.close();
}
if (json) console.log(JSON.stringify(result, null, 2));

async function withPage(fn) {
  const view = await openPage(chromium.browser, server.url);
  try {
    return await fn(view.page);
  } finally {
    await view.close();
  }
}

/** CPU of the page's main thread, and how many events a second went through. */
async function perEvent() {
  row(`${events} events × ${rounds}`, "page µs/event", "min", "× plain", "events/s");
  const cost = Object.fromEntries(Object.keys(variants).map((name) => [name, { us: [], rate: [] }]));
  for (let round = 0; round < rounds; round++) {
    for (const variant of Object.keys(variants)) {
      await withPage(async (page) => {
        const topic = `t${topics++}`;
        await connect(page, variant, topic);
        const warm = await expect(page, 5_000);
        await server.flood(topic, 0, 5_000);
        await warm();
        const finished = await expect(page, events);
        const before = await mainThreads(session);
        const begin = performance.now();
        void server.flood(topic, 5_000, 5_000 + events);
        await finished();
        cost[variant].rate.push((events / (performance.now() - begin)) * 1000);
        cost[variant].us.push(busiest(before, await mainThreads(session)) / events / 1000);
      });
    }
  }
  for (const [variant, { us, rate }] of Object.entries(cost)) {
    const ratio = median(us.map((one, n) => one / cost.plain.us[n]));
    result.perEvent[variant] = { us: median(us), min: Math.min(...us), ratio, rate: median(rate) };
    row(variant, median(us).toFixed(2), Math.min(...us).toFixed(2), ratio.toFixed(2), Math.round(median(rate)));
  }
  say();
}

/** From the hub's write to the handler: one after the other to plain and SDK, in one page. */
async function latency() {
  row(`latency, ${pairs} each`, "p50 ms", "p99 ms", "p50 − plain");
  for (const variant of ["worker", "page"]) {
    await withPage(async (page) => {
      const [plain, sdk] = [`t${topics++}`, `t${topics++}`];
      await connect(page, "plain", plain);
      await connect(page, variant, sdk);
      await page.evaluate(() => {
        window.took = { plain: [], sdk: [] };
        window.stamp = ({ detail: { text } }) => {
          const [who, sent] = text.split(" ");
          window.took[who].push(performance.timeOrigin + performance.now() - Number(sent));
        };
      });
      const finished = await expect(page, 2 * pairs);
      for (let n = 0; n < 2 * pairs; n++) {
        const who = n % 2 ? "sdk" : "plain";
        server.send(who === "sdk" ? sdk : plain, n, `${who} ${now()}`);
        await new Promise((resolve) => setTimeout(resolve, 5 + (n % 3) * 4)); // its pace, not a wait for something
      }
      await finished();
      const took = await page.evaluate(() => window.took);
      const at = (list, share) => [...list].sort((a, b) => a - b)[Math.floor(list.length * share)];
      const more = at(took.sdk, 0.5) - at(took.plain, 0.5);
      result.latency[variant] = { p50: at(took.sdk, 0.5), p99: at(took.sdk, 0.99), plain: at(took.plain, 0.5), more };
      row(variant, at(took.sdk, 0.5).toFixed(2), at(took.sdk, 0.99).toFixed(2), `${more >= 0 ? "+" : ""}${more.toFixed(2)}`);
    });
  }
  say();
}

/** From new MercureClient to the request at the hub and to ready, each in a new context. */
async function start() {
  row(`start, median of ${starts}`, "request ms", "ready ms", "min");
  for (const variant of ["worker", "page"]) {
    const sent = [];
    const ready = [];
    for (let n = 0; n < starts; n++) {
      await withPage(async (page) => {
        const topic = `t${topics++}`;
        const { begin, took } = await page.evaluate(
          async (url, options) => {
            const { default: MercureClient } = await import("/sdk/index.js");
            const begin = performance.now();
            await new MercureClient(url, options).build().ready;
            return { begin: performance.timeOrigin + begin, took: performance.now() - begin };
          },
          `/bench?topic=${topic}`,
          variants[variant],
        );
        sent.push(server.arrived.get(topic) - begin);
        ready.push(took);
      });
    }
    result.start[variant] = { request: median(sent), ready: median(ready), min: Math.min(...ready) };
    row(variant, median(sent).toFixed(1), median(ready).toFixed(0), Math.min(...ready).toFixed(0));
  }
  say();
}

/** A message of 4 KB, judged by the module and by JSON.parse with ajv. */
async function judging() {
  row("4 KB, µs a message", "(a) verdict", "(b) a + parsed", "(c) parse, ajv", "only parse", "a : c", "b : c");
  const found = await withPage((page) => page.evaluate(measure, { document, kinds: messages(64), rounds: short ? 40 : 150, ms: 5 }));
  for (const [kind, took] of Object.entries(found)) {
    const { judge, module, ajv, parse } = took;
    // The best of each: what else runs on the machine makes nothing faster.
    const us = [judge, module, ajv, parse].map((rounds) => Math.min(...rounds));
    const ratios = [judge, module].map((ours) => Math.min(...ours) / us[2]);
    result.judging[kind] = { verdict: us[0], parsed: us[1], ajv: us[2], parse: us[3], ratios };
    row(kind, ...us.map((one) => one.toFixed(2)), ...ratios.map((one) => one.toFixed(2)));
  }
  say();
}

/** A long life: what grows? */
async function long() {
  row(`${million} events`, "collections", "Go heap KB", "wasm KB", "references", "page heap KB");
  for (const variant of ["worker", "page"]) {
    await withPage(async (page) => {
      const topic = `t${topics++}`;
      await connect(page, variant, topic, "/counted.wasm");
      const realm = variant === "worker" ? page.workers()[0] : page;
      const look = async () => {
        const cdp = await page.createCDPSession();
        await cdp.send("HeapProfiler.collectGarbage");
        const { usedSize } = await cdp.send("Runtime.getHeapUsage");
        await cdp.detach();
        const [collections, heap, sys] = await realm.evaluate(() => globalThis.counts());
        return { collections, heap, sys, references: await references(realm), page: usedSize };
      };
      let n = 0;
      const states = [];
      for (const to of [million / 5, million]) {
        const finished = await expect(page, to - n);
        await server.flood(topic, n, to);
        await finished();
        n = to;
        states.push(await look());
      }
      result.long[variant] = states;
      states.forEach(({ collections, heap, sys, references, page }, i) =>
        row(`${variant}, after ${i ? million : million / 5}`, collections, Math.round(heap / 1024), Math.round(sys / 1024), references, Math.round(page / 1024)),
      );
    });
  }
}

/** How many JavaScript values Go holds: the entries of the one large map of its glue. */
async function references(realm) {
  const client = realm.client ?? realm.mainFrame().client;
  const { result: prototype } = await client.send("Runtime.evaluate", { expression: "Map.prototype" });
  const { objects } = await client.send("Runtime.queryObjects", { prototypeObjectId: prototype.objectId });
  const { result: sizes } = await client.send("Runtime.callFunctionOn", {
    objectId: objects.objectId,
    functionDeclaration: "function () { return Math.max(...this.map((map) => map.size)); }",
    returnByValue: true,
  });
  return sizes.value;
}
