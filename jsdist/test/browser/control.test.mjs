// The course itself: a careful client passes it, and one that lacks a single
// care does not. Without this, a green hostile.test.mjs would say little.
import assert from "node:assert/strict";
import { test } from "node:test";
import { seed } from "../random.mjs";
import { launch } from "./browsers.mjs";
import { runCourse } from "./course.mjs";
import { noPeer, ourHub, peerHub } from "./target.mjs";

const sdk = "/pages/plain.js";
const cell = (careless, faults) => ({ name: careless ?? "careful", sdk, options: { careless }, faults });

test("a careful client passes the course, and four careless ones do not", async (t) => {
  t.diagnostic(`AMALGAM_SEED=${seed}`);
  const target = await ourHub();
  const browser = await launch("chromium");
  try {
    const cells = [
      cell(),
      cell("twice", ["repeat", "cut"]),
      cell("deaf", ["drop"]),
      cell("patient", ["stall", "cut"]),
      cell("once", ["end", "cut"]),
    ];
    const results = await runCourse(browser, target, cells, { events: 500, faults: 12, seed, ms: 40_000 });
    for (const { diagnosis } of results) t.diagnostic(diagnosis);
    const [careful, twice, deaf, patient, once] = results.map(({ wrong }) => wrong.join("\n"));
    assert.equal(careful, "");
    assert.match(twice, /came twice or late/);
    assert.match(deaf, /is missing, and no gap/);
    assert.match(patient, /silent death|silent for \d+ ms/);
    assert.match(once, /closed itself: lost/);
  } finally {
    await browser.close();
    await target.close();
  }
});

test("the way to another hub, tried with our own: named by its URL and keys", async (t) => {
  const ours = await ourHub();
  const browser = await launch("chromium");
  try {
    const env = { PEER_HUB_URL: ours.url, PEER_PUBLISHER_KEY: ours.hub.key("publisher"), PEER_SUBSCRIBER_KEY: ours.hub.key("subscriber") };
    assert.equal(noPeer(env), false);
    assert.match(noPeer({}), /PEER_HUB_URL/);
    const peer = await peerHub(env);
    const [result] = await runCourse(browser, peer, [cell()], { events: 200, faults: 8, seed, ms: 30_000 });
    t.diagnostic(result.diagnosis);
    assert.deepEqual(result.wrong, []);
    await assert.rejects(peerHub({ ...env, PEER_SUBSCRIBER_KEY: "not the key" }), /401/);
  } finally {
    await browser.close();
    await ours.close();
  }
});
