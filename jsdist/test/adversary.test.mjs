// The adversary does what it says: seen with a plain HTTP client.
import assert from "node:assert/strict";
import { createServer, get } from "node:http";
import { after, before, test } from "node:test";
import { startAdversary } from "./adversary.mjs";
import { splitter } from "./pieces.mjs";
import { until } from "./until.mjs";

// A hub that counts: an event each 5 ms, and a heartbeat each 20 events.
let hub, url;
before(async () => {
  hub = createServer((request, response) => {
    if (request.method === "POST") return request.pipe(response);
    response.writeHead(200, { "Content-Type": "text/event-stream" });
    let n = 0;
    const timer = setInterval(() => {
      response.write(`id: i${++n}\ndata: ${n}\n\n`);
      if (n % 20 === 0) response.write(`: heartbeat 100 ${n}\n`);
    }, 5);
    response.once("close", () => clearInterval(timer));
  });
  await new Promise((resolve) => hub.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${hub.address().port}/hub`;
});
after(async () => {
  hub.closeAllConnections();
  await new Promise((resolve) => hub.close(resolve));
});

/** One connection through an adversary with these settings. */
async function connect(t, settings) {
  const adversary = await startAdversary({ hub: url, seed: 7, manners: ["plain"], within: [60, 60], ...settings });
  t.after(() => adversary.close());
  return { adversary, ...(await listen(adversary, t)) };
}

async function listen(adversary, t) {
  const heard = { status: 0, headers: {}, type: "", numbers: [], chunks: [], comments: 0, over: undefined, body: "", last: performance.now() };
  const feed = splitter(({ event, comment }) => {
    if (event) heard.numbers.push(Number(event.data));
    if (comment !== undefined) heard.comments++;
  });
  const request = get(`${adversary.url}/hub`, (response) => {
    heard.status = response.statusCode;
    heard.headers = response.headers;
    response.on("data", (bytes) => {
      heard.last = performance.now();
      heard.chunks.push(bytes.length);
      heard.body += bytes;
      feed(bytes);
    });
    response.on("end", () => (heard.over = response.complete ? "clean" : "aborted"));
    response.on("error", (error) => (heard.over ??= error.code));
  });
  request.on("error", (error) => (heard.over ??= error.code));
  t.after(() => request.destroy());
  return { heard, request };
}

const over = (heard) => until("the end", () => heard.over, 5_000);
const ordered = (numbers) => numbers.every((n, i) => n === i + 1);

for (const [fault, want] of [["end", "clean"], ["cut", "ECONNRESET"], ["half-close", "ECONNRESET"], ["pause", "ECONNRESET"]]) {
  test(`${fault} ends the stream, seen as ${want}, after events in order`, async (t) => {
    const { heard, adversary } = await connect(t, { faults: [fault] });
    assert.equal(await over(heard), want);
    assert.ok(heard.numbers.length > 0 && ordered(heard.numbers), String(heard.numbers));
    assert.equal(adversary.struck, 1);
    await until("no stream", () => adversary.streams.size === 0);
  });
}

test("half-close is a FIN, not a reset: the socket still takes what is written", async (t) => {
  const { heard, request } = await connect(t, { faults: ["half-close"] });
  const ended = new Promise((resolve) => request.once("socket", (socket) => socket.once("end", () => resolve("FIN"))));
  await over(heard);
  assert.equal(await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 1000, "no FIN"))]), "FIN");
});

test("a cut falls in the middle of an event, for some seed", async (t) => {
  const middles = [];
  for (let seed = 1; seed <= 8; seed++) {
    const { heard } = await connect(t, { faults: ["cut"], seed });
    await over(heard);
    middles.push(!heard.body.endsWith("\n\n"));
  }
  assert.ok(middles.includes(true), String(middles));
});

test("stall keeps the connection open and says nothing more", async (t) => {
  const { heard, adversary } = await connect(t, { faults: ["stall"] });
  await until("the stall", () => adversary.struck === 1);
  await until("half a second of silence", () => performance.now() - heard.last > 500);
  assert.equal(heard.over, undefined);
  assert.equal(adversary.streams.size, 1);
});

for (const [fault, status, header] of [["502", 502], ["503", 503, ["retry-after", "1"]], ["401", 401], ["403", 403], ["404", 404], ["204", 204], ["html", 200, ["content-type", "text/html"]]]) {
  test(`${fault} is answered in place of the stream`, async (t) => {
    const { heard } = await connect(t, { faults: [fault] });
    assert.equal(await until("an answer", () => heard.status), status);
    if (header) assert.equal(heard.headers[header[0]], header[1]);
    assert.equal(heard.numbers.length, 0);
  });
}

test("repeat sends the last events again, and then goes on", async (t) => {
  const { heard } = await connect(t, { faults: ["repeat"] });
  assert.equal(await over(heard), "clean");
  const back = heard.numbers.findIndex((n, i) => i > 0 && n <= heard.numbers[i - 1]);
  assert.ok(back > 0, String(heard.numbers));
  const again = heard.numbers.slice(back);
  assert.ok(again.every((n, i) => n === again[0] + i) && again.at(-1) > heard.numbers[back - 1], String(heard.numbers));
});

test("drop leaves one event out, says which, and lets two heartbeats pass before it ends", async (t) => {
  const { heard, adversary } = await connect(t, { faults: ["drop"] });
  assert.equal(await over(heard), "clean");
  const missing = Array.from({ length: heard.numbers.at(-1) }, (_, i) => i + 1).filter((n) => !heard.numbers.includes(n));
  assert.deepEqual(missing.map(String), adversary.dropped);
  assert.equal(missing.length, 1);
  const since = heard.body.slice(heard.body.indexOf(`data: ${missing[0] + 1}\n`));
  assert.ok(since.split("heartbeat").length > 2, since);
});

test("a stall before the first byte is had only where it is asked for", async (t) => {
  const { heard } = await connect(t, { faults: ["stall"], manners: ["delay"], within: [1, 1] });
  await until("an event all the same", () => heard.numbers.length > 0);
  const { heard: mute, adversary } = await connect(t, { faults: ["stall"], manners: ["delay"], mute: true, within: [1, 1] });
  await until("the stall", () => adversary.struck === 1);
  assert.equal(mute.body, "");
});

test("manners change how bytes travel and not which", async (t) => {
  const { heard: split } = await connect(t, { faults: ["stall"], manners: ["split"], within: [5000, 5000] });
  await until("events", () => split.numbers.length > 20);
  assert.ok(ordered(split.numbers) && average(split.chunks) < 32, String(split.chunks));
  const { heard: drip } = await connect(t, { faults: ["stall"], manners: ["drip"], within: [5000, 5000] });
  await until("an event", () => drip.numbers.length > 1);
  assert.ok(ordered(drip.numbers) && average(drip.chunks) < 32, String(drip.chunks));
  const { heard: join } = await connect(t, { faults: ["stall"], manners: ["join"], mute: true, within: [5000, 5000] });
  await until("events", () => join.numbers.length > 50);
  assert.ok(ordered(join.numbers) && average(join.chunks) > 100, String(join.chunks));
  const begun = performance.now();
  const { heard: delay } = await connect(t, { faults: ["stall"], manners: ["delay"], mute: true, within: [5000, 5000] });
  await until("events", () => delay.numbers.length > 5);
  assert.ok(ordered(delay.numbers) && performance.now() - begun > 200);
});

const average = (numbers) => numbers.reduce((sum, n) => sum + n, 0) / numbers.length;

test("a seed gives the same row of faults, another seed another; 401 never twice in a row", async (t) => {
  const row = async (seed) => {
    const adversary = await startAdversary({ hub: url, seed, within: [1, 5], faults: ["cut", "end", "401", "502", "401"] });
    t.after(() => adversary.close());
    for (let n = 0; n < 30; n++) await new Promise((resolve) => get(`${adversary.url}/hub`, (response) => response.resume().once("close", resolve)).once("error", resolve));
    return adversary.connections.map(({ fault, manner, after }) => `${fault} ${manner} ${after}`);
  };
  const first = await row(5);
  assert.deepEqual(await row(5), first);
  assert.notDeepEqual(await row(6), first);
  assert.ok(first.every((line, n) => !(line.startsWith("401") && first[n - 1]?.startsWith("401"))));
});

test("once it is calm, connections are left alone and go on", async (t) => {
  const { heard, adversary } = await connect(t, { faults: ["cut"], manners: ["drip"] });
  await until("the first answer", () => heard.status);
  adversary.set([]);
  await over(heard);
  const { heard: calm } = await listen(adversary, t);
  await until("events", () => calm.numbers.length > 30);
  assert.ok(ordered(calm.numbers) && calm.over === undefined);
  assert.deepEqual(adversary.connections.map(({ manner, struck }) => [manner, struck]), [["drip", true], ["plain", false]]);
});

test("everything that is not the stream passes, and routes answer themselves", async (t) => {
  const adversary = await startAdversary({ hub: url, seed: 1, faults: ["502"], routes: { "/own": (_request, response) => response.end("mine"), "/all/*": (request, response) => response.end(request.url) } });
  t.after(() => adversary.close());
  const post = await fetch(`${adversary.url}/hub`, { method: "POST", body: "a=b" });
  assert.deepEqual([post.status, await post.text()], [200, "a=b"]);
  assert.equal(await (await fetch(`${adversary.url}/own`)).text(), "mine");
  assert.equal(await (await fetch(`${adversary.url}/all/x.js`)).text(), "/all/x.js");
  assert.equal((await fetch(`${adversary.url}/hub`)).status, 502);
});
