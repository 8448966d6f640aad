// Builds the npm package: the module, the loader, the types, and a brotli and
// gzip encoding beside each file. `npm run build` calls it, `make build` too.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, brotliDecompressSync, constants, gunzipSync, gzipSync } from "node:zlib";

const here = fileURLToPath(new URL(".", import.meta.url));
const root = join(here, "..");
const dist = join(here, "dist");
const work = join(root, ".build", "jsdist");
const stampFile = join(work, "stamps.json");

/** Files in dist that the build does not make and does not touch. */
const foreign = new Set(["NOT-BUILT.txt"]);
/** Which of the types users see; the others describe the inside. */
const publicTypes = ["index", "client", "errors", "types", "messages", "dom", "presence"];
/**
 * The scripts: index is what pages import, worker the engine, in a worker or in
 * the page; shared is the SharedWorker's; the others are loaded when they are
 * needed.
 */
const scripts = ["index", "dom", "worker", "more", "presence", "unchecked", "share", "shared", "tabs"];

await main();

async function main() {
  mkdirSync(work, { recursive: true });
  mkdirSync(dist, { recursive: true });
  const made = new Map(); // file name in dist → bytes
  made.set("sdk.wasm", buildModule());
  for (const [name, bytes] of await bundle()) made.set(name, bytes);
  for (const [name, bytes] of types()) made.set(name, bytes);
  made.set("LICENSES.txt", licenses());
  writeAll(made);
  table(made.keys());
}

/** Compiles the Go module. The toolchain keeps its own cache. */
function buildModule() {
  const done = step("sdk.wasm: go build");
  const out = join(work, "sdk.wasm");
  // No -buildvcs: a commit alone must not change the module.
  go(["build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o", out, "./wasm/cmd/sdk"], { GOOS: "js", GOARCH: "wasm" });
  done();
  return readFileSync(out);
}

/** Bundles and minifies the loader with the wasm_exec.js of the toolchain that compiled the module. */
async function bundle() {
  const done = step("index.js: esbuild");
  const { build } = await tool("esbuild");
  const goroot = go(["env", "GOROOT"]).trim();
  const source = readFileSync(join(goroot, "lib", "wasm", "wasm_exec.js"), "utf8");
  const wrapped = join(work, "wasm_exec.mjs");
  // As a function, so that importing it does nothing, and so that its bare `fs`
  // is the one it is given: the global is put back once it has started.
  writeFileSync(wrapped, `export default function (fs) {\n${source}\n}\n`);
  const result = await build({
    entryPoints: Object.fromEntries(scripts.map((name) => [name, join(here, `src/${name}.ts`)])),
    outdir: dist,
    bundle: true,
    external: scripts.map((name) => `./${name}.js`), // they import each other as files
    write: false,
    format: "esm",
    target: ["es2022"],
    minify: true,
    legalComments: "none",
    alias: { wasm_exec: wrapped },
    banner: { js: "/*! amalgam-sdk, MIT. Holds wasm_exec.js, Copyright 2018 The Go Authors, BSD-style license: see LICENSES.txt. */" },
    logLevel: "warning",
  });
  done();
  return result.outputFiles.map((file) => [relative(dist, file.path), Buffer.from(file.contents)]);
}

/** The licenses of what is compiled in ask to be passed on with it. */
function licenses() {
  const safejs = "github.com/hack-pad/safejs";
  const folders = {
    "amalgam-sdk": root,
    "Go: its runtime and standard library in sdk.wasm, wasm_exec.js in index.js": go(["env", "GOROOT"]).trim(),
    [`${safejs}, in sdk.wasm`]: go(["list", "-m", "-f", "{{.Dir}}", safejs]).trim(),
  };
  const text = (folder) => {
    const file = join(folder, "LICENSE");
    // Distributions keep Go's license elsewhere.
    return existsSync(file) ? readFileSync(file, "utf8").trim() : "BSD-style license: https://go.dev/LICENSE";
  };
  const texts = Object.entries(folders).map(([what, folder]) => `${what}\n\n${text(folder)}\n`);
  return Buffer.from(texts.join(`\n${"-".repeat(72)}\n\n`));
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
    run(process.execPath, [join(here, "node_modules/typescript/bin/tsc"), "-p", here, "--outDir", out], {}, "tsc");
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

function step(what) {
  const start = performance.now();
  process.stdout.write(`${what} … `);
  return () => console.log(`${((performance.now() - start) / 1000).toFixed(1)} s`);
}

function go(args, env = {}) {
  return run(process.env.GO ?? "go", args, env, "Go 1.26 or later (https://go.dev/dl/)");
}

/** Runs a tool in the repository's root and returns what it prints; ends the build when it fails. */
function run(command, args, env, what) {
  const result = spawnSync(command, args, { cwd: root, env: { ...process.env, ...env }, encoding: "utf8", timeout: 600_000 });
  if (result.error?.code === "ENOENT") fail(`${command} was not found; the build needs ${what}.`);
  if (result.error) fail(`${command}: ${result.error.message}`);
  if (result.status !== 0) fail(`${command} ${args.join(" ")}\n${result.stdout}${result.stderr}`);
  return result.stdout;
}

async function tool(name) {
  try {
    return await import(name);
  } catch {
    fail(`${name} is not installed; run npm ci in ${here}.`);
  }
}

function fail(message) {
  console.error(`\n${message}`);
  process.exit(1);
}
