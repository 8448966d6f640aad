// The hooks in a real React, in StrictMode, against the real hub.
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { hubPath, openRecorded, publish, quiet, receives, startBench, startPages } from "./pages.mjs";
import { Project, tool } from "./workshop.mjs";
import { until } from "../until.mjs";

const topic = (name) => `https://example.com/react/${name}`;
const app = `
import { StrictMode, useState } from "react";
import { createRoot } from "react-dom/client";
import { useMercure, useMercureEvent } from "amalgam-sdk/react";

window.renders = 0;
window.clients = new Set();
function Messages({ name, options }) {
  // A new object at each render, as people write it.
  const { client, status } = useMercure("${hubPath}?topic=${topic("")}" + name, { ...options });
  window.renders++;
  window.client = client;
  return <p id="status">{status.state}</p>;
}

// A client that only hands its events out, for the second hook.
window.stub = { handlers: new Set(), on(name, handler) { this.name = name; this.handlers.add(handler); return () => this.handlers.delete(handler); } };
function Listener({ client, name, as }) {
  useMercureEvent(client, name, (event) => (window.heard ??= []).push(as + " " + event.detail.text));
  return null;
}

function App() {
  const [props, set] = useState({ name: "a", options: { withCredentials: true } });
  window.show = (more) => set((now) => ({ ...now, ...more }));
  return <>
    {props.gone ? null : <Messages {...props} />}
    {props.as ? <Listener client={window.stub} name="chat" as={props.as} /> : null}
    {props.real ? <Listener client={window.client} name="new_message" as="real" /> : null}
  </>;
}
createRoot(document.querySelector("main")).render(<StrictMode><App /></StrictMode>);
`;

let bench, project, site, view;
before(async () => {
  bench = await startBench();
  project = new Project();
  project.write({
    "app/index.html": `<!doctype html><title>app</title><link rel="icon" href="data:,"><main></main><script type="module" src="main.js"></script>`,
    "src/app.jsx": app,
  });
  const { build } = await tool("esbuild");
  await build({
    absWorkingDir: project.path(),
    entryPoints: { main: "src/app.jsx" },
    outdir: "app",
    bundle: true,
    format: "esm",
    jsx: "automatic",
    define: { "process.env.NODE_ENV": '"development"' }, // StrictMode mounts twice in this one only
    logLevel: "silent",
  });
  for (const file of ["worker.js", "sdk.wasm"]) project.copy(`node_modules/amalgam-sdk/dist/${file}`, `app/${file}`);
});
after(async () => {
  project?.remove();
  await bench?.close();
});
beforeEach(async () => {
  site = await startPages(bench.hub, { folder: project.path("app"), policy: "" });
  view = await openRecorded(bench.browser, `${site.url}/`);
  await opened();
});
afterEach(async () => {
  await view?.close();
  await site?.close();
  view = site = undefined;
});

const opened = () => until("the page shows that it is open", () => view.page.$eval("#status", (p) => p.textContent === "open").catch(() => false));
const show = (props) => view.page.evaluate((props) => window.show(props), props);
const renders = () => view.page.evaluate(() => window.renders);
/** Keeps the client, to see later whether it is the same. */
const mark = () => view.page.evaluate(() => void (window.marked = window.client));
const same = () => view.page.evaluate(() => window.marked === window.client);
/** Resolves when what React was told is on the page and its effects have run. */
const settled = () => view.page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve))));

test("StrictMode mounts twice and leaves one stream; events arrive; nothing is on the console", async () => {
  await site.subscribed(1);
  await receives(view, bench.hub, topic("a"));
  quiet(view);
});

test("events cause no render", async () => {
  await receives(view, bench.hub, topic("a"));
  const before = await renders();
  for (let n = 0; n < 5; n++) await publish(bench.hub, topic("a"));
  await until("six events", () => view.page.evaluate(() => window.seen.length === 6));
  await settled();
  assert.equal(await renders(), before);
});

test("another render with the same values keeps the client; so do getToken and lastEventId", async () => {
  await mark();
  const { opened } = site;
  const before = await renders();
  await view.page.evaluate(() => window.show({ options: { withCredentials: true, lastEventId: "urn:uuid:00000000-0000-4000-8000-000000000000" } }));
  await until("a render", async () => (await renders()) > before);
  await settled();
  assert.equal(await same(), true);
  assert.equal(site.opened, opened);
});

test("a getToken of another render is the same option; one that was not there before is not", async () => {
  await view.page.evaluate(() => window.show({ options: { getToken: () => undefined } }));
  await until("a client with getToken", async () => ((await settled()), view.page.evaluate(() => document.querySelector("#status").textContent === "open")));
  await mark();
  const before = await renders();
  await view.page.evaluate(() => window.show({ options: { getToken: () => "" } }));
  await until("a render", async () => (await renders()) > before);
  await settled();
  assert.equal(await same(), true);
});

test("another URL closes the stream and opens another", async () => {
  await mark();
  await show({ name: "b" });
  await until("another client", async () => !(await same()));
  await opened();
  await site.subscribed(1);
  await receives(view, bench.hub, topic("b"));
});

test("another value of an option makes another client", async () => {
  await mark();
  await show({ options: { withCredentials: false } });
  await until("another client", async () => !(await same()));
  await opened();
  await site.subscribed(1);
});

test("unmounting closes the stream", async () => {
  await site.subscribed(1);
  await show({ gone: true });
  await site.subscribed(0);
  assert.equal(await view.page.evaluate(() => window.client.state), "closed");
});

test("useMercureEvent listens once, calls the handler last rendered, and stops", async () => {
  const hand = (text) => (window.stub.handlers.forEach((handler) => handler({ detail: { text } })), window.heard);
  const heard = (text) => view.page.evaluate(hand, text);
  const handlers = (n) => until(`${n} handlers`, () => view.page.evaluate((n) => window.stub.handlers.size === n, n));
  await show({ as: "first" });
  await handlers(1);
  assert.deepEqual(await heard(1), ["first 1"]);
  await show({ as: "second" });
  await settled();
  assert.deepEqual(await heard(2), ["first 1", "second 2"]);
  assert.equal(await view.page.evaluate(() => window.stub.name), "chat");
  await show({ as: "" });
  await handlers(0);
});

test("useMercureEvent hears the events of a real client", async () => {
  await show({ real: true });
  await settled();
  const text = await publish(bench.hub, topic("a"));
  await until("the event in the handler, once", async () => (await view.page.evaluate(() => window.heard ?? [])).join() === `real ${text}`);
});

test("rendered on a server it is idle and asks nobody", async () => {
  project.write({
    "server.jsx": `
      import { renderToString } from "react-dom/server";
      import { useMercure } from "amalgam-sdk/react";
      globalThis.fetch = () => { throw new Error("fetched"); };
      function Page() { return <p>{useMercure("/.well-known/mercure?topic=a").status.state}</p>; }
      console.log(renderToString(<Page />));
    `,
  });
  const { build } = await tool("esbuild");
  await build({ absWorkingDir: project.path(), entryPoints: ["server.jsx"], outfile: "server.mjs", jsx: "automatic", logLevel: "silent" });
  assert.equal(project.run(process.execPath, ["server.mjs"]).trim(), "<p>idle</p>");
});
