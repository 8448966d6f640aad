// The module that ships judges by the schemas that the real binary serves, in
// every way in which a page can receive.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { startSite } from "../site.mjs";
import { raised, seen, startClient, until } from "./harness.mjs";
import { startHub } from "./hub.mjs";
import { visits } from "./visits.mjs";

const order = (minimum) => ({ properties: { order: { type: "object", required: ["total"], properties: { total: { type: "integer", minimum } } } } });

const { open, visit } = visits();
const folder = mkdtempSync(join(tmpdir(), "amalgam-schemas-"));
const file = join(folder, "schema.json");
const write = (schemas) => writeFileSync(file, JSON.stringify(schemas));
let site, hub;
let topics = 0;

before(async () => {
  write(order(1));
  site = await startSite({ policy: "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self' http://localhost:*" });
  // With warn it takes what does not hold, so that it is the page that judges.
  hub = await startHub({ directives: ["anonymous", `payloads ${file} warn`, `cors_origins ${site.url}`, "stop_spread 0s"] });
});
after(async () => {
  await site?.close();
  if (hub) assert.equal(await hub.close(), 0, "the binary ends with 0 after SIGTERM");
  rmSync(folder, { recursive: true, force: true });
});

const publish = (topic, total) => hub.publish({ topic, type: "order", data: JSON.stringify({ total }) });

/** A page, and what it asks for the schemas. */
async function page(url) {
  const view = await open(url);
  const asked = [];
  view.page.on("response", (answer) => {
    if (answer.url().endsWith("/payloads")) asked.push({ status: answer.status(), headers: answer.request().headers() });
  });
  return { ...view, asked };
}

/** Starts a client that brings schemas; it is open when this returns. */
async function start(view, topic, options, client = 0) {
  await startClient(view.page, { url: `${hub.url}?topic=${topic}`, options, names: ["order"] });
  await raised(view.page, "open", { client });
}

/** Publishes one that holds to order(1), between two that do not, and sees what becomes of them. */
async function judges(view, topic) {
  for (const total of [0, 5, "6"]) await publish(topic, total);
  assert.deepEqual(await seen(view.page, 1), [{ name: "order", detail: { total: 5 } }]);
  const issues = (await raised(view.page, "invalid", { count: 2 })).map((detail) => detail.issues.map(({ path, keyword }) => `${path} ${keyword}`));
  assert.deepEqual(issues, [["/total minimum"], ["/total type"]]);
}

const ways = {
  "in a worker": {},
  "in the page": { worker: false },
  "in a worker for all tabs": { share: true },
  "by an EventSource": { source: "eventsource" },
  "by an EventSource in the page": { source: "eventsource", worker: false },
};
for (const [where, options] of Object.entries(ways)) {
  test(`the hub's schemas judge ${where}, on a page of another origin`, async () => {
    const view = await page(`${site.url}/`);
    const topic = `t${topics++}`;
    await start(view, topic, { ...options, schemas: true });
    await judges(view, topic);
    assert.deepEqual(view.asked.map(({ status }) => status), [200]);
    assert.deepEqual(view.log, []);
  });
}

test("the request for the schemas says nothing of who asks", async () => {
  const view = await page(`${hub.origin}/sdk/index.d.ts`);
  const token = hub.subscriberToken("*");
  await view.page.browserContext().setCookie({ name: "mercureAuthorization", value: token, domain: "localhost", path: "/.well-known/mercure" });
  await start(view, "a", { schemas: true, token, headers: { "X-Private": "yes" } });
  const [{ headers }] = view.asked;
  for (const name of ["authorization", "cookie", "x-private"]) assert.equal(headers[name], undefined, name);
});

test("publish is judged by them before anything is sent, also without a stream", async () => {
  const view = await page(`${hub.origin}/sdk/index.d.ts`);
  const tell = async (url, token, total) => {
    const { default: MercureClient } = await import("/sdk/index.js");
    window.publisher ??= new MercureClient(url, { schemas: true, token });
    return window.publisher.publish({ topics: "b", type: "order", data: { total } }).catch(({ code, issues }) => `${code} ${issues?.[0].path}`);
  };
  assert.equal(await view.page.evaluate(tell, hub.url, hub.publisherToken(), 0), "invalid /total");
  assert.match(await view.page.evaluate(tell, hub.url, hub.publisherToken(), 1), /^urn:uuid:/);
  // Without a type it is a message.
  const untyped = await view.page.evaluate(async (url, token) => {
    const { MercureClient } = await import("/sdk/index.js");
    const client = new MercureClient(url, { schemas: { properties: { message: { type: "string" } } }, token });
    return Promise.all([1, '"text"'].map((data) => client.publish({ topics: "b", data }).catch(({ code, issues }) => `${code} ${issues?.[0].keyword}`)));
  }, hub.url, hub.publisherToken());
  assert.equal(untyped[0], "invalid type");
  assert.match(untyped[1], /^urn:uuid:/);
  assert.equal(view.asked.length, 1);
});

test("clients of one page are judged each by its own schemas", async () => {
  const view = await page(`${site.url}/`);
  const topic = `t${topics++}`;
  await start(view, topic, { schemas: order(10) });
  await start(view, topic, {}, 1);
  await start(view, topic, { schemas: true }, 2);
  await publish(topic, 5);
  assert.deepEqual((await raised(view.page, "invalid", { client: 0 }))[0].issues.map(({ path }) => path), ["/total"]);
  await seen(view.page, 2);
  await publish(topic, 50);
  assert.equal((await seen(view.page, 5)).length, 5);
  for (const client of [1, 2]) assert.deepEqual(await raised(view.page, "invalid", { client, count: 0 }), []);
});

test("tabs that share are judged each by the schemas that it brings", async () => {
  const one = await page(`${site.url}/`);
  const tab = await one.page.browserContext().newPage();
  await tab.goto(`${site.url}/`, { timeout: 30_000 });
  const topic = `t${topics++}`;
  await start(one, topic, { share: true, schemas: true });
  await start({ page: tab }, topic, { share: true, schemas: order(10) });
  await publish(topic, 5);
  assert.equal((await seen(one.page, 1)).length, 1);
  await raised(tab, "invalid");
  await publish(topic, 50);
  assert.deepEqual(await seen(tab, 1), [{ name: "order", detail: { total: 50 } }]);
  assert.equal((await seen(one.page, 2)).length, 2);
});

test("where the hub's schemas change, a page keeps those it has until it is built anew", async () => {
  const view = await page(`${site.url}/`);
  const topic = `t${topics++}`;
  const again = () => view.page.evaluate(() => (window.clients[0].close(), window.clients[0].build().ready));
  try {
    await start(view, topic, { schemas: true, retry: { min: 20, max: 200 } });
    await again();
    await until("the second answer", () => view.asked.length === 2);
    assert.match(view.asked[1].headers["if-none-match"], /^"\w+"$/, "the browser asked whether they have changed");
    write(order(10));
    await hub.restart();
    await raised(view.page, "open", { count: 3, ms: 30_000 });
    await publish(topic, 5);
    await seen(view.page, 1);
    assert.equal(view.asked.length, 2, "a reconnect asks for nothing");
    await again();
    await raised(view.page, "open", { count: 4 });
    await publish(topic, 6);
    await raised(view.page, "invalid");
    assert.equal(view.asked.length, 3);
  } finally {
    write(order(1));
    await hub.restart();
  }
});

test("where WebAssembly is blocked and the fallback is unchecked, events arrive without a verdict", async () => {
  const { page, site: blocked } = await visit({ policy: "script-src 'self'", policyOnAll: true });
  await startClient(page, { url: "/hub?topic=a", options: { schemas: order(1), fallback: "unchecked" }, names: ["order"] });
  await raised(page, "open");
  blocked.send({ event: "order", data: '{"total":0}' });
  assert.deepEqual(await seen(page, 1), [{ name: "order", detail: { total: 0 } }]);
});
