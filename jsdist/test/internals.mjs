// The parts of the package that it does not export, for tests that look inside.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const src = fileURLToPath(new URL("../src/", import.meta.url));
const work = fileURLToPath(new URL("../../.build/jsdist/", import.meta.url));

/** Bundles modules of src into one and imports it. */
export const internals = (...names) => internalsWith(join(work, "wasm_exec.mjs"), ...names);

/** The same, with the glue of another build. */
export async function internalsWith(glue, ...names) {
  const folder = mkdtempSync(join(work, "test-"));
  try {
    const file = join(folder, "internals.mjs");
    const { outputFiles } = await build({
      stdin: { contents: names.map((name) => `export * from "./${name}.ts";`).join("\n"), resolveDir: src, loader: "ts" },
      bundle: true,
      write: false,
      format: "esm",
      target: "es2022",
      alias: { wasm_exec: glue },
    });
    writeFileSync(file, outputFiles[0].contents);
    return await import(pathToFileURL(file));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
