// The types as a consumer's compiler sees them, through package.json.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL("..", import.meta.url));

for (const [project, what] of [["tsconfig.json", "a consumer's file"], ["unnamed.json", "a consumer's file without the names of its events"]]) {
  for (const [resolution, module] of [["NodeNext", "NodeNext"], ["Bundler", "ESNext"]]) {
    test(`${what} compiles with moduleResolution ${resolution}`, () => {
      const args = ["node_modules/typescript/bin/tsc", "-p", `test/types/${project}`, "--module", module, "--moduleResolution", resolution];
      const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: here, encoding: "utf8", timeout: 60_000 });
      assert.equal(status, 0, stdout + stderr);
    });
  }
}
