// The package stays as small as it is.
import assert from "node:assert/strict";
import { test } from "node:test";
import { budgets, overweight } from "../build/budget.mjs";

test("module and loader are within their budgets", () => {
  assert.deepEqual(overweight(), []);
});

test("what is too heavy is told with the excess, its parts and the mend", () => {
  const [module, script] = budgets;
  assert.deepEqual(overweight((file) => (file === "sdk.wasm" ? module.most : script.most / 2)), []);
  const [first, second, ...others] = overweight((file) => (file === "sdk.wasm" ? module.most + 1234 : script.most));
  assert.match(first, /sdk\.wasm, has [\d,]+ bytes, 1,234 more than its budget of 470,000\. `make size` shows/);
  assert.match(second, /index\.js [\d,]+, worker\.js [\d,]+\).* A budget is raised in build\/budget\.mjs/);
  assert.deepEqual(others, []);
});
