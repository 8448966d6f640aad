// What package payload/typescript generates, compiled as a consumer of the npm
// package would.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL("..", import.meta.url));
const golden = fileURLToPath(new URL("../../payload/typescript/testdata/", import.meta.url));
const project = mkdtempSync(join(tmpdir(), "amalgam-generated-"));
after(() => rmSync(project, { recursive: true, force: true }));

mkdirSync(join(project, "node_modules"));
symlinkSync(here, join(project, "node_modules/amalgam-sdk"));
writeFileSync(join(project, "package.json"), `{"type": "module"}`);

// One program each: they declare events of the same names.
for (const [declarations, use] of [["shapes", "shapes"], ["keywords", "keywords"], ["keywords.set", undefined]]) {
  for (const [resolution, module] of [["NodeNext", "NodeNext"], ["Bundler", "ESNext"]]) {
    test(`${declarations}.d.ts compiles with moduleResolution ${resolution}`, () => {
      copyFileSync(join(golden, `${declarations}.d.ts`), join(project, "events.d.ts"));
      const files = ["events.d.ts"];
      if (use !== undefined) {
        copyFileSync(join(here, `test/types/${use}.ts`), join(project, "use.ts"));
        files.push("use.ts");
      }
      const args = [
        join(here, "node_modules/typescript/bin/tsc"), ...files, "--strict", "--exactOptionalPropertyTypes", "--noEmit",
        "--target", "ES2022", "--lib", "ES2022,DOM", "--module", module, "--moduleResolution", resolution,
      ];
      const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: project, encoding: "utf8", timeout: 60_000 });
      assert.equal(status, 0, stdout + stderr);
    });
  }
}
