// The Go module, and the JavaScript that runs it.
// How it is made small: docs/decisions/0010-how-the-module-is-made-small.md.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { go, root, step, work } from "./run.mjs";

/** What the sources import as "wasm_exec"; src/wasm_exec.d.ts describes it. */
export const glue = join(work, "wasm_exec.mjs");

/**
 * Compiles a main package and returns the module's bytes. The toolchain keeps
 * its own cache. `flags` are those of wasm/cmd/build: --stock, --plain.
 */
export function buildModule(main, out, flags = []) {
  go(["run", "./wasm/cmd/build", ...flags, "-o", out, main]);
  return readFileSync(out);
}

/** Builds the module that ships, and writes the glue that belongs to it beside it, into `folder`. */
export function buildSDK(flags, folder = work) {
  const done = step(`sdk.wasm: go build ${flags.join(" ")}`.trimEnd());
  const script = join(folder, "glue.js");
  const module = buildModule("./wasm/cmd/sdk", join(folder, "sdk.wasm"), [...flags, "-glue", script]);
  const text = readFileSync(script, "utf8");
  writeFileSync(join(folder, "wasm_exec.mjs"), flags.includes("--plain") ? wrapped(text) : text);
  done();
  return module;
}

/**
 * Makes the toolchain's wasm_exec.js look like our glue. It works through
 * globalThis: what it needs there is lent to it
 * while it is evaluated, and while its program starts.
 */
function wrapped(script) {
  return `import { withGlobals } from ${JSON.stringify(join(root, "jsdist/src/globals.ts"))};
export default function (write, lent) {
  const scope = withGlobals({ Go: undefined, fs: undefined, process: undefined, path: undefined }, () => {
    install({ writeSync });
    const { Go, fs, process, path } = globalThis;
    fs.writeSync = writeSync;
    return { Go, fs, process, path };
  });
  function writeSync(fd, bytes) {
    write(fd, bytes);
    return bytes.length;
  }
  const { Go, ...names } = scope;
  const go = new Go();
  const run = go.run;
  go.run = (instance) => withGlobals({ ...names, ...lent }, () => run.call(go, instance));
  return go;
}
// Its bare fs is the one it is given: the global is put back once it has started.
function install(fs) {
${script}
}
`;
}
