// A real browser for the tests: finds and starts Chromium, opens pages that use
// the SDK, and reads what they saw. Every wait is bounded.
import { accessSync, constants, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import puppeteer from "puppeteer-core";
import { until } from "../until.mjs";

export { until };

/** Chromium, without what would make it talk to anybody but the test. */
const args = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** The browser to test with: $CHROMIUM, or Chromium where Debian puts it, or on the PATH. */
export function findChromium() {
  const path = (process.env.PATH ?? "").split(delimiter);
  const candidates = process.env.CHROMIUM
    ? [process.env.CHROMIUM]
    : ["/usr/bin/chromium", ...["chromium", "chromium-browser", "google-chrome"].flatMap((name) => path.map((folder) => join(folder, name)))];
  for (const candidate of candidates) {
    try {
      accessSync(candidate, constants.X_OK);
      return candidate;
    } catch {}
  }
  throw new Error(
    process.env.CHROMIUM
      ? `$CHROMIUM is ${process.env.CHROMIUM}, which cannot be run`
      : "no Chromium found: install it (Debian: apt-get install chromium) or set CHROMIUM to its path",
  );
}

/**
 * Starts a browser with a profile of its own. `close` ends it and removes the
 * profile. `without` are arguments of puppeteer's that are left out.
 */
export async function launch(extra = [], { without = [] } = {}) {
  const profile = mkdtempSync(join(tmpdir(), "amalgam-browser-"));
  const browser = await puppeteer.launch({
    executablePath: findChromium(),
    headless: true,
    args: [...args, ...extra],
    ignoreDefaultArgs: without,
    userDataDir: profile,
    timeout: 60_000,
    protocolTimeout: 60_000,
  });
  return {
    browser,
    async close() {
      await browser.close();
      rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** Opens a page in a context of its own, and keeps what its console says and what it throws uncaught. */
export async function openPage(browser, url) {
  const context = await browser.createBrowserContext();
  const page = await context.newPage();
  const log = [];
  page.on("console", (message) => log.push(`${message.type()}: ${message.text()}`));
  page.on("pageerror", (error) => log.push(`uncaught: ${error.message ?? error}`));
  await page.goto(url, { timeout: 30_000 });
  return { page, log, close: () => context.close() };
}

/**
 * Makes and builds a client in the page, as window.clients[n]. What arrives on
 * document is kept in window.seen, what the client raises in
 * window.raised[n], each in order. Returns n; `ready` waits for client.ready.
 */
export async function startClient(page, { url, options = {}, names = [], sdk = "/sdk/index.js", ready = true, listen = true }) {
  return page.evaluate(
    async ({ url, options, names, sdk, ready, listen }) => {
      const { default: MercureClient } = await import(sdk);
      window.seen ??= [];
      window.raised ??= [];
      window.recorded ??= new Set();
      for (const name of ["chat", "new_message", "read_message", "notification", "message", ...names]) {
        if (window.recorded.has(name)) continue;
        window.recorded.add(name);
        document.addEventListener(`mercure-${name}`, ({ detail }) => window.seen.push({ name, detail }));
      }
      window.clients ??= [];
      const client = new MercureClient(url, options);
      const n = window.clients.push(client) - 1;
      const raised = (window.raised[n] = []);
      for (const name of listen ? ["open", "state", "gap", "invalid", "error", "close"] : []) {
        client.addEventListener(name, ({ detail }) => {
          const plain = detail instanceof Error ? { code: detail.code, message: detail.message } : detail;
          raised.push({ name, detail: plain });
        });
      }
      client.build();
      if (ready) await client.ready;
      return n;
    },
    { url, options, names, sdk, ready, listen },
  );
}

/** Waits until the page has seen n events on document, and returns them all. */
export async function seen(page, n, ms) {
  await until(`${n} events on document`, () => page.evaluate((n) => window.seen.length >= n, n), ms);
  return page.evaluate(() => window.seen);
}

/** Waits until the client has raised an event of that name, and returns the details of all of them. */
export async function raised(page, name, { client = 0, count = 1, ms } = {}) {
  const read = () =>
    page.evaluate((client, name) => window.raised[client].filter((event) => event.name === name).map((event) => event.detail), client, name);
  let details;
  await until(`${count} × ${name} on client ${client}`, async () => (details = await read()).length >= count, ms);
  return details;
}
