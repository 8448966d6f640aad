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
  chromium = await launch(["--disable-background-timer-throttling", "--disable-renderer-backgrounding", "--renderer-process-limit=100"]);
  tabs = [];
});
afterEach(async () => {
  await publishing?.stop();
  publishing = undefined;
  await chromium?.close();
  await until("no stream", () => origin.proxy.streams.size === 0);
});

/** Ways to share: in a SharedWorker, which lives in the process of the tab that made it; and in the tab that leads, here also the first. */
const modes = { "in a SharedWorker": undefined, "in the tab that leads": () => delete window.SharedWorker };

/** Opens the tabs; each follows what all follow, and something of its own. */
async function openTabs(name, prepare) {
  const modules = origin.modules;
  for (let i = 0; i < count; i++) {
    const page = await openTab(chromium.browser, origin.url, prepare);
    await page.evaluate((given) => window.start(given), {
      url: origin.subscribe(`${name}/all`, `${name}/tab/${i}`),
      options: { share: true, retry: { min: 20, max: 200 } },
    });
    tabs.push({ i, page });
  }
  for (const { page } of tabs) await until("the stream", () => page.evaluate(() => window.progress().state === "open"));
  await until("one connection", () => origin.proxy.streams.size === 1);
  await until("one subscriber", async () => (await origin.subscribers()) === 1);
  assert.equal(origin.modules - modules, 1, "one instance of the module");
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

const block = (ms) => {
  const end = performance.now() + ms;
  while (performance.now() < end);
};

const leave = {
  closed: (page) => page.close(),
  // No unload, no goodbye: the process is gone.
  crashed: async (page) => {
    const cdp = await page.createCDPSession();
    cdp.send("Page.crash").catch(() => {});
    await new Promise((resolve) => page.once("error", resolve));
  },
};

/** Who goes, in this order. The first tab made the worker, or leads; once it is gone, the second may. */
// Some tabs are too busy to hear of it at once, and of what came before.
const busy = { 3: 1_000, 4: 120, 5: 60 };
const leavings = [[7, "closed"], [0, "crashed"], [1, "closed"], [2, "crashed"], [19, "crashed"]];

for (const [mode, prepare] of Object.entries(modes)) {
  test(`${mode}: twenty tabs share one connection, each gets what it follows, and nothing is lost or doubled when some go`, { timeout: 120_000 }, async (t) => {
    await openTabs(mode, prepare);
    for (const { i } of tabs) await origin.publish(`${mode}/tab/${i}`, `to ${i}`);
    for (const { i, page } of tabs) {
      await until(`tab ${i}`, async () => (await numbersOf(page)).length === 1);
      assert.deepEqual(await numbersOf(page), [`to ${i}`]);
      await page.evaluate(() => window.runs[0].numbers.splice(0));
    }
    const numbers = publishNumbers(mode);
    await goOn(tabs, 10);
    for (const [i, way] of leavings) {
      const leaving = tabs.find((tab) => tab.i === i);
      tabs.splice(tabs.indexOf(leaving), 1);
      for (const { i, page } of tabs) if (busy[i]) void page.evaluate(block, busy[i]);
      const before = numbers.n;
      await until("some that they have not heard", () => numbers.n > before + 1);
      await leave[way](leaving.page);
      const took = await goOn(tabs, numbers.n);
      t.diagnostic(`tab ${i} ${way}: the others went on within ${took.toFixed(0)} ms`);
      assert.ok(took <= longest, `${took} ms without an event after tab ${i} was ${way}`);
    }
    await complete(tabs, await numbers.stop());
    await until("one connection", () => origin.proxy.streams.size === 1);
    // When the last one goes, so does the connection.
    for (const { page } of tabs.slice(0, -1)) await page.close();
    await until("one stream", () => origin.proxy.streams.size === 1);
    await tabs.at(-1).page.close();
    await until("no stream", () => origin.proxy.streams.size === 0, 5_000);
  });
}
