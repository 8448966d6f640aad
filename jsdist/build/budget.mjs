// What the package may weigh, in bytes as brotli -11 leaves them: a page waits
// for these. test/size.test.mjs holds the last build against it.
import { existsSync, readFileSync } from "node:fs";
import { dist } from "./run.mjs";

export const budgets = [
  {
    what: "the module",
    files: ["sdk.wasm"],
    most: 470_000,
    mend:
      "`make size` shows what each Go package weighs: look for one that is new, or has grown (fmt, regexp, time, net/url and encoding/json are the usual ones; " +
      "importing them is enough, as they are initialized).",
  },
  {
    what: "the JavaScript that a page loads with default options",
    files: ["index.js", "worker.js"],
    // 8,200 until a hub that cannot say its dialect at first was asked again;
    // 8,400 until a worker got its first message before it ran, and the request
    // left 2.5 ms sooner.
    most: 8_430,
    mend: "Code that only few pages need, and sentences for what seldom happens, belong into a file that is imported when they are (as prose.ts, more.ts, eventsource.ts are).",
  },
];

/** What is too heavy, a sentence each. `size` tells what a file in dist weighs, encoded. */
export function overweight(size = encoded) {
  const sentences = [];
  for (const { what, files, most, mend } of budgets) {
    const total = files.reduce((sum, file) => sum + size(file), 0);
    if (total <= most) continue;
    const each = files.length > 1 ? ` (${files.map((file) => `${file} ${format(size(file))}`).join(", ")})` : "";
    sentences.push(`${what}, ${files.join(" and ")}, has ${format(total)} bytes${each}, ${format(total - most)} more than its budget of ${format(most)}. ${mend} A budget is raised in build/budget.mjs, with the reason in the commit.`);
  }
  return sentences;
}

function encoded(file) {
  const packed = `${dist}${file}.br`;
  if (!existsSync(packed)) throw new Error(`${packed} is missing: run npm run build in jsdist (or make sdk) first.`);
  return readFileSync(packed).length;
}

export const format = (number) => Math.round(number).toLocaleString("en");
