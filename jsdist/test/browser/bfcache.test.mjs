// Back and forward: a page with a client may be kept by the browser, and goes
// on where it was.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch, until } from "./harness.mjs";
import { openTab, startOrigin } from "./fixture.mjs";

let chromium, origin;
before(async () => {
  origin = await startOrigin();
  // puppeteer forbids the back/forward cache to be spared surprises.
  chromium = await launch(["--enable-features=BackForwardCache"], { without: ["--disable-back-forward-cache"] });
});
after(async () => {
  await chromium?.close();
  await origin?.close();
});

const noSharedWorker = () => delete window.SharedWorker;
const cases = [
  [{}],
  [{ worker: false }],
  [{ source: "eventsource" }],
  [{ source: "eventsource", worker: false }],
  [{ share: true }],
  [{ share: true }, noSharedWorker],
];

for (const [options, prepare] of cases) {
  test(`Back brings the same page again, with all that came meanwhile: ${JSON.stringify(options)}${prepare ? " without a SharedWorker" : ""}`, { timeout: 60_000 }, async (t) => {
    const topic = `back ${JSON.stringify(options)} ${!!prepare}`;
    const page = await openTab(chromium.browser, origin.url, prepare);
    t.after(() => page.close());
    await page.evaluate((given) => window.start(given), { url: origin.subscribe(topic), options: { ...options, retry: { min: 20, max: 200 } } });
    // Another tab with the same, which sees nothing of all this.
    const peer = options.share && (await openTab(chromium.browser, origin.url, prepare));
    if (peer) {
      t.after(() => peer.close());
      await peer.evaluate((given) => window.start(given), { url: origin.subscribe(topic), options: { ...options, retry: { min: 20, max: 200 } } });
      await until("the other tab's stream", () => peer.evaluate(() => window.progress().state === "open"));
      await page.bringToFront();
    }
    const numbers = (n) => until(`${n} events`, async () => (await page.evaluate(() => window.runs[0].numbers)).length >= n).then(() => page.evaluate(() => window.runs[0].numbers));
    await until("the stream", () => page.evaluate(() => window.progress().state === "open"));
    await origin.publish(topic, 1);
    await numbers(1);
    await page.evaluate(() => (window.mark = "the same page"));

    await page.goto(origin.other);
    await until("no stream while the page is away", () => origin.proxy.streams.size === (peer ? 1 : 0));
    await origin.publish(topic, 2);
    await origin.publish(topic, 3);
    await page.evaluate(() => void setTimeout(() => history.back()));
    await until("the page", () => page.evaluate(() => document.title === "test").catch(() => false));
    await until("the stream again", () => page.evaluate(() => window.progress?.().state === "open").catch(() => false));
    const navigation = await page.evaluate(() => ({ mark: window.mark, why: JSON.stringify(performance.getEntriesByType("navigation")[0].notRestoredReasons) }));
    assert.deepEqual(navigation, { mark: "the same page", why: "null" });
    await origin.publish(topic, 4);
    assert.deepEqual(await numbers(4), [1, 2, 3, 4]);
    assert.deepEqual(await page.evaluate(() => window.runs[0].gaps), []);
    if (peer) {
      await until("the other tab's last event", () => peer.evaluate(() => window.runs[0].numbers.at(-1) >= 4));
      assert.deepEqual(await peer.evaluate(() => window.runs[0].numbers), [1, 2, 3, 4]);
      assert.equal(origin.proxy.streams.size, 1);
    }
    const { states } = await page.evaluate(() => window.record());
    // A shared stream goes on for the others.
    assert.ok(options.share || states.some(({ state, code }) => state === "waiting" && code === "suspended"), JSON.stringify(states));
    assert.deepEqual(page.log, []);
  });
}
