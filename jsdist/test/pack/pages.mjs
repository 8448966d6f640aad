// Pages of a user's application, opened in a real browser, whose hub is the
// real binary behind the page's own origin, as behind a reverse proxy.
import assert from "node:assert/strict";
import { request as ask } from "node:http";
import { launch, openPage, until } from "../browser/harness.mjs";
import { message, startHub } from "../browser/hub.mjs";
import { startSite } from "../site.mjs";

export const topic = "https://example.com/pack";
export const hubPath = "/.well-known/mercure";

/** Chromium and a hub, for all tests of a file. */
export async function startBench() {
  const chromium = await launch();
  const hub = await startHub().catch(async (error) => (await chromium.close(), Promise.reject(error)));
  return {
    hub,
    browser: chromium.browser,
    async close() {
      await chromium.close();
      assert.equal(await hub.close(), 0, "the binary ends with 0 after SIGTERM");
    },
  };
}

/** A site whose hub is the bench's: `site.subscribers` counts its open streams, `site.opened` all that there were. */
export async function startPages(hub, options = {}) {
  const counts = { subscribers: 0, opened: 0 };
  const proxy = (request, response) => {
    const onward = ask(new URL(request.url, hub.origin), { method: request.method, headers: request.headers }, (answer) => {
      response.writeHead(answer.statusCode, answer.headers);
      // The browser is told at once that the stream is open.
      response.flushHeaders();
      if (answer.headers["content-type"]?.startsWith("text/event-stream")) {
        counts.subscribers++;
        counts.opened++;
        answer.once("close", () => counts.subscribers--);
      }
      answer.pipe(response);
    });
    onward.on("error", () => response.destroy());
    response.on("close", () => onward.destroy());
    request.pipe(onward);
  };
  const site = await startSite({ ...options, routes: { [hubPath]: proxy, [`${hubPath}/`]: proxy, ...options.routes } });
  return {
    ...site,
    get subscribers() {
      return counts.subscribers;
    },
    get opened() {
      return counts.opened;
    },
    subscribed: (n = 1) => until(`${n} open streams`, () => counts.subscribers === n && [n]),
  };
}

/** Keeps what arrives on document, before any script of the page runs. */
function record() {
  window.seen = [];
  document.addEventListener("mercure-new_message", ({ detail }) => window.seen.push({ name: "new_message", detail }));
}

/** Opens a page that records what arrives on document, and what it asked for in vain. */
export async function openRecorded(browser, url, prepare = async () => {}) {
  const view = await openPage(browser, "about:blank");
  view.failed = [];
  view.page.on("response", (answer) => answer.status() >= 400 && view.failed.push(`${answer.status()} ${answer.url()}`));
  await view.page.evaluateOnNewDocument(record);
  await prepare(view.page);
  await view.page.goto(url, { timeout: 30_000 });
  return view;
}

let sent = 0;

/** Publishes a message that nobody published before, and returns its text. */
export async function publish(hub, to = topic) {
  const text = `message ${++sent}`;
  await hub.publish({ topic: to, type: "new_message", data: message(`m${sent}`, text) });
  return text;
}

/** Publishes a message and waits until it has arrived on the page's document. */
export async function receives(view, hub, to) {
  const text = await publish(hub, to);
  try {
    await until(`${text} among the events`, () => view.page.evaluate((text) => window.seen.some(({ detail }) => detail.text === text), text));
  } catch (error) {
    error.message += `; the page's console: ${JSON.stringify(view.log)}; failed requests: ${JSON.stringify(view.failed)}`;
    throw error;
  }
}

/** Nothing on the console, and every file was found. */
export function quiet(view) {
  const said = view.log.filter((line) => !/\[vite\]|React DevTools/.test(line));
  assert.deepEqual({ said, failed: view.failed }, { said: [], failed: [] });
}
