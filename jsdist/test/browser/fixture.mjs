// A hub with a quiet proxy before it, which counts streams, and a Chromium that
// is asked in its own protocol what it holds.
import { startAdversary } from "../adversary.mjs";
import { until } from "../until.mjs";
import { routes } from "./course.mjs";
import { ourHub } from "./target.mjs";

/** Everything a test of one origin needs; `close` ends it. */
export async function startOrigin() {
  const target = await ourHub();
  let modules = 0;
  const sendPackage = (request, response) => {
    if (request.url.startsWith("/sdk/sdk.wasm")) modules++;
    routes["/sdk/*"](request, response);
  };
  const proxy = await startAdversary({ hub: target.url, seed: 1, faults: [], routes: { ...routes, "/sdk/*": sendPackage, "/other": sendOther } });
  const { pathname } = new URL(target.url);
  return {
    proxy,
    url: `${proxy.url}/`,
    /** How often the module has been fetched, which nothing caches: once for each instance. */
    get modules() {
      return modules;
    },
    other: `${proxy.url}/other`,
    subscribe: (...topics) => `${proxy.url}${pathname}?${new URLSearchParams(topics.map((topic) => ["topic", topic]))}`,
    publish: (topic, data) => target.publish({ topic, data: JSON.stringify(data), retry: "50" }),
    /** How many streams the hub itself says are open. */
    async subscribers() {
      const headers = { Authorization: `Bearer ${target.bearer}` };
      const response = await fetch(`${target.url}/subscriptions`, { headers, signal: AbortSignal.timeout(5_000) });
      const { subscriptions } = await response.json();
      return new Set(subscriptions.filter(({ active }) => active).map(({ subscriber }) => subscriber)).size;
    },
    async close() {
      await proxy.close();
      await target.close();
    },
  };
}

function sendOther(_request, response) {
  response.writeHead(200, { "Content-Type": "text/html" });
  response.end('<!doctype html><title>other</title>');
}

/** Opens the recorder's page in a tab of the browser's first context, after what is in `prepare` has run in it. */
export async function openTab(browser, url, ...prepare) {
  const page = await browser.newPage();
  for (const work of prepare) if (work) await page.evaluateOnNewDocument(work);
  page.log = [];
  page.on("console", (message) => page.log.push(`${message.type()}: ${message.text()}`));
  await page.goto(url, { timeout: 30_000 });
  await until("the recorder", () => page.evaluate(() => typeof window.start === "function"));
  return page;
}
