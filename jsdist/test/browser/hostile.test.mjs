// The SDK in three browsers against a hostile network: every event once and in
// order, or a gap; no silent death; and the ends that are meant to be ends.
//
// The short form is the one for every commit; AMALGAM_LONG=1 runs 10,000 events
// and 1,000 faults for each client. AMALGAM_SEED repeats a run, whose seed is
// printed; AMALGAM_BROWSERS=firefox,webkit picks browsers. PEER_HUB_URL and
// PEER_PUBLISHER_KEY name another hub to do the same with: see CONTRIBUTING.md.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { startAdversary } from "../adversary.mjs";
import { seed } from "../random.mjs";
import { until } from "../until.mjs";
import { browsers, launch, skip } from "./browsers.mjs";
import { routes, runCourse } from "./course.mjs";
import { noPeer, ourHub, peerHub } from "./target.mjs";

const long = process.env.AMALGAM_LONG === "1";
const size = long ? { events: 10_000, faults: 1_000, ms: 60 * 60_000, mute: true } : { events: 10_000, faults: 24, ms: 100_000 };
const timeout = long ? size.ms + 120_000 : 150_000;

// An EventSource hides comments and statuses. Losses and connections that are
// dead without an end are therefore left out there: nobody can notice them.
const cells = [
  { name: "fetch, in a worker", options: {} },
  { name: "eventsource, in a worker", options: { source: "eventsource" } },
  { name: "fetch, in the page", options: { worker: false } },
  { name: "eventsource, in the page", options: { source: "eventsource", worker: false } },
  { name: "fetch, shared", options: { share: true } },
];

// CI has no time for all of them everywhere.
const cellsOf = (browser) => (long || browser === "chromium" ? cells : cells.slice(0, 3));

const hubs = [
  { name: "our hub", skip: false, start: () => ourHub({ heartbeat: long ? "1s" : "500ms" }) },
  { name: "another hub", skip: noPeer(), start: peerHub },
];

for (const hub of hubs) {
  describe(`through a hostile network, ${hub.name}`, { skip: hub.skip }, () => {
    let target;
    before(async () => (target = await hub.start()));
    after(() => target?.close());

    for (const name of browsers) {
      test(`${name}: ${size.events} events and ${size.faults} faults for each client`, { skip: skip(name), timeout }, async (t) => {
        t.diagnostic(`AMALGAM_SEED=${seed}`);
        const browser = await launch(name);
        try {
          const results = await runCourse(browser, target, cellsOf(name), { ...size, seed });
          for (const { name: cell, wrong, diagnosis } of results) {
            t.diagnostic(diagnosis);
            await t.test(cell, () => assert.equal(wrong.join("\n"), ""));
          }
        } finally {
          await browser.close();
        }
      });
    }
  });
}

// Without a topic in its URL a client has to ask the hub for its dialect first.
for (const name of browsers) {
  test(`${name}: a hub that cannot say its dialect at first is asked again`, { skip: skip(name), timeout: 60_000 }, async (t) => {
    const target = await ourHub();
    t.after(() => target.close());
    const { pathname } = new URL(target.url);
    let asked = 0;
    const trouble = (request, response) => {
      if (++asked === 1) return response.writeHead(502).end("<h1>502 Bad Gateway</h1>");
      if (asked <= 4) return request.socket.destroy();
      response.writeHead(404).end();
    };
    const adversary = await startAdversary({ hub: target.url, seed, faults: [], routes: { ...routes, [`/.well-known/oauth-protected-resource${pathname}`]: trouble } });
    t.after(() => adversary.close());
    const browser = await launch(name);
    t.after(() => browser.close());
    const view = await browser.open(`${adversary.url}/`);
    await until("the recorder", () => view.evaluate(() => typeof window.start === "function"));
    await view.evaluate((given) => window.start(given), { url: adversary.url + pathname, options: { topics: ["dialect"], retry: { min: 20, max: 200 } } });
    await until("the stream", () => view.evaluate(() => window.progress().state === "open"), 20_000);
    await target.publish({ topic: "dialect", data: "1" });
    await until("the event", () => view.evaluate(() => window.progress().last === 1));
    const { states } = await view.evaluate(() => window.record());
    assert.ok(states.some(({ state, code }) => state === "waiting" && code === "lost"), JSON.stringify(states));
    assert.ok(asked >= 5, `asked ${asked} times`);
  });
}

// Answers that are to end the client, or that it cannot live with for ever.
const ends = [
  { fault: "204", token: undefined, code: "ended", requests: 1 },
  { fault: "403", token: undefined, code: "refused", requests: 1 },
  { fault: "401", token: undefined, code: "unauthorized", requests: 1 },
  { fault: "401", token: "a new one each time", code: "unauthorized", requests: 2 },
];

for (const name of browsers) {
  describe(`${name}: answers that end a client`, { skip: skip(name), concurrency: name === "webkit" ? 1 : 4 }, () => {
    let browser, target;
    before(async () => {
      target = await ourHub();
      browser = await launch(name);
    });
    after(async () => {
      await browser?.close();
      await target?.close();
    });

    for (const worker of [undefined, false]) {
      for (const { fault, token, code, requests } of ends) {
        test(`${fault} for ever${token ? ", also to a new token" : ""} is the end, because "${code}", ${worker === false ? "in the page" : "in a worker"}`, { timeout: 60_000 }, async (t) => {
          const adversary = await startAdversary({ hub: target.url, seed, faults: [fault], routes });
          t.after(() => adversary.close());
          const view = await browser.open(`${adversary.url}/`);
          t.after(() => view.close());
          await until("the recorder", () => view.evaluate(() => typeof window.start === "function"));
          const { pathname } = new URL(target.url);
          const options = { worker, retry: { min: 10, max: 50 } };
          await view.evaluate((given) => window.start(given), JSON.parse(JSON.stringify({ url: `${adversary.url}${pathname}?topic=a`, options, token })));
          const seen = await until("the end", () => view.evaluate(() => window.progress()).then((seen) => seen.state === "closed" && seen), 20_000);
          assert.equal(seen.code, code);
          assert.notEqual(seen.reason, "");
          const { close, errors } = await view.evaluate(() => window.record());
          assert.equal(close, code, "the close event says the same");
          assert.deepEqual(errors.map((error) => error.code), [code], "somebody has to act on it, and is told once");
          // Longer than it would wait for another try, many times.
          await new Promise((resolve) => setTimeout(resolve, 500));
          assert.equal(adversary.connections.length, requests);
        });
      }
    }
  });
}
