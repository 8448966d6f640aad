// The course itself: a careful client passes it, and one that lacks a single
// care does not. Without this, a green hostile.test.mjs would say little.
import assert from "node:assert/strict";
import { test } from "node:test";
import { seed } from "../random.mjs";
import { browsers, launch, skip } from "./browsers.mjs";
import { runCourse } from "./course.mjs";
import { noPeer, ourHub, peerHub } from "./target.mjs";

const sdk = "/pages/plain.js";
const cell = (careless, faults) => ({ name: careless ?? "careful", sdk, options: { careless }, faults });

// In the others hostile.test.mjs would not pass either if this did not.
for (const name of process.env.AMALGAM_LONG === "1" ? browsers : ["chromium"]) {
  test(`${name}: a careful client passes the course`, { skip: skip(name) }, async (t) => {
    const [{ wrong, diagnosis }] = await run(t, name, [cell()], { events: 500, faults: 12, seed, ms: 40_000 });
    t.diagnostic(diagnosis);
    assert.equal(wrong.join("\n"), "");
  });
}

test("four careless clients do not", async (t) => {
  const cells = [cell("twice", ["repeat"]), cell("deaf", ["drop"]), cell("patient", ["stall"]), cell("once", ["end", "cut"])];
  // Always the same: by chance all repeats may lie in what the end of their
  // connection takes along.
  const results = await run(t, "chromium", cells, { events: 300, faults: 12, seed: 1, ms: 40_000 });
  for (const { diagnosis } of results) t.diagnostic(diagnosis);
  const [twice, deaf, patient, once] = results.map(({ wrong }) => wrong.join("\n"));
  assert.match(twice, /came twice or late/);
  assert.match(deaf, /is missing, and no gap/);
  assert.match(patient, /silent death|silent for \d+ ms/);
  assert.match(once, /closed itself: lost/);
});

async function run(t, name, cells, size) {
  t.diagnostic(`AMALGAM_SEED=${seed}`);
  const target = await ourHub();
  t.after(() => target.close());
  const browser = await launch(name);
  t.after(() => browser.close());
  return runCourse(browser, target, cells, size);
}

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
    assert.equal(result.wrong.join("\n"), "");
    await assert.rejects(peerHub({ ...env, PEER_SUBSCRIBER_KEY: "not the key" }), /401/);
  } finally {
    await browser.close();
    await ours.close();
  }
});
