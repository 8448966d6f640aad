import assert from "node:assert/strict";
import { test } from "node:test";
import { verdict } from "./browser/verdict.mjs";

const good = { numbers: [1, 2, 3, 4], gaps: [], silences: [], states: [{ state: "open" }, { state: "waiting", code: "lost", reason: "cut", wait: 50, at: 2 }] };
const given = { total: 4, longestWait: 100 };
const gap = (at) => ({ at, requested: "", received: "" });

for (const [what, run, more, wrong] of [
  ["all came", {}, {}, undefined],
  ["one came twice", { numbers: [1, 2, 2, 3, 4] }, {}, /2 came twice/],
  ["two changed places", { numbers: [1, 3, 2, 4] }, {}, /2 came twice or late/],
  ["one is missing", { numbers: [1, 2, 4] }, {}, /3 never came/],
  ["one is missing, and a gap is no excuse", { numbers: [1, 2, 4], gaps: [gap(3)] }, {}, /3 never came/],
  ["the last one is missing", { numbers: [1, 2, 3] }, {}, /4 never came/],
  ["there is one too many", { numbers: [1, 2, 3, 4, 5] }, {}, /only 4/],
  ["one was taken out, and a gap raised", { numbers: [1, 2, 4], gaps: [gap(3)] }, { dropped: ["3"] }, undefined],
  ["one was taken out in silence", { numbers: [1, 2, 4] }, { dropped: ["3"] }, /no gap/],
  ["the gap came before the loss", { numbers: [1, 2, 4], gaps: [gap(1)] }, { dropped: ["3"] }, /no gap/],
  ["two were taken out, and one gap raised", { numbers: [1, 4], gaps: [gap(2)] }, { dropped: ["2", "3"] }, /3 is missing, and no gap/],
  ["a gap for nothing", { gaps: [gap(3)] }, {}, /for nothing/],
  ["one was taken out and came", {}, { dropped: ["3"] }, /3 came, though/],
  ["a silence", { silences: [{ ms: 9000, after: 2 }] }, {}, /silent for 9000 ms/],
  ["waiting without a word", { states: [{ state: "waiting", code: "", reason: "", wait: 1, at: 2 }] }, {}, /without saying why/],
  ["waiting too long", { states: [{ state: "waiting", code: "lost", reason: "x", wait: 101, at: 2 }] }, {}, /101 ms/],
]) {
  test(`verdict: ${what}`, () => {
    const found = verdict({ ...good, ...run }, { ...given, ...more });
    if (wrong) assert.match(found.join("\n"), wrong);
    else assert.deepEqual(found, []);
  });
}
