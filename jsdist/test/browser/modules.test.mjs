// Modules of one's own, modules that fail, and what the page hears of it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { compile } from "../modules.mjs";
import { sendFile } from "../site.mjs";
import { raised, seen, startClient, until } from "./harness.mjs";
import { visits } from "./visits.mjs";

const { visit } = visits();

test("a module compiled with other types judges by those", async () => {
  const bytes = compile("crash");
  const { page, site } = await visit({ routes: { "/own.wasm": (_request, response) => sendModule(response, bytes) } });
  await startClient(page, { url: "/hub?topic=a", options: { wasm: "/own.wasm" }, names: ["order"] });
  await site.connected();
  site.send({ event: "order", data: '{"total":0}' }, { event: "order", data: '{"total":3}' });
  assert.deepEqual(await seen(page, 1), [{ name: "order", detail: { total: 3 } }]);
  assert.deepEqual((await raised(page, "invalid"))[0].issues.map(({ path, keyword }) => [path, keyword]), [["/total", "minimum"]]);
});

for (const [where, worker] of [["in a worker", true], ["in the page", false]]) {
  test(`a panic in the module ${where} reaches every client as an error and ends the streams; build() starts anew`, async () => {
    const bytes = compile("crash");
    const { page, site, log } = await visit({ routes: { "/own.wasm": (_request, response) => sendModule(response, bytes) } });
    for (const n of [0, 1]) await startClient(page, { url: `/hub?topic=${n}`, options: { wasm: "/own.wasm", worker }, names: ["order"] });
    await site.connected(2);
    await (worker ? page.workers()[0] : page).evaluate(() => globalThis.boom());
    for (const client of [0, 1]) {
      const [error] = await raised(page, "error", { client });
      assert.equal(error.code, "crashed");
      assert.match(error.message, /panic: boom/);
    }
    await site.connected(0);
    assert.ok(log.some((line) => /^error: .*panic: boom[^]*goroutine/.test(line)), log.join("\n"));
    await page.evaluate(() => window.clients[0].build().ready);
    await site.connected(1);
    site.send({ event: "order", data: '{"total":1}' });
    assert.equal((await seen(page, 1)).length, 1);
  });
}

function sendModule(response, bytes) {
  response.writeHead(200, { "Content-Type": "application/wasm" });
  response.end(bytes);
}

test("where the policy blocks WebAssembly, ready says what to add", async () => {
  const { page, site } = await visit({ policy: "default-src 'none'; script-src 'self'; connect-src 'self'", policyOnAll: true });
  await startClient(page, { url: "/hub?topic=a", ready: false });
  const reason = await page.evaluate(() => window.clients[0].ready.catch(({ code, message, name }) => ({ code, message, name })));
  assert.equal(reason.code, "csp");
  assert.equal(reason.name, "MercureError");
  assert.match(reason.message, /'wasm-unsafe-eval'/);
  assert.equal((await raised(page, "error"))[0].code, "csp");
  assert.equal(site.streams.length, 0);
});

test("a failure is silent where somebody listens, and on the console where nobody does", async () => {
  const { page, log } = await visit({ routes: { "/sdk/sdk.wasm": (_request, response) => sendFile(response, "missing") } });
  const noise = () => log.filter((line) => !line.includes("Failed to load resource"));
  await startClient(page, { url: "/hub?topic=a", ready: false });
  await raised(page, "close");
  await page.evaluate(() => window.clients[0].ready.catch(() => {}));
  const handled = await page.evaluate(async () => {
    const { MercureClient } = await import("/sdk/index.js");
    return new MercureClient("/hub?topic=a").build().ready.catch(({ code }) => code);
  });
  assert.equal(handled, "not-found");
  // Taken and not handled, but told through error: no unhandled rejection.
  await page.evaluate(async () => {
    const { MercureClient } = await import("/sdk/index.js");
    const client = new MercureClient("/hub?topic=a");
    void client.ready;
    await new Promise((resolve) => {
      client.addEventListener("error", resolve);
      client.build();
    });
  });
  await new Promise((resolve) => setTimeout(resolve, 200)); // unhandled rejections are told late
  assert.deepEqual(noise(), []);
  await startClient(page, { url: "/hub?topic=a", ready: false, listen: false });
  await until("the reason on the console", () => noise().length > 0);
  assert.equal(noise().length, 1);
  assert.match(noise()[0], /^error: MercureClient: .*sdk\.wasm \(HTTP 404\)/);
});

test("a payload that does not hold is on the console when nobody listens, once", async () => {
  const { page, site, log } = await visit();
  await startClient(page, { url: "/hub?topic=a", listen: false });
  await site.connected();
  site.send({ event: "chat", data: "{}" }, { event: "chat", data: "{}" }, { data: "1" });
  await seen(page, 1);
  const told = await until("a warning", () => log.length > 0 && log);
  assert.equal(told.length, 1);
  assert.match(told[0], /^warn.*"chat" does not hold/);
});
