// The SDK under Content-Security-Policies, and from another origin. The
// policies are on all files, as servers send them: a worker has the policy of
// its own file, not that of the page.
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { hubPath, openRecorded, publish, quiet, receives, startBench, startPages, topic } from "./pages.mjs";
import { startOpenHub } from "./openhub.mjs";
import { hasWorker } from "./workshop.mjs";
import { until } from "../until.mjs";

const needsWorker = { skip: hasWorker ? false : "this package has no worker yet" };
const url = `${hubPath}?topic=${topic}`;

let bench, site, view;
before(async () => (bench = await startBench()));
after(() => bench?.close());
beforeEach(() => (site = view = undefined));
afterEach(async () => {
  await view?.close();
  await site?.close();
});

async function open(policy) {
  site = await startPages(bench.hub, { policy, policyOnAll: true });
  view = await openRecorded(bench.browser, `${site.url}/`);
}

/** Builds a client in the page and returns the code with which it is not ready, else "". */
function build(options = {}, address = url, sdk = "/sdk/index.js") {
  const make = async ({ options, address, sdk }) => {
    const { default: MercureClient } = await import(sdk);
    window.client = new MercureClient(address, options);
    window.client.addEventListener("error", ({ detail }) => (window.errors ??= []).push(detail.code));
    return window.client.build().ready.then(() => "", (error) => error.code);
  };
  return view.page.evaluate(make, { options, address, sdk });
}

const opened = (state = "open") => until(`the client is ${state}`, () => view.page.evaluate((state) => window.client.state === state, state));
const workers = () => view.page.workers().length;

/** Violations of the policy, as the browser reports them to a person. */
const violations = () => view.log.filter((line) => line.includes("Content Security Policy"));

async function worksWith(policy, { worker }) {
  await open(policy);
  assert.equal(await build(), "");
  await opened();
  await receives(view, bench.hub);
  if (hasWorker) assert.equal(workers(), worker ? 1 : 0);
}

const base = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'";

test("the strict policy with worker-src 'self': in a worker", async () => {
  await worksWith(`${base}; worker-src 'self'`, { worker: true });
  quiet(view);
});

test("without worker-src, script-src is what counts: in a worker", async () => {
  await worksWith(base, { worker: true });
  quiet(view);
});

test("worker-src 'none': in the page, with the same events", async () => {
  await worksWith(`${base}; worker-src 'none'`, { worker: false });
});

test("without 'wasm-unsafe-eval', ready rejects with csp, and no stream is opened", async () => {
  await open(base.replace(" 'wasm-unsafe-eval'", ""));
  assert.equal(await build(), "csp");
  await opened("closed");
  assert.equal(site.opened, 0);
  assert.deepEqual(await view.page.evaluate(() => window.errors), ["csp"]);
});

test("without 'wasm-unsafe-eval', fallback: \"unchecked\" lets events through, with one warning", needsWorker, async () => {
  await open(base.replace(" 'wasm-unsafe-eval'", ""));
  assert.equal(await build({ fallback: "unchecked" }), "");
  await opened();
  await receives(view, bench.hub);
  await publish(bench.hub);
  await until("a second event", () => view.page.evaluate(() => window.seen.length === 2));
  assert.equal(view.log.filter((line) => line.startsWith("warn")).length, 1, JSON.stringify(view.log));
});

test("without the hub in connect-src, the client does not open, and the browser says why", async () => {
  await open("default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'");
  const elsewhere = `${bench.hub.url}?topic=${topic}`;
  await build({}, elsewhere);
  await until("a violation of connect-src", () => violations().some((line) => line.includes("connect-src")));
  assert.notEqual(await view.page.evaluate(() => window.client.state), "open");
});

test("SDK and hub of another origin, under the policy that the documentation gives", async () => {
  let policy;
  const page = (_, response) => {
    response.writeHead(200, { "Content-Type": "text/html", "Content-Security-Policy": policy });
    response.end("<!doctype html><title>another origin</title>");
  };
  site = await startPages(bench.hub, { routes: { "/page": page } });
  const hub = await startOpenHub({ cors: site.url });
  try {
    policy = `default-src 'none'; script-src ${hub.origin} 'wasm-unsafe-eval'; connect-src ${hub.origin}`;
    view = await openRecorded(bench.browser, `${site.url}/page`);
    assert.equal(await build({}, `${hub.url}?topic=${topic}`, `${hub.origin}/sdk/index.js`), "");
    await opened();
    await receives(view, hub);
  } finally {
    await view?.close(); // the hub waits for its readers
    view = undefined;
    await hub.close();
  }
});
