// From the stream to document, in a real browser, under a strict policy, wherever
// the engine runs and whatever the stream comes from.
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import { newMessage, startSite } from "../site.mjs";
import { launch, openPage, raised, seen, startClient as start, until } from "./harness.mjs";

let chromium, site, view;

before(async () => (chromium = await launch()));
after(() => chromium?.close());
beforeEach(async () => {
  site = await startSite({ policyOnAll: true });
  view = await openPage(chromium.browser, site.url);
});
afterEach(async () => {
  await view?.close();
  await site?.close();
});

for (const [where, common] of Object.entries({
  "in a worker": {},
  "in the page": { worker: false },
  "from an EventSource in a worker": { source: "eventsource" },
  "from an EventSource in the page": { source: "eventsource", worker: false },
  "in a SharedWorker": { share: true },
})) describe(where, () => {
  const startClient = (page, { options, ...rest }) => start(page, { options: { ...common, ...options }, ...rest });

  test("a payload that holds reaches document as mercure-<name>, parsed", async () => {
    await startClient(view.page, { url: "/hub?topic=a" });
    await site.connected();
    const message = newMessage(1, "Grüße 🌍 \u2028 \"quoted\"");
    site.send({ event: "new_message", id: "urn:1", data: JSON.stringify(message) });
    assert.deepEqual(await seen(view.page, 1), [{ name: "new_message", detail: message }]);
    assert.deepEqual(await raised(view.page, "open"), [null]);
    assert.equal(await view.page.evaluate(() => window.clients[0].state), "open");
    assert.deepEqual(view.log, []);
  });

  test("a payload that does not hold is reported and never dispatched", async () => {
    await startClient(view.page, { url: "/hub?topic=a" });
    await site.connected();
    const bad = JSON.stringify({ ...newMessage(1), text: "", from: { id: "u1" } });
    site.send({ event: "new_message", id: "urn:bad", data: bad }, { event: "new_message", data: "{" }, { event: "new_message", data: JSON.stringify(newMessage(2)) });
    assert.deepEqual(await seen(view.page, 1), [{ name: "new_message", detail: newMessage(2) }]);
    const [invalid, broken] = await raised(view.page, "invalid", { count: 2 });
    assert.equal(invalid.event, "new_message");
    assert.equal(invalid.lastEventId, "urn:bad");
    assert.equal(invalid.data, bad);
    assert.deepEqual(invalid.issues.map(({ path, keyword }) => `${path} ${keyword}`).sort(), ["/from required", "/text minLength"]);
    assert.ok(invalid.issues.every(({ message }) => typeof message === "string" && message !== ""));
    assert.equal(broken.issues.length, 1);
    assert.equal((await seen(view.page, 1)).length, 1);
  });

  test("a burst of 5,000 events arrives once and in order, valid and invalid mixed", async () => {
    await startClient(view.page, { url: "/hub?topic=a" });
    await site.connected();
    const events = [];
    for (let n = 0; n < 5_000; n++) {
      const data = n % 100 === 7 ? { ...newMessage(n), text: "" } : newMessage(n);
      events.push({ event: n % 50 === 3 ? undefined : "new_message", id: `urn:${n}`, data: JSON.stringify(data) });
    }
    site.send(...events);
    const invalid = (n) => n % 100 === 7;
    const expected = events.flatMap((event, n) => (invalid(n) ? [] : [`${event.event ?? "message"} m${n}`]));
    const got = (await seen(view.page, expected.length, 30_000)).map(({ name, detail }) => `${name} ${detail.id}`);
    assert.deepEqual(got, expected);
    const reports = await raised(view.page, "invalid", { count: 50 });
    assert.deepEqual(reports.map((report) => report.lastEventId), events.map((event) => event.id).filter((_, n) => invalid(n)));
  });

  test("a payload of 1 MiB is judged and dispatched, between small ones", async () => {
    await startClient(view.page, { url: "/hub?topic=a" });
    await site.connected();
    // The text is bounded, an undeclared field is not.
    const big = { ...newMessage(2), attachment: "é".repeat(1 << 19) };
    const bigAndBad = { ...big, id: "" };
    site.send(...[newMessage(1), big, newMessage(3), bigAndBad, newMessage(4)].map((data) => ({ event: "new_message", data: JSON.stringify(data) })));
    const got = await seen(view.page, 4);
    assert.deepEqual(got.map(({ detail }) => detail.id), ["m1", "m2", "m3", "m4"]);
    assert.equal(got[1].detail.attachment, big.attachment);
    assert.deepEqual((await raised(view.page, "invalid"))[0].issues.map(({ path }) => path), ["/id"]);
  });

  test("events without a name or schema are dispatched unchecked, parsed where they are JSON", async () => {
    await startClient(view.page, { url: "/hub?topic=a", options: { events: ["custom"] }, names: ["custom"] });
    await site.connected();
    site.send({ data: '{"a":1}' }, { data: "just text\nof two lines" }, { event: "custom", data: "[1,2]" }, { event: "message", data: "0" });
    assert.deepEqual(await seen(view.page, 4), [
      { name: "message", detail: { a: 1 } },
      { name: "message", detail: "just text\nof two lines" },
      { name: "custom", detail: [1, 2] },
      { name: "message", detail: 0 },
    ]);
  });

  test("a hub's event named error or open is not mistaken for the browser's", async () => {
    await startClient(view.page, { url: "/hub?topic=a", options: { events: ["error", "open"] }, names: ["error", "open"] });
    await site.connected();
    await raised(view.page, "open");
    site.send({ event: "error", data: "1" }, { event: "open", data: "2" }, { data: "3" });
    assert.deepEqual(await seen(view.page, 3), [
      { name: "error", detail: 1 },
      { name: "open", detail: 2 },
      { name: "message", detail: 3 },
    ]);
    const names = await view.page.evaluate(() => window.raised[0].map(({ name, detail }) => `${name} ${detail?.state ?? ""}`.trim()));
    assert.deepEqual(names, ["state connecting", "state open", "open"]);
    // The browser's own error is neither a message nor dispatched.
    site.streams[0].destroy();
    await raised(view.page, "state", { count: 3 });
    assert.equal((await seen(view.page, 3)).length, 3);
  });

  test("a handler that throws stops neither the other handlers nor the events after it", async () => {
    await startClient(view.page, { url: "/hub?topic=a" });
    await site.connected();
    await view.page.evaluate(() => document.addEventListener("mercure-chat", () => { throw new Error("from the page"); }));
    const chat = { id: "1", room: "r", from: { id: "u", name: "n" }, text: "t", sentAt: "2026-01-02T03:04:05Z" };
    site.send({ event: "chat", data: JSON.stringify(chat) }, { event: "chat", data: JSON.stringify({ ...chat, id: "2" }) });
    assert.deepEqual((await seen(view.page, 2)).map(({ detail }) => detail.id), ["1", "2"]);
    await until("both errors on the page", () => view.log.filter((line) => line.includes("from the page")).length >= 2);
  });
});
