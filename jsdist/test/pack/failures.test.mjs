// What docs/sdk.md says that a page sees of a failure is what it sees.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { until } from "../until.mjs";
import { hubPath, openRecorded, startBench, startPages, topic } from "./pages.mjs";
import { jsdist } from "./workshop.mjs";

/** Code → the words of the column "the page sees". */
const promised = new Map(
  [...readFileSync(join(jsdist, "../docs/sdk.md"), "utf8").matchAll(/^\| `([\w-]+)` \| ([a-z, ]+) \|/gm)].map(([, code, sees]) => [code, sees.split(", ")]),
);
const url = `${hubPath}?topic=${topic}`;
const closedPort = "http://127.0.0.1:9"; // discard: Chromium refuses to connect to it
const answers = (status, type, body = "") => (_, response) => response.writeHead(status, { "Content-Type": type }).end(body);
const routes = {
  "/missing.wasm": answers(404, "text/plain"),
  "/broken.wasm": answers(500, "text/plain"),
  "/page.wasm": answers(200, "text/html", "<!doctype html>"),
  "/text.wasm": answers(200, "application/wasm", "not a module"),
  "/502": answers(502, "text/plain"),
  "/page": answers(200, "text/html", "<!doctype html>"),
  "/204": answers(204, "text/event-stream"),
  "/400": answers(400, "text/plain"),
  "/401": answers(401, "text/plain"),
  "/403": answers(403, "text/plain"),
};

let bench, site, view;
before(async () => {
  bench = await startBench();
  site = await startPages(bench.hub, { policy: "", routes });
});
after(async () => {
  await site?.close();
  await bench?.close();
});
beforeEach(async () => (view = await openRecorded(bench.browser, `${site.url}/`)));
afterEach(() => view.close());

/** Builds a client and keeps what becomes of it in window.saw. */
async function build(address, options = {}, then = "") {
  const make = async ({ address, options, then }) => {
    const { default: MercureClient } = await import("/sdk/index.js");
    const saw = (window.saw = { ready: "", events: [], states: [], status: undefined });
    if (then === "getToken fails") options.getToken = () => Promise.reject(new Error("no session"));
    if (then === "getToken gives nothing") options.getToken = () => undefined;
    try {
      window.client = new MercureClient(address, options);
    } catch ({ code }) {
      saw.ready = `throws ${code}`;
      return;
    }
    const { client } = window;
    for (const name of ["error", "close"]) client.addEventListener(name, ({ detail }) => saw.events.push(`${name} ${detail?.code}`));
    client.addEventListener("state", ({ detail }) => saw.states.push(`${(saw.status = detail).state} ${detail.code}`));
    client.build().ready.then(() => (saw.ready = "resolves"), ({ code }) => (saw.ready = `rejects ${code}`));
    if (then === "close") client.close();
  };
  await view.page.evaluate(make, { address, options, then });
}

const saw = () => view.page.evaluate(() => window.saw);

/** Waits for each of the signs that the word stands for. */
const signs = {
  rejects: (code) => ({ ready }) => ready === `rejects ${code}`,
  waits: (code) => ({ status }) => status?.state === "waiting" && status.code === code && status.reason !== "",
  closes: (code) => ({ status, events }) => status?.state === "closed" && status.code === code && events.join() === `error ${code},close ${code}`,
  throws: (code) => ({ ready }) => ready === `throws ${code}`,
};

for (const [code, sees, address, options, then] of [
  ["not-found", "rejects", url, { wasm: "/missing.wasm" }],
  ["http", "rejects", url, { wasm: "/broken.wasm" }],
  ["html", "rejects", url, { wasm: "/page.wasm" }],
  ["not-wasm", "rejects", url, { wasm: "/text.wasm" }],
  ["network", "rejects", url, { wasm: `${closedPort}/sdk.wasm` }],
  ["schemas", "rejects", "/502?topic=a", { schemas: true }], // below it is nothing
  ["schemas", "rejects", url, { schemas: "/page" }],
  ["schemas", "rejects", url, { schemas: `${closedPort}/schema.json` }],
  ["schemas", "rejects", url, { schemas: { properties: { a: { unevaluatedProperties: false } } } }],
  ["schemas", "rejects", url, { schemas: { properties: { a: { unevaluatedProperties: false } } }, share: true }],
  ["schemas", "rejects", "/502?topic=a", { schemas: true, fallback: "unchecked" }],
  ["closed", "rejects", url, {}, "close"],
  ["url", "throws", "http://"],
  ["option", "throws", url, { source: "eventsource", token: "t" }],
  ["lost", "waits", `${closedPort}/?topic=a`],
  ["status", "waits", "/502?topic=a"],
  ["no-stream", "waits", "/page?topic=a"],
  ["topics", "waits", hubPath, { dialect: "classic" }],
  ["token", "waits", url, {}, "getToken fails"],
  ["token", "closes", "/401?topic=a", { token: "old" }, "getToken gives nothing"],
  ["ended", "closes", "/204?topic=a"],
  ["refused", "closes", "/400?topic=a"],
  ["refused", "closes", "/403?topic=a"],
  ["unauthorized", "closes", "/401?topic=a"],
]) {
  test(`${code} ${sees}: ${address} ${JSON.stringify(options ?? {})}`, async () => {
    assert.ok(promised.get(code)?.includes(sees), `docs/sdk.md says that ${code} ${promised.get(code)}`);
    await build(address, options, then);
    try {
      await until(`${code} ${sees}`, async () => signs[sees](code)(await saw()));
      if (sees === "rejects" && code !== "closed") {
        await until("error and close", async () => (await saw()).events.join() === `error ${code},close ${code}`);
        assert.equal(await view.page.evaluate(() => window.client.state), "closed");
      }
    } catch (error) {
      throw new Error(`${error.message}; saw ${JSON.stringify(await saw())}`);
    }
  });
}

test("offline waits, and goes on by itself", async () => {
  assert.deepEqual(promised.get("offline"), ["waits"]);
  await build("/hub?topic=a");
  const states = (...wanted) => until(wanted.join(), async () => (await saw()).states.slice(-wanted.length).join() === wanted.join());
  await states("connecting ", "open ");
  await view.page.evaluate(() => dispatchEvent(new Event("offline")));
  for (const stream of site.streams) stream.destroy();
  await states("open ", "waiting offline", "connecting ", "open ");
});

test("request throws, with the status", async () => {
  assert.deepEqual(promised.get("request"), ["throws"]);
  const faults = await view.page.evaluate(async (url) => {
    const { default: MercureClient } = await import("/sdk/index.js");
    const told = ({ code, status }) => `${code} ${status}`;
    const client = new MercureClient(url);
    return Promise.all([client.publish({ topics: "a", data: "b" }), client.presence("a"), MercureClient.discover("http://127.0.0.1:9/")].map((one) => one.then(() => "resolves", told)));
  }, url);
  assert.deepEqual(faults, ["request 401", "request 401", "request undefined"]);
});
