// The SDK under Content-Security-Policies, and from another origin. The
// policies are on all files, as servers send them: a worker has the policy of
// its own file, not that of the page.
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { hubPath, openRecorded, publish, quiet, receives, startBench, startPages, topic } from "./pages.mjs";
import { startOpenHub } from "./openhub.mjs";
import { until } from "../until.mjs";

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

/** Builds a client in the page and returns why it is not ready, else "". */
function build(options = {}, address = url, sdk = "/sdk/index.js") {
  const make = async ({ options, address, sdk }) => {
    const { default: MercureClient } = await import(sdk);
    window.client = new MercureClient(address, options);
    window.client.addEventListener("error", ({ detail }) => (window.errors ??= []).push(detail.code));
    return window.client.build().ready.then(() => "", (error) => `${error.code}: ${error.message}`);
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
  assert.equal(workers(), worker ? 1 : 0);
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

test("without 'wasm-unsafe-eval', ready rejects with csp, and no stream is left open", async () => {
  await open(base.replace(" 'wasm-unsafe-eval'", ""));
  assert.match(await build(), /^csp: .*wasm-unsafe-eval/);
  await opened("closed");
  await site.subscribed(0);
  assert.deepEqual(await view.page.evaluate(() => window.errors), ["csp"]);
});

test("without 'wasm-unsafe-eval', fallback: \"unchecked\" lets events through, with one warning", async () => {
  await open(base.replace(" 'wasm-unsafe-eval'", ""));
  assert.equal(await build({ fallback: "unchecked" }), "");
  await opened();
  await receives(view, bench.hub);
  await publish(bench.hub);
  await until("a second event", () => view.page.evaluate(() => window.seen.length === 2));
  assert.equal(view.log.filter((line) => line.startsWith("warn")).length, 1, JSON.stringify(view.log));
});

for (const dialect of ["classic", "draft1"]) {
  test(`unchecked, in ${dialect}: topics of the option and of subscribe() are followed, and a 401 asks for a token once`, async () => {
    const asked = [];
    const unauthorized = (request, response) => {
      asked.push([request.url, request.headers.authorization ?? ""]);
      response.writeHead(401).end();
    };
    site = await startPages(bench.hub, { policy: "script-src 'self'", policyOnAll: true, routes: { "/refuses": unauthorized } });
    view = await openRecorded(bench.browser, `${site.url}/`);
    const parts = [1, 2].map((n) => `https://example.com/unchecked/${dialect}/${n}`);
    assert.equal(await build({ fallback: "unchecked", dialect, topics: [parts[0]] }, hubPath), "");
    await opened();
    await receives(view, bench.hub, parts[0]);
    await view.page.evaluate((part) => window.client.subscribe(part), parts[1]);
    await site.subscribed(1);
    await until("a second stream", () => site.opened === 2);
    await receives(view, bench.hub, parts[1]);

    await view.page.evaluate((dialect) => {
      window.client.close();
      const getToken = () => `token${(window.tokens = (window.tokens ?? 0) + 1)}`;
      const tokens = { token: "old", getToken };
      window.importing = import("/sdk/index.js").then(({ default: MercureClient }) => {
        window.client = new MercureClient("/refuses", { fallback: "unchecked", dialect, topics: ["a"], ...tokens }).build();
      });
    }, dialect);
    await opened("closed");
    assert.equal(await view.page.evaluate(() => window.client.status.code), "unauthorized");
    const query = dialect === "draft1" ? "?match=a" : "?topic=a";
    // The first is on its way before it is known that there is no module to ask for it.
    assert.deepEqual(asked.slice(-2), [[`/refuses${query}`, "Bearer old"], [`/refuses${query}`, "Bearer token1"]]);
  });
}

test("unchecked, without a dialect: the hub is asked for it, and asked again where it could not say", async () => {
  const asked = [];
  const about = (request, response) => {
    asked.push(request.url);
    if (asked.length === 1) return void response.writeHead(502).end();
    response.writeHead(200, { "Content-Type": "application/json" }).end("{}");
  };
  const refuses = (request, response) => {
    asked.push(request.url);
    response.writeHead(403).end();
  };
  const routes = { "/.well-known/oauth-protected-resource/refuses": about, "/refuses": refuses };
  site = await startPages(bench.hub, { policy: "script-src 'self'", policyOnAll: true, routes });
  view = await openRecorded(bench.browser, `${site.url}/`);
  await build({ fallback: "unchecked", topics: ["a"] }, "/refuses");
  await opened("closed");
  // The engine may have asked, too, before it is known that there is no module.
  const metadata = "/.well-known/oauth-protected-resource/refuses";
  assert.deepEqual(asked.slice(-3), [metadata, metadata, "/refuses?match=a"]);
});

test("without the hub in connect-src, the client waits, and the browser says why", async () => {
  await open("default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'");
  const elsewhere = `${bench.hub.url}?topic=${topic}`;
  await build({}, elsewhere);
  await opened("waiting");
  assert.equal(await view.page.evaluate(() => window.client.status.code), "lost");
  await view.page.evaluate(() => window.client.close());
  // A worker's violations are on the worker's own console.
  await build({ worker: false }, elsewhere);
  await until("a violation of connect-src", () => violations().some((line) => line.includes("connect-src")));
});

test("share: true where no SharedWorker may be: in the page, and the tabs find each other", async () => {
  await open(`${base}; worker-src 'none'`);
  assert.equal(await build({ share: true }), "");
  await opened();
  await receives(view, bench.hub);
});

// The policies that docs/sdk.md gives for an SDK and hub of another origin.
for (const [what, more, options, running] of [
  ["worker-src allows it and blob: - in a worker", (origin) => `; worker-src blob: ${origin}`, {}, 1],
  ["worker-src does not allow blob: - in the page", () => "", {}, 0],
  ["share: true - led by a tab", () => "", { share: true }, 0],
]) {
  test(`SDK and hub of another origin, ${what}`, async () => {
    let policy;
    const page = (_, response) => {
      response.writeHead(200, { "Content-Type": "text/html", "Content-Security-Policy": policy });
      response.end("<!doctype html><title>another origin</title>");
    };
    site = await startPages(bench.hub, { routes: { "/page": page } });
    const hub = await startOpenHub({ directives: ["anonymous", `cors_origins ${site.url}`] });
    try {
      policy = `default-src 'none'; script-src ${hub.origin} 'wasm-unsafe-eval'; connect-src ${hub.origin}${more(hub.origin)}`;
      view = await openRecorded(bench.browser, `${site.url}/page`);
      assert.equal(await build(options, `${hub.url}?topic=${topic}`, `${hub.origin}/sdk/index.js`), "");
      await opened();
      await receives(view, hub);
      assert.equal(workers(), running, view.log.join("\n"));
    } finally {
      await view?.close(); // the hub waits for its readers
      view = undefined;
      await hub.close();
    }
  });
}
