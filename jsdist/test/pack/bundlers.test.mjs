// The packed package in the bundlers that users have: each builds the same
// application, and a browser that opens it sees an event arrive.
import { after, afterEach, before, beforeEach, test } from "node:test";
import assert from "node:assert/strict";
import { cpSync, readdirSync } from "node:fs";
import { hubPath, openRecorded, quiet, receives, startBench, startPages, topic } from "./pages.mjs";
import { Project, tool } from "./workshop.mjs";
import { until } from "../until.mjs";

const main = `
import MercureClient from "amalgam-sdk";
window.MercureClient = MercureClient;
window.client = new MercureClient("${hubPath}?topic=${topic}");
window.client.build();
`;
const html = (script) => `<!doctype html><title>app</title><link rel="icon" href="data:,"><script type="module" src="${script}"></script>`;
/** A browser loads these by their URLs: a bundler that does not know of them has to be told to copy them. */
const beside = ["worker.js", "shared.js", "tabs.js", "prose.js", "eventsource.js", "sdk.wasm"];

let bench, project, site, view;
before(async () => {
  bench = await startBench();
  project = new Project();
  project.write({ "src/main.js": main, "index.html": html("/src/main.js") });
});
after(async () => {
  project?.remove();
  await bench?.close();
});
beforeEach(() => (site = view = undefined));
afterEach(async () => {
  await view?.close();
  await site?.close();
});

/** The page gets an event, from a worker, and finds every file. */
async function works(url) {
  view = await openRecorded(bench.browser, url);
  await until("the client is open", () => view.page.evaluate(() => window.client?.state === "open")).catch((error) => {
    throw new Error(`${error.message}; console: ${JSON.stringify(view.log)}; failed: ${JSON.stringify(view.failed)}`);
  });
  await receives(view, bench.hub);
  assert.equal(view.page.workers().length, 1, "the stream is in a worker");
  const tokens = { publisher: bench.hub.publisherToken(), subscriber: bench.hub.subscriberToken("*") };
  const [texts, there, fault] = await view.page.evaluate(lazily, { url: `${hubPath}?topic=${topic}`, topic, tokens });
  assert.deepEqual(texts, ["to all", "to all", "to all"]);
  assert.equal(fault, "not-wasm");
  assert.ok(there >= 1, `${there} subscriptions`);
  quiet(view);
}

/** What is loaded when it is used: one engine for all tabs, one in the page, EventSource, publish, presence, and words for failures. */
async function lazily({ url, topic, tokens }) {
  const { MercureClient } = window;
  const clients = [{ share: true }, { worker: false }, { source: "eventsource" }].map((options) => new MercureClient(url, { ...options, target: new EventTarget() }));
  const heard = clients.map(async (client) => {
    client.build();
    await new Promise((resolve) => client.addEventListener("open", resolve));
    return () => new Promise((resolve) => client.on("new_message", ({ detail }) => resolve(detail.text)));
  });
  const texts = (await Promise.all(heard)).map((hear) => hear());
  const data = { id: "1", conversation: "c", from: { id: "u1", name: "Ann" }, text: "to all", sentAt: "2026-01-02T03:04:05Z" };
  await new MercureClient(url, { token: tokens.publisher }).publish({ topics: topic, type: "new_message", data });
  const arrived = await Promise.all(texts);
  for (const client of clients) client.close(); // browsers open six connections to an origin
  const presence = await new MercureClient(url, { token: tokens.subscriber }).presence(topic);
  const { size } = presence.subscriptions;
  presence.close();
  const fault = await new MercureClient(url, { wasm: "data:application/wasm,none" }).build().ready.then(() => "", ({ code }) => code);
  return [arrived, size, fault];
}

async function serves(folder) {
  site = await startPages(bench.hub, { folder: project.path(folder), policy: "" });
  await works(`${site.url}/`);
}

/** What a build script does for bundlers that leave new URL(…, import.meta.url) as it is. */
function copyBeside(folder) {
  const dist = project.path("node_modules/amalgam-sdk/dist");
  for (const file of readdirSync(dist)) if (beside.includes(file)) cpSync(`${dist}/${file}`, project.path(folder, file));
}

const viteConfig = (cache, extra) => ({ root: project.path(), configFile: false, logLevel: "error", cacheDir: project.path("node_modules", cache), ...extra });

// Vite 8 needs no settings; 5 to 7 need those of the second row, which must do no harm in 8.
for (const [what, cache, settings] of [
  ["as it is", ".vite-plain", {}],
  ["with the settings that older ones need", ".vite-set", { optimizeDeps: { exclude: ["amalgam-sdk"] }, worker: { format: "es" } }],
]) {
  test(`Vite, ${what}: dev server`, async () => {
    const { createServer } = await tool("vite");
    const server = await createServer(viteConfig(cache, { ...settings, server: { host: "127.0.0.1", port: 0, proxy: { [hubPath]: bench.hub.origin } } }));
    try {
      await server.listen();
      await works(`http://127.0.0.1:${server.httpServer.address().port}/`);
    } finally {
      await view?.close();
      view = undefined;
      await server.close();
    }
  });

  test(`Vite, ${what}: build`, async () => {
    const { build } = await tool("vite");
    await build(viteConfig(cache, { ...settings, build: { outDir: cache.slice(1) } }));
    await serves(cache.slice(1));
  });
}

test("webpack 5", async () => {
  const { default: webpack } = await tool("webpack");
  const compiler = webpack({
    context: project.path(),
    mode: "production",
    entry: "./src/main.js",
    output: { path: project.path("webpack"), filename: "main.js", publicPath: "auto" },
  });
  const stats = await new Promise((resolve, reject) => compiler.run((error, stats) => (error ? reject(error) : resolve(stats))));
  await new Promise((resolve, reject) => compiler.close((error) => (error ? reject(error) : resolve())));
  assert.deepEqual(stats.compilation.errors.map(String), []);
  project.write({ "webpack/index.html": html("main.js") });
  await serves("webpack");
});

test("esbuild", async () => {
  const { build } = await tool("esbuild");
  await build({
    absWorkingDir: project.path(),
    entryPoints: ["src/main.js"],
    outdir: "esbuild",
    bundle: true,
    format: "esm",
    minify: true,
    logLevel: "silent",
  });
  copyBeside("esbuild");
  project.write({ "esbuild/index.html": html("main.js") });
  await serves("esbuild");
});

test("Rollup", async () => {
  const { rollup } = await tool("rollup");
  const { nodeResolve } = await tool("@rollup/plugin-node-resolve");
  const bundle = await rollup({ input: project.path("src/main.js"), plugins: [nodeResolve({ browser: true })] });
  await bundle.write({ dir: project.path("rollup"), format: "es" });
  await bundle.close();
  copyBeside("rollup");
  project.write({ "rollup/index.html": html("main.js") });
  await serves("rollup");
});

test("no bundler: the files as they are", async () => {
  cpSync(project.path("node_modules/amalgam-sdk/dist"), project.path("plain/amalgam"), { recursive: true });
  project.write({ "plain/index.html": html("main.js"), "plain/main.js": main.replace("amalgam-sdk", "./amalgam/index.js") });
  await serves("plain");
});
