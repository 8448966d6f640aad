// The three browsers behind one door: `launch(name)`, then `open(url)`, then
// `evaluate`. What needs Chromium's own protocol uses harness.mjs.
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { firefoxMissing, startFirefox } from "./firefox.mjs";
import { findChromium, launch as launchChromium } from "./harness.mjs";
import { startWebKit, webkitMissing } from "./webkit.mjs";

export const browsers = ["chromium", "firefox", "webkit"];

/**
 * What to give a test as `skip`: the reason why this browser is not to be had,
 * else false. In CI a missing browser is a failure: there the test runs, and
 * launch throws the reason. AMALGAM_BROWSERS=firefox,webkit picks some.
 */
export function skip(name) {
  const picked = process.env.AMALGAM_BROWSERS;
  if (picked && !picked.split(",").includes(name)) return `AMALGAM_BROWSERS is ${picked}`;
  const reason = missing(name);
  if (!reason || process.env.CI === "true") return false;
  return reason;
}

function missing(name) {
  if (name === "firefox") return firefoxMissing();
  if (name === "webkit") return webkitMissing();
  try {
    findChromium();
  } catch (error) {
    return error.message;
  }
}

/** Starts a browser with a profile of its own; `close` ends it and removes the profile. */
export async function launch(name) {
  const reason = missing(name);
  if (reason) throw new Error(reason);
  if (name === "chromium") {
    const { browser, close } = await launchChromium(["--disable-background-timer-throttling", "--disable-renderer-backgrounding", "--disable-backgrounding-occluded-windows"]);
    return { name, open: (url) => openPage(browser, url), close };
  }
  const home = mkdtempSync(join(tmpdir(), `amalgam-${name}-`));
  mkdirSync(join(home, "profile"));
  const forget = () => rmSync(home, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  let browser;
  try {
    browser = await (name === "firefox" ? startFirefox : startWebKit)(home);
  } catch (error) {
    forget();
    throw error;
  }
  return {
    name,
    open: (url) => openPage(browser, url),
    async close() {
      await browser.close();
      forget();
    },
  };
}

/**
 * Opens a page. `evaluate(work, ...args)` runs work in it, whose arguments and
 * result travel as JSON and whose promise is waited for. `console()` returns
 * what the page has logged and thrown since it was loaded.
 */
async function openPage(browser, url) {
  const page = await newPage(browser);
  await page.goto(url);
  // The one way that all three drivers have: the page keeps its own log.
  const keepLog = () =>
    page.evaluate(() => {
      if (window.consoleLog) return;
      const log = (window.consoleLog = []);
      for (const level of ["debug", "log", "info", "warn", "error"]) {
        const { [level]: original } = console;
        console[level] = (...words) => {
          log.push(`${level}: ${words.map((word) => (word instanceof Error ? `${word}\n${word.stack}` : String(word))).join(" ")}`);
          original.apply(console, words);
        };
      }
      addEventListener("error", ({ message }) => log.push(`uncaught: ${message}`));
      addEventListener("unhandledrejection", ({ reason }) => log.push(`unhandled: ${reason}`));
    });
  await keepLog();
  return {
    evaluate: (work, ...args) => page.evaluate(work, ...args),
    console: () => page.evaluate(() => window.consoleLog),
    async goto(next) {
      await page.goto(next);
      await keepLog();
    },
    close: () => page.close(),
  };
}

/**
 * Now and then Firefox puts another frame into the place of a new page's first
 * one while the page is being made, and finds that gone
 * (https://bugzilla.mozilla.org/show_bug.cgi?id=1918287): another page is made.
 */
async function newPage(browser, tries = 3) {
  try {
    return await browser.newPage();
  } catch (error) {
    if (tries <= 1 || !/no such frame/.test(error.message)) throw error;
    return newPage(browser, tries - 1);
  }
}
