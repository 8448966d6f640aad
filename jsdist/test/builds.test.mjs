// The builds that do without our changes to safejs, or to the Go toolchain:
// whoever needs one of them, because a newer version reads otherwise, gets the
// same SDK, only larger.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { brotliCompressSync, constants } from "node:zlib";
import { buildSDK } from "../build/module.mjs";
import { work } from "../build/run.mjs";
import { internalsWith } from "./internals.mjs";
import { newMessage, startSite } from "./site.mjs";

/** Roughly, and quickly: what matters is which is larger. */
const packed = (bytes) => brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } }).length;
const sizes = {};

for (const flags of [[], ["--stock"], ["--plain"], ["--stock", "--plain"]]) {
  const name = flags.join(" ") || "the build that ships";
  test(`${name}: it starts, judges a payload and leaves no global behind`, async () => {
    const folder = mkdtempSync(join(work, "build-"));
    let site;
    try {
      const bytes = buildSDK(flags, folder);
      sizes[name] = packed(bytes);
      site = await startSite({
        routes: {
          "/built.wasm": (_request, response) => {
            response.writeHead(200, { "Content-Type": "application/wasm" });
            response.end(bytes);
          },
        },
      });
      const names = () => Object.getOwnPropertyNames(globalThis).sort();
      const before = names();
      const { Module } = await internalsWith(join(folder, "wasm_exec.mjs"), "module");
      const module = await Module.load(`${site.url}/built.wasm`);
      assert.ok(module.schemas("").names.includes("new_message"));
      const message = newMessage(1, "text");
      assert.equal(module.judge("", "new_message", JSON.stringify(message)), "");
      const [issue] = JSON.parse(module.judge("", "new_message", JSON.stringify({ ...message, id: true })));
      assert.equal(issue.path, "/id");
      assert.deepEqual(names(), before);
    } finally {
      await site?.close();
      rmSync(folder, { recursive: true });
    }
  });
}

test("each change makes the module smaller", () => {
  const { "the build that ships": ships, "--stock": stock, "--plain": plain, "--stock --plain": both } = sizes;
  assert.ok(ships < stock && ships < plain && stock < both && plain < both, JSON.stringify(sizes));
});
