// Builds the npm package: the module, the loader, the types, and a brotli and
// gzip encoding beside each file. `npm run build` calls it, `make build` too.
// --stock builds with safejs as it is, --plain with the Go toolchain as it is.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { buildSDK, glue } from "./build/module.mjs";
import { dist, fail, go, root, run, step, tool, work } from "./build/run.mjs";
import { brotliCompressSync, brotliDecompressSync, constants, gunzipSync, gzipSync } from "node:zlib";

const here = fileURLToPath(new URL(".", import.meta.url));
const stampFile = join(work, "stamps.json");

/** Files in dist that the build does not make and does not touch. */
const foreign = new Set(["NOT-BUILT.txt"]);
/** Which of the types users see; the others describe the inside. */
const publicTypes = ["index", "client", "errors", "types", "dom", "presence", "react", "worker"];
/**
 * The scripts: index is what pages import, worker the engine, in a worker or in
 * the page; shared is the SharedWorker's; the others are loaded when they are
 * needed.
 */
const scripts = ["index", "dom", "worker", "more", "schemas", "presence", "unchecked", "share", "shared", "tabs", "prose", "eventsource", "react"];

const flags = process.argv.slice(2);
const unknown = flags.find((flag) => flag !== "--stock" && flag !== "--plain");
if (unknown !== undefined) fail(`${unknown} is no flag of the build; there are --stock and --plain.`);
await main();

async function main() {
  mkdirSync(work, { recursive: true });
  mkdirSync(dist, { recursive: true });
  const made = new Map(); // file name in dist → bytes
  made.set("sdk.wasm", buildSDK(flags));
  for (const [name, bytes] of await bundle()) made.set(name, bytes);
  for (const [name, bytes] of types()) made.set(name, bytes);
  made.set("LICENSES.txt", licenses());
  made.set("integrity.json", integrity(made));
  // dist is also deployed without the package around it.
  made.set("README.md", readFileSync(join(here, "README.md")));
  writeAll(made);
  table(made.keys());
}

/** Bundles and minifies the loader with the wasm_exec.js of the toolchain that compiled the module. */
async function bundle() {
  const done = step("index.js: esbuild");
  const { build } = await tool("esbuild");
  const result = await build({
    entryPoints: Object.fromEntries(scripts.map((name) => [name, join(here, `src/${name}.ts`)])),
    outdir: dist,
    bundle: true,
    external: ["react", ...scripts.map((name) => `./${name}.js`)], // they import each other as files
    write: false,
    format: "esm",
    target: ["es2022"],
    minify: true,
    legalComments: "none",
    alias: { wasm_exec: glue },
    banner: { js: "/*! amalgam-sdk: see LICENSES.txt */" },
    logLevel: "warning",
  });
  done();
  return result.outputFiles.map((file) => [relative(dist, file.path), Buffer.from(file.contents)]);
}

/** What pages state to have a browser refuse changed files: file name → sha384 (W3C Subresource Integrity). */
function integrity(made) {
  const served = [...made].filter(([name]) => /\.(js|wasm)$/.test(name));
  const hashes = served.map(([name, bytes]) => [name, `sha384-${createHash("sha384").update(bytes).digest("base64")}`]);
  return Buffer.from(`${JSON.stringify(Object.fromEntries(hashes), null, 2)}\n`);
}

/** The licenses of what is compiled in ask to be passed on with it. */
function licenses() {
  const file = join(work, "LICENSES.txt");
  go(["run", "./hub/licenses/collect", "./wasm/cmd/sdk", file, "js", "wasm"]);
  const changed = `These are of sdk.wasm, and of worker.js, which has Go's wasm_exec.js within. Of
github.com/hack-pad/safejs, fmt and the stack traces were taken out.

`;
  return Buffer.from(changed + readFileSync(file, "utf8"));
}

/** Checks and writes the types, unless no source has changed since. */
function types() {
  const out = join(work, "types");
  const sources = readdirSync(join(here, "src")).map((name) => join(here, "src", name));
  const inputs = [join(here, "tsconfig.json"), join(here, "package-lock.json"), ...sources];
  const stamp = digest(inputs.map((file) => digest(readFileSync(file))).join());
  const stampedAs = join(out, "stamp");
  if (!existsSync(stampedAs) || readFileSync(stampedAs, "utf8") !== stamp) {
    const done = step("*.d.ts: tsc");
    rmSync(out, { recursive: true, force: true });
    run(process.execPath, [join(here, "node_modules/typescript/bin/tsc"), "-p", here, "--outDir", out], "tsc");
    writeFileSync(stampedAs, stamp);
    done();
  }
  return publicTypes.map((name) => [`${name}.d.ts`, readFileSync(join(out, `${name}.d.ts`))]);
}

/** Writes what has changed since the last build, and its encodings, and removes what is no longer made. */
function writeAll(made) {
  const stamps = existsSync(stampFile) ? JSON.parse(readFileSync(stampFile, "utf8")) : {};
  const recipe = digest(readFileSync(fileURLToPath(import.meta.url)));
  const expected = new Set(foreign);
  for (const [name, bytes] of made) {
    // Browsers do not fetch types.
    const outputs = name.endsWith(".d.ts") ? [name] : [name, `${name}.gz`, `${name}.br`];
    for (const output of outputs) expected.add(output);
    const stamp = `${recipe} ${digest(bytes)}`;
    if (stamps[name] === stamp && outputs.every((output) => intact(output, bytes))) continue;
    const done = bytes.length > 1e6 ? step(`${name}: gzip, brotli (some ten seconds)`) : () => {};
    for (const output of outputs) write(output, encode(output, bytes));
    stamps[name] = stamp;
    writeFileSync(stampFile, JSON.stringify(stamps, null, 2));
    done();
  }
  for (const name of readdirSync(dist)) {
    if (!expected.has(name)) rmSync(join(dist, name), { recursive: true });
  }
}

/** Whether an output on disk is what bytes make. Unpacking is quick, packing is not. */
function intact(output, bytes) {
  const file = join(dist, output);
  if (!existsSync(file)) return false;
  const found = readFileSync(file);
  try {
    if (output.endsWith(".br")) return brotliDecompressSync(found).equals(bytes);
    if (output.endsWith(".gz")) return gunzipSync(found).equals(bytes);
  } catch {
    return false;
  }
  return found.equals(bytes);
}

function encode(output, bytes) {
  if (output.endsWith(".gz")) return gzipSync(bytes, { level: 9 });
  if (!output.endsWith(".br")) return bytes;
  return brotliCompressSync(bytes, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: 11,
      [constants.BROTLI_PARAM_LGWIN]: 24,
      [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
    },
  });
}

/** Renames into place: a server or compiler reading dist meanwhile never sees half a file. */
function write(name, bytes) {
  const temporary = join(work, `${name}.${process.pid}.tmp`);
  writeFileSync(temporary, bytes);
  renameSync(temporary, join(dist, name));
}

function table(names) {
  const size = (name) => readFileSync(join(dist, name)).length;
  const row = (name, ...cells) => console.log(name.padEnd(16) + cells.map((cell) => cell.toLocaleString("en").padStart(11)).join(""));
  console.log();
  row("bytes", "raw", "gzip -9", "brotli -11");
  for (const name of names) {
    if (/\.(js|wasm)$/.test(name)) row(name, size(name), size(`${name}.gz`), size(`${name}.br`));
  }
}

function digest(bytes) {
  return createHash("sha256").update(bytes).digest("hex");
}
