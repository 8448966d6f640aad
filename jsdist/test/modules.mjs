// Modules other than the one that is shipped, compiled for a test.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** Compiles a Go main in wasm/testdata and returns the module's bytes. */
export function compile(name) {
  const out = join(root, ".build", "jsdist", `test-${name}.wasm`);
  const args = ["build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o", out, `./wasm/testdata/${name}`];
  const env = { ...process.env, GOOS: "js", GOARCH: "wasm" };
  const result = spawnSync(process.env.GO ?? "go", args, { cwd: root, env, encoding: "utf8", timeout: 180_000 });
  if (result.status !== 0) throw new Error(`go ${args.join(" ")}: ${result.error?.message ?? result.stderr}`);
  return readFileSync(out);
}
