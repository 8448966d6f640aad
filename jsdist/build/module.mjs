// The Go module, and the JavaScript that its toolchain brings along for it.
// How it is made small: docs/decisions/0010-how-the-module-is-made-small.md.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { go, step, work } from "./run.mjs";

/** wasm_exec.js as a module whose only export evaluates it. */
export const glue = join(work, "wasm_exec.mjs");

/**
 * Names in wasm_exec.js that only JavaScript uses, so that they may be
 * shortened. Go looks for _pendingEvent and _makeFuncWrapper.
 */
export const shortened =
  /^_(resume|inst|values|goRefCounts|ids|idPool|exitPromise|resolveExitPromise|scheduledTimeouts|nextCallbackTimeoutID)$/;

/**
 * Compiles a main package and returns the module's bytes. The toolchain keeps
 * its own cache. `flags` are those of wasm/cmd/build: --stock, --plain.
 */
export function buildModule(main, out, flags = []) {
  go(["run", "./wasm/cmd/build", ...flags, "-o", out, main]);
  return readFileSync(out);
}

/** Builds the module that ships, and writes the glue of the toolchain that compiled it. */
export function buildSDK(flags) {
  const done = step(`sdk.wasm: go build ${flags.join(" ")}`.trimEnd());
  const script = join(work, "wasm_exec.js");
  const module = buildModule("./wasm/cmd/sdk", join(work, "sdk.wasm"), [...flags, "-glue", script]);
  // As a function, so that importing it does nothing, and so that its bare `fs`
  // is the one it is given: the global is put back once it has started.
  writeFileSync(glue, `export default function (fs) {\n${readFileSync(script, "utf8")}\n}\n`);
  done();
  return module;
}
