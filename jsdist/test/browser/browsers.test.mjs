// The door to the three browsers: if this fails, what fails behind it says
// nothing of the SDK.
import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { test } from "node:test";
import { startSite } from "../site.mjs";
import { browsers, launch, skip } from "./browsers.mjs";
import { until } from "./harness.mjs";

for (const name of browsers) {
  test(`${name}: opens a page, evaluates in it, hears its console, and leaves nothing behind`, { skip: skip(name) }, async () => {
    const mine = () => new Set(readdirSync(tmpdir()).filter((file) => file.startsWith(`amalgam-${name}-`)));
    const before = mine();
    const site = await startSite();
    const browser = await launch(name);
    try {
      const view = await browser.open(site.url);
      const answer = await view.evaluate(async (a, b) => ({ a, b: await Promise.resolve(b), here: location.origin }), { deep: ["é", null] }, 2);
      assert.deepEqual(answer, { a: { deep: ["é", null] }, b: 2, here: site.url });
      await assert.rejects(view.evaluate(() => Promise.reject(new Error("from the page"))), /from the page/);
      await view.evaluate(() => (console.warn("one", 2), setTimeout(() => { throw new Error("late"); })) && null);
      await until("both lines", async () => (await view.console()).length >= 2);
      const [warning, uncaught] = await view.console();
      assert.equal(warning, "warn: one 2");
      assert.match(uncaught, /^uncaught: ./);
      // Two pages of one browser, at the same time.
      const other = await browser.open(site.url);
      assert.deepEqual(await Promise.all([view.evaluate(() => 1), other.evaluate(() => typeof window.consoleLog)]), [1, "object"]);
      await other.close();
      assert.equal(await view.evaluate(async () => (await fetch("/nothing")).status), 404);
      await view.close();
    } finally {
      await browser.close();
      await site.close();
    }
    for (const file of mine()) assert.ok(before.has(file) || !existsSync(`${tmpdir()}/${file}`), `${file} is left behind`);
  });
}
