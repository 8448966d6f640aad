// What the loader says when the module cannot be had, and what it makes do with.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { internals } from "./internals.mjs";
import { dist, sendFile, startSite } from "./site.mjs";

let site, Program, withGlobals;

const send = (status, type, body) => (_request, response) => {
  response.writeHead(status, type ? { "Content-Type": type } : {});
  response.end(body);
};

before(async () => {
  ({ Program, withGlobals } = await internals("program", "globals"));
  const module = readFileSync(dist + "sdk.wasm");
  site = await startSite({
    routes: {
      "/forbidden": send(403, "text/plain", "no"),
      "/spa": send(200, "text/html; charset=utf-8", "<!doctype html><title>app</title>"),
      "/disguised": send(200, "application/octet-stream", "\n <!DOCTYPE HTML><p>proxy error"),
      "/garbage": send(200, "application/wasm", "not a module at all"),
      "/garbage-as-bytes": send(200, "application/octet-stream", Buffer.from([1, 2, 3, 4])),
      "/empty": send(200, "application/octet-stream", ""),
      "/cut": send(200, "application/wasm", module.subarray(0, 100_000)),
      // (module (import "gojs" "runtime.fromTheFuture" (func)))
      "/other-toolchain": send(200, "application/wasm", wasm([1, [1, 0x60, 0, 0]], [2, [1, ...name("gojs"), ...name("runtime.fromTheFuture"), 0, 0]])),
      "/no-exports": send(200, "application/wasm", wasm()),
      "/octets": (_request, response) => sendFile(response, "sdk.wasm", "application/octet-stream"),
      "/parameters": (_request, response) => sendFile(response, "sdk.wasm", "application/wasm; charset=utf-8"),
      "/untyped": send(200, "", module),
      "/breaks-off": (_request, response) => {
        response.writeHead(200, { "Content-Type": "application/wasm", "Content-Length": module.length });
        response.write(module.subarray(0, 1000), () => response.destroy());
      },
      "/stalls": (_request, response) => {
        response.writeHead(200, { "Content-Type": "application/wasm", "Content-Length": module.length });
        response.write(module.subarray(0, 1000));
      },
      "/mute": () => {},
    },
  });
});
after(() => site?.close());

function name(text) {
  return [text.length, ...Buffer.from(text)];
}

function wasm(...sections) {
  return Buffer.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, ...sections.flatMap(([id, body]) => [id, body.length, ...body])]);
}

/** Starts the module at path; returns how that went: "ready", or the error. */
async function start(path) {
  let serving = false;
  try {
    await Program.start(new URL(path, site.url), { ready: () => (serving = true) }, () => {});
  } catch (error) {
    assert.equal(error.name, "MercureError", String(error.stack));
    return error;
  }
  assert.ok(serving);
  return "ready";
}

for (const [title, path, code, ...patterns] of [
  ["a missing file is named", "/sdk/missing.wasm", "not-found", /\/sdk\/missing\.wasm/, /404/, /option wasm/],
  ["another status is told", "/forbidden", "http", /\/forbidden/, /403/],
  ["a web page in its place is recognised by its type", "/spa", "html", /text\/html; charset=utf-8/, /fallback/, /\/spa/],
  ["a web page in its place is recognised by its beginning", "/disguised", "html", /application\/octet-stream/],
  ["garbage sent as wasm is told", "/garbage", "not-wasm", /\/garbage/, /same version/],
  ["garbage sent as bytes is told", "/garbage-as-bytes", "not-wasm", /01 02 03 04/],
  ["an empty file is told", "/empty", "not-wasm", /nothing/],
  ["half a module is told", "/cut", "not-wasm", /damaged/],
  ["a module of another toolchain is told", "/other-toolchain", "version", /runtime\.fromTheFuture/, /same version/],
  ["a module that is not ours is told", "/no-exports", "version", /amalgam\/wasm/],
  ["a download that breaks off is told", "/breaks-off", "network", /\/breaks-off/],
]) {
  test(title, async () => {
    const error = await start(path);
    assert.equal(error.code, code, String(error));
    for (const pattern of patterns) assert.match(error.message, pattern);
  });
}

for (const [title, path, pattern] of [
  ["a download that stands still", "/stalls", /broke off.*timeout/],
  ["a server that takes the request and says nothing", "/mute", /no answer.*timeout/],
]) {
  test(`${title} is given up in the end`, { timeout: 20_000 }, async (t) => {
    const { timeout } = AbortSignal;
    const limits = [];
    t.mock.method(AbortSignal, "timeout", (ms) => (limits.push(ms), timeout.call(AbortSignal, 100)));
    const error = await start(path);
    assert.deepEqual([error.code, limits], ["network", [300_000]]);
    assert.match(error.message, pattern);
  });
}

for (const [title, path] of [
  ["the right type", "/sdk/sdk.wasm"],
  ["the wrong type", "/octets"],
  ["a type with parameters", "/parameters"],
  ["no type", "/untyped"],
]) {
  test(`a module served with ${title} runs`, async () => assert.equal(await start(path), "ready"));
}

test("a server that does not answer is told as network", async () => {
  const gone = await startSite();
  await gone.close();
  const error = await Program.start(new URL(`${gone.url}/sdk.wasm`), {}, () => {}).catch((error) => error);
  assert.equal(error.code, "network");
  assert.match(error.message, new RegExp(`${gone.url}/sdk\\.wasm`));
  assert.match(error.message, /connect-src/);
});

test("without WebAssembly the reason is told", async () => {
  const kept = globalThis.WebAssembly;
  delete globalThis.WebAssembly;
  try {
    const error = await start("/sdk/sdk.wasm");
    assert.equal(error.code, "no-wasm");
    assert.match(error.message, /no WebAssembly/);
  } finally {
    globalThis.WebAssembly = kept;
  }
});

test("where a policy forbids compiling, nothing is fetched and the remedy is named", async () => {
  const { Module } = WebAssembly;
  WebAssembly.Module = class {
    constructor() {
      throw new WebAssembly.CompileError("refused");
    }
  };
  try {
    const before = site.requests.length;
    const error = await start("/sdk/sdk.wasm");
    assert.equal(error.code, "csp");
    assert.match(error.message, /'wasm-unsafe-eval'/);
    assert.equal(site.requests.length, before);
  } finally {
    WebAssembly.Module = Module;
  }
});

test("globals are lent and put back, also when the call throws", () => {
  globalThis.lentOld = 1;
  Object.defineProperty(globalThis, "lentFixed", { value: 2, writable: true, configurable: false });
  const names = { lentOld: "a", lentFixed: "b", lentNew: "c" };
  const inside = withGlobals(names, () => [globalThis.lentOld, globalThis.lentFixed, globalThis.lentNew]);
  assert.deepEqual(inside, ["a", "b", "c"]);
  assert.throws(() => withGlobals(names, () => { throw new Error("thrown"); }), /thrown/);
  assert.deepEqual([globalThis.lentOld, globalThis.lentFixed, "lentNew" in globalThis], [1, 2, false]);
  delete globalThis.lentOld;
});

test("starting the module changes no global in Node either", async () => {
  const names = () => Object.getOwnPropertyNames(globalThis).sort();
  const [before, { process }] = [names(), globalThis];
  assert.equal(await start("/sdk/sdk.wasm"), "ready");
  assert.deepEqual(names(), before);
  assert.equal(globalThis.process, process);
});
