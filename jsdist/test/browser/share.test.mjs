// One connection for all tabs: twenty of them, some of which go away, politely
// or not.
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { launch, until } from "./harness.mjs";
import { openTab, startOrigin } from "./fixture.mjs";

const count = 20;
const longest = 2_000; // milliseconds without an event, for those who stay

let chromium, origin, tabs, publishing;
before(async () => (origin = await startOrigin()));
after(() => origin?.close());
beforeEach(async () => {
  chromium = await launch(["--disable-background-timer-throttling", "--disable-renderer-backgrounding"]);
  tabs = [];
});
afterEach(async () => {
  await publishing?.stop();
  publishing = undefined;
  await chromium?.close();
  await until("no stream", () => origin.proxy.streams.size === 0);
});

/** Opens the tabs; each follows what all follow, and something of its own. */
async function openTabs(name) {
  for (let i = 0; i < count; i++) {
    const page = await openTab(chromium.browser, origin.url);
    await page.evaluate((given) => window.start(given), {
      url: origin.subscribe(`${name}/all`, `${name}/tab/${i}`),
      options: { share: true, retry: { min: 20, max: 200 } },
    });
    tabs.push({ i, page });
  }
  for (const { page } of tabs) await until("the stream", () => page.evaluate(() => window.progress().state === "open"));
  await until("one connection", () => origin.proxy.streams.size === 1);
  await until("one subscriber", async () => (await origin.subscribers()) === 1);
}

/** Publishes numbers to all tabs, until told to stop. */
function publishNumbers(name) {
  let going = true;
  let n = 0;
  const loop = (async () => {
    while (going) {
      await origin.publish(`${name}/all`, ++n);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  })();
  publishing = {
    get n() {
      return n;
    },
    async stop() {
      going = false;
      await loop;
      return n;
    },
  };
  return publishing;
}

const numbersOf = (page) => page.evaluate(() => window.runs[0].numbers);

/** Sees that whoever is there hears the next number in time, and returns how long it took. */
async function goOn(staying, from) {
  const begun = performance.now();
  await Promise.all(
    staying.map(({ i, page }) => until(`tab ${i} to go on after ${from}`, async () => (await numbersOf(page)).at(-1) > from, longest + 3_000)),
  );
  return performance.now() - begun;
}

/** Sees that each has had every number once and in order. */
async function complete(staying, total) {
  for (const { i, page } of staying) {
    await until(`tab ${i} to have ${total}`, async () => (await numbersOf(page)).at(-1) >= total);
    assert.deepEqual(await numbersOf(page), Array.from({ length: total }, (_, n) => n + 1), `tab ${i}`);
    assert.deepEqual(await page.evaluate(() => window.runs[0].gaps), [], `tab ${i}`);
  }
}

test("twenty tabs share one connection, and each gets what it follows", { timeout: 120_000 }, async () => {
  await openTabs("each");
  for (const { i } of tabs) await origin.publish(`each/tab/${i}`, `to ${i}`);
  await origin.publish("each/all", "to all");
  for (const { i, page } of tabs) {
    await until(`tab ${i}`, async () => (await numbersOf(page)).includes("to all"));
    assert.deepEqual(await numbersOf(page), [`to ${i}`, "to all"]);
  }
  // When the last one goes, so does the connection.
  for (const { page } of tabs.slice(1)) await page.close();
  assert.equal(origin.proxy.streams.size, 1);
  await tabs[0].page.close();
  await until("no stream", () => origin.proxy.streams.size === 0, 5_000);
});

const ways = {
  closed: (page) => page.close(),
  // No unload, no goodbye: the process is gone.
  crashed: async (page) => {
    const cdp = await page.createCDPSession();
    cdp.send("Page.crash").catch(() => {});
    await new Promise((resolve) => page.once("error", resolve));
  },
};

for (const [way, leave] of Object.entries(ways)) {
  test(`tabs are ${way}, also the one that came first: the others lose and double nothing`, { timeout: 120_000 }, async (t) => {
    await openTabs(way);
    const numbers = publishNumbers(way);
    await goOn(tabs, 10);
    for (const leaving of [tabs[7], tabs[0], tabs[1], tabs[19]]) {
      tabs.splice(tabs.indexOf(leaving), 1);
      await leave(leaving.page);
      const took = await goOn(tabs, numbers.n);
      t.diagnostic(`tab ${leaving.i} ${way}: the others went on within ${took.toFixed(0)} ms`);
      assert.ok(took <= longest, `${took} ms without an event after tab ${leaving.i} was ${way}`);
    }
    await complete(tabs, await numbers.stop());
    await until("one connection", () => origin.proxy.streams.size === 1);
  });
}
