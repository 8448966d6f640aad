// What is in the packed package, and that its package.json tells the truth.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { after, before, test } from "node:test";
import { command, jsdist, Project, tool } from "./workshop.mjs";

let project, root, manifest;
before(() => {
  project = new Project();
  root = project.path("node_modules/amalgam-sdk");
  manifest = JSON.parse(readFileSync(`${root}/package.json`, "utf8"));
});
after(() => project?.remove());

test("publint finds nothing", async () => {
  const { publint } = await tool("publint");
  const { formatMessage } = await tool("publint/utils");
  const { messages } = await publint({ pkgDir: root, strict: true, pack: false });
  const said = messages.map((message) => formatMessage(message, manifest, { color: false }));
  assert.deepEqual(said, []);
});

test("are the types wrong? finds nothing, in node16 and in bundlers", () => {
  // Those without types: a module, a list of hashes, the manifest. Without CommonJS: the package is of modules only.
  const untyped = ["./sdk.wasm", "./integrity.json", "./package.json"];
  const options = ["--profile", "esm-only", "--no-emoji", "--no-color", "--exclude-entrypoints", ...untyped];
  const out = project.run(process.execPath, [command("attw"), project.tarball, ...options]);
  for (const entry of Object.keys(manifest.exports)) {
    if (!untyped.includes(entry)) assert.ok(out.includes(`"${`amalgam-sdk/${entry.slice(2)}`.replace(/\/$/, "")}"`), `${entry} is in\n${out}`);
  }
});

test("every entry's files are there, and types before code", () => {
  for (const [entry, target] of Object.entries(manifest.exports)) {
    for (const file of typeof target === "string" ? [target] : Object.values(target)) assert.ok(existsSync(`${root}/${file}`), `${entry} → ${file}`);
    if (typeof target === "object") assert.equal(Object.keys(target)[0], "types", entry);
  }
});

test("it holds the README, the licenses, and nothing twice", () => {
  const files = readdirSync(root, { recursive: true }).map(String);
  for (const file of ["README.md", "dist/LICENSES.txt"]) assert.ok(files.includes(file), file);
  assert.deepEqual(files.filter((file) => /\.(br|gz|map|ts\.ts|mjs)$|NOT-BUILT|^dist\/README|^test|^src/.test(file)), []);
});

test("it passes on the license of each part of sdk.wasm", () => {
  const text = readFileSync(`${root}/dist/LICENSES.txt`, "utf8");
  const go = process.env.GO ?? "go";
  const env = { ...process.env, GOOS: "js", GOARCH: "wasm" };
  const list = ["list", "-deps", "-f", "{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}}{{end}}{{end}}", "amalgam/wasm/cmd/sdk"];
  const modules = new Set(execFileSync(go, list, { cwd: jsdist, env, encoding: "utf8" }).split("\n").filter(Boolean));
  assert.ok(modules.size > 0);
  for (const part of [...modules, "amalgam"]) assert.ok(text.includes(`\n${part}\n`), part);
  for (const words of ["\nGo go1.", "Copyright 2009 The Go Authors.", "Apache License", "MIT License", "github.com/hack-pad/safejs, fmt and the stack traces were taken out"]) {
    assert.ok(text.includes(words), words);
  }
});

test("it brings no dependency; React is asked for only where there is one", () => {
  assert.equal(manifest.dependencies, undefined);
  for (const peer of Object.keys(manifest.peerDependencies)) assert.equal(manifest.peerDependenciesMeta[peer]?.optional, true, peer);
});

test("integrity.json names each file that a browser runs, with its hash", () => {
  const hashes = JSON.parse(readFileSync(`${root}/dist/integrity.json`, "utf8"));
  const served = readdirSync(`${root}/dist`).filter((name) => /\.(js|wasm)$/.test(name));
  assert.deepEqual(Object.keys(hashes).sort(), served.sort());
  for (const name of served) {
    const hash = createHash("sha384").update(readFileSync(`${root}/dist/${name}`)).digest("base64");
    assert.equal(hashes[name], `sha384-${hash}`, name);
  }
});

test("Node imports every entry: nothing is printed, defined or kept running", () => {
  const entries = ["", "/dom", "/react", "/worker"].map((entry) => `amalgam-sdk${entry}`);
  project.write({
    "import.mjs": `
      import "react"; // React defines what it likes
      const before = new Set(Reflect.ownKeys(globalThis));
      for (const entry of ${JSON.stringify(entries)}) await import(entry);
      const added = Reflect.ownKeys(globalThis).filter((key) => !before.has(key));
      if (added.length > 0) console.log("globals", added);
    `,
  });
  assert.equal(project.run(process.execPath, ["import.mjs"]), "");
});

test("what the package's tests install is not the package's", () => {
  const own = JSON.parse(readFileSync(`${jsdist}/package.json`, "utf8")).devDependencies;
  const tests = JSON.parse(readFileSync(`${jsdist}/test/pack/package.json`, "utf8")).devDependencies;
  for (const name of ["vite", "webpack", "rollup", "publint", "react"]) {
    assert.equal(own[name], undefined, name);
    assert.match(tests[name], /^\d/, `${name} is pinned`);
  }
  assert.equal(tests.esbuild, own.esbuild, "one esbuild");
  assert.ok(!readFileSync(`${jsdist}/test/pack/package-lock.json`, "utf8").includes('"resolved"'), "the lock file names no registry");
});
