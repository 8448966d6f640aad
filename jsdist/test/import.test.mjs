// The built package where there is no browser: on a server, or in a build.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL("..", import.meta.url));

/** Runs code as a module in a Node of its own. */
function node(code, ...args) {
  const result = spawnSync(process.execPath, [...args, "--input-type=module", "--eval", code], { cwd: here, encoding: "utf8", timeout: 30_000 });
  return { status: result.status, out: result.stdout.trim(), err: result.stderr.trim() };
}

test("import by its name adds no global, prints nothing and keeps nothing running", () => {
  const { status, out, err } = node(`
    const before = new Set(Reflect.ownKeys(globalThis));
    const sdk = await import("amalgam-sdk");
    await import("amalgam-sdk/dom");
    console.log(Object.keys(sdk).sort().join(), sdk.default === sdk.MercureClient);
    console.log(Reflect.ownKeys(globalThis).filter((key) => !before.has(key)).length);
  `);
  assert.deepEqual({ status, out, err }, { status: 0, out: "MercureClient,MercureError,default true\n0", err: "" });
});

test("import works where there is no EventTarget", () => {
  const { status, err } = node(`delete globalThis.EventTarget; delete globalThis.CustomEvent; await import("amalgam-sdk");`);
  assert.deepEqual({ status, err }, { status: 0, err: "" });
});

test("a client can be made on a server; build() says that it needs a browser", () => {
  const { status, out, err } = node(`
    import MercureClient from "amalgam-sdk";
    const client = new MercureClient("/.well-known/mercure?topic=a");
    console.log(client.state, client.url);
    const error = await client.build().ready.catch((error) => error);
    console.log(error.name, error.code, client.state);
    client.close();
  `);
  assert.deepEqual({ status, out, err }, { status: 0, out: "idle /.well-known/mercure?topic=a\nMercureError unsupported closed", err: "" });
});

test("without anybody listening, the reason is on the console and the process goes on", () => {
  const { status, out, err } = node(`
    import MercureClient from "amalgam-sdk";
    new MercureClient("https://example.com/").build();
    setTimeout(() => console.log("still here"), 50);
  `);
  assert.equal(status, 0);
  assert.equal(out, "still here");
  assert.match(err, /^MercureClient: The SDK connects from a page/);
});

test("a client without a usable URL is refused when it is made", () => {
  const { out } = node(`
    import MercureClient from "amalgam-sdk";
    for (const url of [undefined, "", null]) {
      try { new MercureClient(url); console.log("made"); } catch ({ code }) { console.log(code); }
    }
  `);
  assert.equal(out, "url\nurl\nurl");
});

test("the package names its module in the one way that bundlers understand", () => {
  const code = readFileSync(new URL("../dist/index.js", import.meta.url), "utf8");
  assert.ok(code.includes('new URL("./sdk.wasm",import.meta.url)'));
});

test("the lock file names no registry", () => {
  const lock = readFileSync(new URL("../package-lock.json", import.meta.url), "utf8");
  assert.ok(!lock.includes('"resolved"'));
});
