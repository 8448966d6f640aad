// How a client starts, loses and ends its stream.
import assert from "node:assert/strict";
import { test } from "node:test";
import { newMessage, sendFile, startSite, strictPolicy } from "../site.mjs";
import { raised, seen, startClient, until } from "./harness.mjs";
import { visits } from "./visits.mjs";

const { visit, keep } = visits();

test("importing the package changes nothing in the page", async () => {
  const { page, site, log } = await visit();
  const added = await page.evaluate(async () => {
    const before = new Set(Object.getOwnPropertyNames(window));
    await import("/sdk/index.js");
    return Object.getOwnPropertyNames(window).filter((name) => !before.has(name));
  });
  assert.deepEqual(added, []);
  assert.ok(!site.requests.some(({ path }) => path.includes("wasm")), "the module is fetched before build()");
  assert.deepEqual(log, []);
});

test("running the module leaves the page's globals as they were", async () => {
  const { page, site } = await visit();
  await page.evaluate(() => {
    window.fs = "the page's own";
    const element = document.createElement("i");
    element.id = "process"; // window.process, by the element's id
    document.body.append(element);
  });
  await startClient(page, { url: "/hub?topic=a", options: { worker: false } });
  await site.connected();
  site.send({ event: "new_message", data: JSON.stringify(newMessage(1)) });
  await seen(page, 1);
  const globals = await page.evaluate(() => [typeof Go, window.fs, window.process.tagName, typeof window.path, typeof window["amalgam:bridge"]]);
  assert.deepEqual(globals, ["undefined", "the page's own", "I", "undefined", "undefined"]);
});

test("two clients share one module, and each has its own stream", async () => {
  const { page, site } = await visit();
  await startClient(page, { url: "/hub?topic=a" });
  await startClient(page, { url: "/hub?topic=b" });
  await site.connected(2);
  assert.equal(site.requests.filter(({ path }) => path === "/sdk/sdk.wasm").length, 1);
  site.streams[0].write('event: chat\ndata: {"no":1}\n\n');
  site.streams[1].write('data: "b"\n\n');
  await raised(page, "invalid", { client: 0 });
  await seen(page, 1);
  assert.deepEqual(await page.evaluate(() => window.raised[1].filter(({ name }) => name === "invalid")), []);
  await page.evaluate(() => window.clients[0].close());
  await site.connected(1);
  site.send({ data: '"still"' });
  assert.deepEqual((await seen(page, 2)).map(({ detail }) => detail), ["b", "still"]);
});

test("build() twice opens one stream, and build() after close() opens another", async () => {
  const { page, site } = await visit();
  await startClient(page, { url: "/hub?topic=a" });
  await page.evaluate(() => window.clients[0].build().build());
  await site.connected(1);
  await page.evaluate(() => window.clients[0].close());
  await site.connected(0);
  assert.equal(await page.evaluate(() => window.clients[0].state), "closed");
  await page.evaluate(() => window.clients[0].build().ready);
  await site.connected(1);
  site.send({ data: "1" });
  assert.equal((await seen(page, 1)).length, 1);
  assert.equal(site.requests.filter(({ path }) => path === "/hub?topic=a").length, 2);
});

test("close() leaves nothing: no connection, no worker", async () => {
  const { page, site, log } = await visit();
  await startClient(page, { url: "/hub?topic=a" });
  await site.connected(1);
  assert.equal(page.workers().length, 1);
  await page.evaluate(() => window.clients[0].close());
  await site.connected(0);
  await until("the worker's end", () => page.workers().length === 0);
  assert.deepEqual((await raised(page, "close"))[0], null);
  assert.deepEqual(log, []);
});

test("close() leaves nothing in the page: no EventSource", async () => {
  const { page, site, log } = await visit();
  await startClient(page, { url: "/hub?topic=a", options: { source: "eventsource", worker: false, events: ["x"] } });
  await site.connected(1);
  const count = async () => {
    const prototype = await page.evaluateHandle(() => EventSource.prototype);
    const left = await page.queryObjects(prototype); // collects first
    const count = await left.evaluate((all) => all.length);
    await Promise.all([left.dispose(), prototype.dispose()]);
    return count;
  };
  assert.equal(await count(), 1);
  await page.evaluate(() => window.clients[0].close());
  await site.connected(0);
  await until("the EventSource to be collected", async () => (await count()) === 0);
  assert.deepEqual(log, []);
});

test("close() from within an event handler ends delivery at once", async () => {
  const { page, site } = await visit();
  await startClient(page, { url: "/hub?topic=a" });
  await site.connected(1);
  await page.evaluate(() => document.addEventListener("mercure-message", () => window.clients[0].close()));
  site.send({ data: "1" }, { data: "2" }, { event: "new_message", data: JSON.stringify(newMessage(3)) });
  await site.connected(0);
  assert.deepEqual((await seen(page, 1)).map(({ detail }) => detail), [1]);
});

test("close() from within open, while Go is reporting, ends the stream", async () => {
  const { page, site, log } = await visit();
  await page.evaluate(async () => {
    const { MercureClient } = await import("/sdk/index.js");
    window.done = new Promise((resolve) => {
      const client = new MercureClient("/hub?topic=a");
      client.addEventListener("open", () => {
        client.close();
        new MercureClient("/hub?topic=again").build(); // and Go is entered once more
        resolve(client.state);
      });
      client.build();
    });
  });
  assert.equal(await page.evaluate(() => window.done), "closed");
  await site.connected(1);
  await until("the second stream", () => site.requests.some(({ path }) => path === "/hub?topic=again"));
  assert.deepEqual(log, []);
});

test("a lost connection is told as waiting and comes back with the last id", async () => {
  const { page, site } = await visit();
  await startClient(page, { url: "/hub?topic=a" });
  await site.connected();
  site.send({ id: "urn:last", data: "1" });
  await seen(page, 1);
  site.streams[0].destroy();
  await raised(page, "open", { count: 2 });
  const states = (await raised(page, "state")).map(({ state }) => state);
  assert.deepEqual(states, ["connecting", "open", "waiting", "connecting", "open"]);
  assert.equal(site.requests.at(-1).path, "/hub?topic=a&lastEventID=urn%3Alast");
});

test("a stream that the hub refuses ends with a reason, after what had arrived", async () => {
  let refuse = false;
  const routes = {
    "/closing": (_request, response) => {
      if (refuse) {
        response.writeHead(403);
        return response.end();
      }
      refuse = true;
      response.writeHead(200, { "Content-Type": "text/event-stream" });
      response.end("retry: 1\ndata: 1\n\n");
    },
  };
  const { page } = await visit({ routes });
  await startClient(page, { url: "/closing?topic=a" });
  const [error] = await raised(page, "error");
  assert.equal(error.code, "refused");
  assert.match(error.message, /403/);
  assert.deepEqual((await seen(page, 1)).map(({ detail }) => detail), [1]);
  assert.equal((await raised(page, "close"))[0].code, "refused");
  assert.equal(await page.evaluate(() => window.clients[0].state), "closed");
});

test("cookies go along unless withCredentials is false", async () => {
  const other = await startSite({
    routes: {
      "/cors": (request, response) => {
        other.requests.push({ path: request.url, cookie: request.headers.cookie ?? "" });
        response.writeHead(200, {
          "Content-Type": "text/event-stream",
          "Access-Control-Allow-Origin": request.headers.origin,
          "Access-Control-Allow-Credentials": "true",
        });
        response.write(":\n");
      },
    },
  });
  keep(other);
  const { page } = await visit({ policy: strictPolicy.replace("connect-src 'self'", `connect-src 'self' ${other.url}`) });
  // Cookies do not know ports: set for this host, they go to the other origin too.
  await page.evaluate(() => (document.cookie = "token=1"));
  await startClient(page, { url: `${other.url}/cors?topic=with` });
  await raised(page, "open");
  await startClient(page, { url: `${other.url}/cors?topic=without`, options: { withCredentials: false } });
  await raised(page, "open", { client: 1 });
  const cookie = (path) => other.requests.filter((request) => request.path === path).at(-1).cookie;
  assert.equal(cookie("/cors?topic=with"), "token=1");
  assert.equal(cookie("/cors?topic=without"), "");
});

test("a hub that names no cursor has a gap, unless it is of another origin, where nobody can see it", async () => {
  const hub = (request, response) => {
    const { origin } = request.headers;
    const cors = origin ? { "Access-Control-Allow-Origin": origin, "Access-Control-Allow-Credentials": "true" } : {};
    response.writeHead(200, { "Content-Type": "text/event-stream", ...cors });
    if (/last-?event-?id=1(&|$)/i.test(request.url)) return response.write("id: 2\ndata: 2\n\n");
    response.end("retry: 1\nid: 1\ndata: 1\n\n");
  };
  const other = await startSite({ routes: { "/mute": hub } });
  keep(other);
  const { page } = await visit({ routes: { "/mute": hub }, policy: strictPolicy.replace("connect-src 'self'", `connect-src 'self' ${other.url}`) });
  for (const [n, url] of ["/mute?topic=a", `${other.url}/mute?topic=a`].entries()) {
    await startClient(page, { url });
    await seen(page, 2 * n + 2);
  }
  const gaps = await page.evaluate(() => window.raised.map((events) => events.filter(({ name }) => name === "gap").map(({ detail }) => detail)));
  assert.deepEqual(gaps, [[{ requested: "1", received: "" }], []]);
});

for (const [title, more] of [
  ["a worker is forbidden", "; worker-src 'none'"],
  ["there are no workers", ""],
]) {
  test(`what is said before it is known that ${title} is said again in the page`, async () => {
    const { page, site } = await visit({ policy: strictPolicy + more });
    const debug = await page.evaluate(async (without) => {
      if (without) delete window.Worker;
      const { MercureClient } = await import("/sdk/index.js");
      const told = [];
      const { debug } = console;
      console.debug = (line) => told.push(line);
      const client = (window.client = new MercureClient("/hub?topic=a", { debug: true, dialect: "classic" }).build());
      for (let n = 0; n < 20; n++) await undefined; // the way to the worker is there, and nobody knows that it leads nowhere
      client.subscribe("b");
      await client.ready;
      console.debug = debug;
      return told;
    }, more === "");
    assert.match(debug[0], /no worker can start/);
    await until("both topics", () => site.requests.some(({ path }) => /topic=a.*topic=b/.test(path)));
    await page.evaluate(() => window.client.close());
    await site.connected(0);
  });
}

test("where the engine's script cannot be had, neither in a worker nor in the page, ready rejects, and build() begins anew", async () => {
  let gone = true;
  const routes = {
    "/sdk/worker.js": (_request, response) => {
      if (!gone) return sendFile(response, "worker.js");
      response.writeHead(404, { "Content-Type": "text/plain" });
      response.end("gone");
    },
  };
  const { page, site } = await visit({ routes });
  await startClient(page, { url: "/hub?topic=a", ready: false });
  const [error] = await raised(page, "error");
  assert.equal(error.code, "start");
  assert.match(error.message, /worker\.js/);
  gone = false;
  await page.evaluate(() => void window.clients[0].build());
  // Browsers remember that a module could not be had: at least the worker begins.
  await site.connected();
});

test("a service worker that answers for the network is no obstacle", async () => {
  const routes = {
    "/sw.js": (_request, response) => {
      response.writeHead(200, { "Content-Type": "text/javascript" });
      response.end("oninstall = () => skipWaiting(); onactivate = (event) => event.waitUntil(clients.claim()); onfetch = (event) => event.respondWith(fetch(event.request));");
    },
  };
  const { page, site } = await visit({ routes });
  await page.evaluate(async () => {
    const controlled = new Promise((resolve) => navigator.serviceWorker.addEventListener("controllerchange", resolve));
    await navigator.serviceWorker.register("/sw.js");
    await controlled;
  });
  for (const [n, options] of [{}, { worker: false }].entries()) {
    await startClient(page, { url: "/hub?topic=a", options });
    await site.connected(n + 1);
  }
  site.send({ id: "1", data: "1" });
  await seen(page, 2);
  site.streams[0].end();
  await until("it came back with its cursor", () => site.requests.some(({ path }) => /lastEventID=1/.test(path)));
  await page.evaluate(() => window.clients.forEach((client) => client.close()));
  await site.connected(0);
});

test("a token does not follow where the hub's URL leads to another origin", async () => {
  const seenThere = [];
  const other = await startSite({
    routes: {
      "/there": (request, response) => {
        const cors = { "Access-Control-Allow-Origin": request.headers.origin ?? "*", "Access-Control-Allow-Credentials": "true", "Access-Control-Allow-Headers": "Authorization" };
        if (request.method !== "OPTIONS") seenThere.push(request.headers.authorization ?? "none");
        response.writeHead(request.method === "OPTIONS" ? 204 : request.headers.authorization ? 200 : 401, { "Content-Type": "text/event-stream", ...cors });
        response.end();
      },
    },
  });
  keep(other);
  const routes = { "/here": (_request, response) => response.writeHead(307, { Location: `${other.url}/there?topic=a` }).end() };
  const { page } = await visit({ routes, policy: strictPolicy.replace("connect-src 'self'", `connect-src 'self' ${other.url}`) });
  await startClient(page, { url: "/here?topic=a", options: { token: "secret" } });
  assert.equal((await raised(page, "close"))[0].code, "unauthorized");
  assert.deepEqual(seenThere, ["none"]);
});

test("events go to another target when one is given", async () => {
  const { page, site } = await visit();
  await page.evaluate(async () => {
    const { MercureClient } = await import("/sdk/index.js");
    const target = new EventTarget();
    window.got = [];
    document.addEventListener("mercure-message", () => window.got.push("document"));
    target.addEventListener("mercure-message", ({ detail }) => window.got.push(detail));
    await new MercureClient("/hub?topic=a", { target }).build().ready;
  });
  await site.connected();
  site.send({ data: '"target"' });
  assert.deepEqual(await until("an event", () => page.evaluate(() => window.got.length && window.got)), ["target"]);
});
