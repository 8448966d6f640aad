// Every example of docs/sdk.md is run, and its tables name everything there is.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { writeInn } from "../inn.mjs";
import { sendFile } from "../site.mjs";
import { until } from "../until.mjs";
import { startHub } from "../browser/hub.mjs";
import { Application, topic } from "./docpages.mjs";
import { members, read } from "./fences.mjs";
import { startOpenHub } from "./openhub.mjs";
import { receives, startBench } from "./pages.mjs";
import { command, jsdist, Project, tool } from "./workshop.mjs";

const sections = read(join(jsdist, "../docs/sdk.md"));
const news = "https://example.com/users/42/news";
const room = (n) => `https://example.com/rooms/${n}`;

let bench, project, app;
before(async () => {
  bench = await startBench();
  project = new Project();
  const main = `import MercureClient from "amalgam-sdk";\nwindow.client = new MercureClient("/.well-known/mercure?topic=${topic}").build();\n`;
  project.write({ "src/main.js": main, "index.html": '<!doctype html><link rel="icon" href="data:,"><script type="module" src="/src/main.js"></script>' });
});
after(async () => {
  project?.remove();
  await bench?.close();
});
beforeEach(() => (app = new Application(bench)));
afterEach(() => app.close());

/** Runs an example of a shell in the user's project. */
function shell(text, env = {}) {
  const path = [dirname(command("esbuild")), join(dirname(command("esbuild")), "../../.bin"), process.env.PATH].join(":");
  const { error, status, stdout, stderr } = spawnSync("bash", ["-euc", text], {
    cwd: project.path(),
    env: { ...process.env, NODE_PATH: "", ...env, PATH: path },
    encoding: "utf8",
    timeout: 60_000,
  });
  assert.ifError(error);
  assert.equal(status, 0, `${text}\n${stdout}${stderr}`);
}

/** Opens an example in JavaScript that logs the text of what arrives, and sees one arrive. */
async function logs(code, { to = topic, more = {}, as = (text) => `log: ${text}`, ...options } = {}) {
  await app.open({ code, ...options });
  await app.said(as(await app.say(to, more)));
}

const checks = {
  async "Quick start"([start, html, curl, install]) {
    let hub;
    const page = (_, response) => {
      response.writeHead(200, { "Content-Type": "text/html" });
      response.end(html.use().replace("const client = ", "const client = globalThis.client = ").replaceAll("http://localhost:3000", hub.origin));
    };
    await app.open({ html: "<!doctype html>", routes: { "/page": page }, opened: false });
    const [, directives, rest] = /^export .*_KEY=.*_KEY=.*\nexport MERCURE_EXTRA_DIRECTIVES='\n([^']*)'\n(.*)\n$/.exec(start.use());
    assert.equal(rest, "amalgam run &");
    hub = await startHub({ directives: directives.replace("http://localhost:8000", app.site.url).split("\n") });
    try {
      await app.view.page.goto(`${app.site.url}/page`, { timeout: 30_000 });
      await app.opened();
      const amalgam = `amalgam() { ${join(jsdist, "../bin/amalgam")} "$@"; }\n`;
      shell(amalgam + curl.use().replaceAll("http://localhost:3000", hub.origin), { MERCURE_PUBLISHER_JWT_KEY: hub.key("publisher") });
      await until("the message is in the page", () => app.view.page.$eval("#messages li", (li) => li.textContent === "Hello").catch(() => false));
      await app.say(topic, { data: '{"id":"2"}' }, hub);
      await app.said(/^warn: new_message/);
    } finally {
      await app.view.close();
      app.view = undefined;
      await hub.close();
    }
    assert.equal(install.use().trim(), `npm install ${JSON.parse(readFileSync(join(jsdist, "package.json"), "utf8")).name}`);
  },

  async "The client"([js]) {
    await app.open({ code: js.use() });
    await app.said(/^log: (connecting|open)$/);
    const text = await app.say();
    await app.said(new RegExp(`^log: ${text} urn:uuid:[\\w-]+ true$`));
    await app.view.page.evaluate(() => void (globalThis.next = new Promise((resolve) => globalThis.client.on("new_message", ({ detail }) => resolve(detail.text)))));
    const second = await app.say();
    assert.equal(await app.view.page.evaluate(() => globalThis.next), second);
    assert.ok(!app.view.log.some((line) => line.includes(second)), "the handler was stopped");
  },

  async "Events on the client"([js]) {
    await app.open({ code: js.use() });
    await app.said(/^log: connecting → open/);
    await app.say(topic, { data: '{"id":"2"}' });
    await app.said(/^log: new_message \S* \S/);
    await app.view.page.evaluate(() => globalThis.client.dispatchEvent(new CustomEvent("error", { detail: { code: "panic", message: "once" } })));
    await app.said("log: panic once");
    await Promise.all([
      app.view.page.waitForNavigation({ timeout: 10_000 }),
      app.view.page.evaluate(() => globalThis.client.dispatchEvent(new CustomEvent("gap", { detail: {} }))),
    ]);
  },

  async "A cookie"([http, js]) {
    const [name, value] = http.use().trim().split(": ");
    const cookie = { [name]: value.replace("<token>", bench.hub.subscriberToken(news)) };
    await logs(`const client = new MercureClient("/.well-known/mercure?topic=${news}"); client.on("new_message", ({ detail }) => console.log(detail.text)); client.build();`, {
      to: news,
      more: { private: "on" },
      headers: cookie,
    });
    await app.close();
    app = new Application(bench);
    const session = (_, response) => (response.writeHead(204, cookie), response.end());
    await app.open({ code: js.use(), routes: { "/session": session } });
    await app.say(news, { private: "on" });
    await until("the private message", () => app.view.page.evaluate(() => window.seen.length === 1));
  },

  async "A bearer token"([js]) {
    await app.open({ code: js.use() });
    await app.say(news, { private: "on" });
    await until("the private message", () => app.view.page.evaluate(() => window.seen.length === 1));
  },

  async "Another origin"([directive, html]) {
    let hub;
    // The hub has to know the page's origin before it starts, and the page the hub's.
    const page = (_, response) => {
      response.writeHead(200, { "Content-Type": "text/html" });
      response.end(html.use().replace("const client = ", "const client = globalThis.client = ").replaceAll("https://hub.example", hub.origin));
    };
    await app.open({ html: "<!doctype html>", routes: { "/page": page }, opened: false });
    hub = await startOpenHub({ directives: ["anonymous", directive.use().replace("https://app.example", app.site.url)] });
    try {
      await app.view.page.goto(`${app.site.url}/page`, { timeout: 30_000 });
      await app.opened();
      assert.equal(app.view.page.workers().length, 1, "in a worker");
      await app.said(`log: ${await app.say(topic, {}, hub)}`);
    } finally {
      await app.view.close();
      app.view = undefined;
      await hub.close();
    }
  },

  async "Policies and hashes"([http, html]) {
    const policy = http.use().trim().replace("Content-Security-Policy: ", "");
    await app.open({ policy, policyOnAll: true, opened: false });
    await app.view.page.evaluate(async (topic) => {
      const { default: MercureClient } = await import("/sdk/index.js");
      window.client = new MercureClient(`/.well-known/mercure?topic=${topic}`).build();
    }, topic);
    await app.opened();
    await receives(app.view, bench.hub, topic);
    assert.equal(app.view.page.workers().length, 1);
    assert.deepEqual(app.view.log, []);

    const hashes = JSON.parse(readFileSync(join(jsdist, "dist/integrity.json"), "utf8"));
    const page = html.use();
    for (const [file, works] of [["index.js", true], ["dom.js", false]]) {
      await app.close();
      app = new Application(bench);
      await app.open({ html: page.replace("sha384-…", hashes[file]), opened: works });
      if (works) await app.said(`log: ${await app.say()}`);
      else await app.said(/^error: .*integrity/i);
    }
  },

  async "Where WebAssembly is blocked"([js]) {
    const policy = "script-src 'self' 'unsafe-inline'";
    await logs(js.use(), { policy, policyOnAll: true, as: (text) => `log: ${text}: undefined` });
    assert.equal(app.view.log.filter((line) => line.startsWith("warn")).length, 1, app.view.log.join("\n"));
  },

  async "Schemas of your own"([directive, given, js]) {
    const file = project.path("schema.json");
    project.write({ "schema.json": given.use() });
    const hub = await startHub({ directives: ["anonymous", "stop_spread 0s", directive.use().trim().replace("/etc/amalgam/schema.json", file).replace("enforce", "warn")] });
    try {
      app = new Application({ ...bench, hub });
      await app.open({ code: js.use() });
      for (const total of [0, 3]) await hub.publish({ topic: "https://example.com/orders", type: "order", data: JSON.stringify({ total }) });
      await app.said("log: /total must be at least 1");
      await app.said("log: 3");
    } finally {
      await app.close();
      app = new Application(bench);
      await hub.close();
    }
  },

  async "A module of your own"([go, build, js]) {
    const inn = writeInn();
    try {
      mkdirSync(join(inn.folder, dirname(go.name)), { recursive: true });
      writeFileSync(join(inn.folder, go.name), go.use());
      const [command, ...args] = build.use().trim().split(" ");
      assert.equal(command, "amalgam");
      const { status, err } = await inn.amalgam(...args);
      assert.equal(status, 0, err);
      await app.open({ code: js.use(), routes: { "/sdk.wasm": (_request, response) => sendFile(response, "sdk.wasm", undefined, join(inn.folder, "public")) } });
      for (const stay of [{ from: 5, until: 4 }, { from: 0, until: 4 }, { from: 1, until: 2 }]) {
        await bench.hub.publish({ topic: "https://example.com/stays", type: "stay", data: JSON.stringify(stay) });
      }
      await app.said("log: /until must be after from");
      await app.said("log: /from must be at least 1");
      await app.said("log: 1 2");
      assert.equal(app.view.log.length, 3);
    } finally {
      inn.remove();
    }
  },

  async Vite([config]) {
    assert.equal(config.name, "vite.config.js");
    project.write({ [config.name]: config.use() });
    const { build } = await tool("vite");
    await build({ root: project.path(), logLevel: "error", build: { outDir: "vite" } });
    await app.open({ folder: project.path("vite") });
    await receives(app.view, bench.hub, topic);
  },

  async "webpack, esbuild, Rollup"(fences) {
    assert.deepEqual(fences.map(({ name }) => name), ["esbuild", "rollup"]);
    for (const fence of fences) {
      await app.close();
      app = new Application(bench);
      shell("rm -rf public && mkdir public");
      shell(fence.use());
      project.write({ "public/index.html": '<!doctype html><link rel="icon" href="data:,"><script type="module" src="main.js"></script>' });
      await app.open({ folder: project.path("public") });
      await receives(app.view, bench.hub, topic);
      assert.equal(app.view.page.workers().length, 1, "in a worker");
    }
  },

  async React([tsx]) {
    project.write({
      "src/Messages.tsx": tsx.use(),
      "src/react.jsx": `
        import { StrictMode } from "react";
        import { createRoot } from "react-dom/client";
        import { Messages } from "./Messages";
        createRoot(document.body).render(<StrictMode><Messages topic="${topic}" /></StrictMode>);`,
      "react/index.html": '<!doctype html><link rel="icon" href="data:,"><body></body><script type="module" src="react.js"></script>',
    });
    const { build } = await tool("esbuild");
    const define = { "process.env.NODE_ENV": '"development"' };
    await build({ absWorkingDir: project.path(), entryPoints: ["src/react.jsx"], outdir: "react", bundle: true, format: "esm", jsx: "automatic", define, logLevel: "silent" });
    for (const file of ["worker.js", "sdk.wasm"]) project.copy(`node_modules/amalgam-sdk/dist/${file}`, `react/${file}`);
    await app.open({ folder: project.path("react"), opened: false });
    await app.view.page.waitForSelector("ul[aria-busy=false]", { timeout: 10_000 });
    await app.site.subscribed(1);
    const text = await app.say();
    await until("the message, once", () => app.view.page.$$eval("li", (all, text) => all.length === 1 && all[0].textContent === text, text));
  },

  async "A Symfony page"([sh, twig]) {
    shell("rm -rf public");
    shell(sh.use());
    // What Symfony's extension makes of it: the public URL, a cookie, and escaping for JavaScript.
    const call = /\{\{ mercure\('([^']+)', \{ subscribe: '([^']+)' \}\)\|escape\('js'\) \}\}/;
    const template = twig.use();
    const [, follows, grants] = call.exec(template);
    const url = `/.well-known/mercure?topic=${encodeURIComponent(follows)}`;
    const escaped = url.replace(/[^\w,.]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);
    const cookie = `mercureAuthorization=${bench.hub.subscriberToken(grants)}; path=/.well-known/mercure; httponly; samesite=strict`;
    await app.open({ html: `<!doctype html>${template.replace(call, () => escaped)}`, headers: { "Set-Cookie": cookie }, folder: project.path("public") });
    await app.said(`log: ${await app.say(follows, { private: "on" })}`);
  },

  TypeScript([ts]) {
    const [tsx] = sections.get("React").fences;
    project.write({ "types/page.ts": ts.use(), "types/Messages.tsx": tsx.use() });
    for (const [resolution, module] of [["nodenext", "nodenext"], ["bundler", "esnext"]]) {
      const compilerOptions = {
        strict: true,
        exactOptionalPropertyTypes: true,
        noEmit: true,
        target: "es2022",
        jsx: "react-jsx",
        lib: ["es2022", "dom", "dom.iterable"],
        types: [],
        skipLibCheck: resolution === "bundler", // once is enough
        module,
        moduleResolution: resolution,
      };
      project.write({ "types/tsconfig.json": JSON.stringify({ compilerOptions, include: ["."] }) });
      project.run(process.execPath, [join(jsdist, "node_modules/typescript/bin/tsc"), "-p", project.path("types")]);
    }
  },

  "On a server"([js]) {
    project.write({ [js.name]: js.use() });
    assert.equal(project.run(process.execPath, [js.name]), "idle\n");
  },

  async Topics([classic, draft1]) {
    await app.open({ code: classic.use() });
    const chat = (n) => app.say(room(n), { type: "chat", data: JSON.stringify({ id: "1", room: `r${n}`, from: { id: "u", name: "Ann" }, text: "hi", sentAt: "2026-01-02T03:04:05Z" }) });
    await chat(1);
    await chat(2);
    await app.said("log: r2 hi");
    assert.ok(!app.view.log.includes("log: r1 hi"), "nothing of a topic that is followed no more");
    await app.close();
    app = new Application(bench);
    await logs(draft1.use());
    await app.said(`log: ${await app.say(room(7))}`);
  },

  async Publish([js]) {
    await app.open({ code: js.use(), opened: false });
    await app.said(/^log: urn:uuid:/);
    await app.said(/^log: invalid \S/);
  },

  async Presence([js]) {
    await app.open({ code: js.use(), opened: false });
    await app.said("log: 0 here");
    const other = new Application(bench);
    try {
      await other.open({ code: `const client = new MercureClient("/.well-known/mercure?topic=${topic}"); client.build();` });
      await app.said("log: 1 here");
    } finally {
      await other.close();
    }
    await until("it has gone", () => app.view.log.filter((line) => line === "log: 0 here").length === 2);
  },

  async "A loop over events"([js]) {
    await app.open({ code: js.use() });
    await app.said(`log: mercure-new_message ${await app.say()}`);
    await app.say(topic, { data: JSON.stringify({ id: "1", conversation: "c", from: { id: "u", name: "Ann" }, text: "bye", sentAt: "2026-01-02T03:04:05Z" }) });
    await app.said("log: over");
  },

  async "One connection for all tabs"([js]) {
    await app.open({ code: js.use() });
    const tab = await app.view.page.browserContext().newPage();
    const heard = [];
    tab.on("console", (line) => heard.push(line.text()));
    await tab.goto(app.site.url, { timeout: 30_000 });
    await app.opened(tab);
    await app.site.subscribed(1);
    const text = await app.say();
    await app.said(`log: ${text}`);
    await until("the other tab hears it", () => heard.includes(text));
    assert.equal(app.site.opened, 1, "one stream for both");
  },

  async Discovery([js]) {
    const self = "https://example.com/articles/1";
    const id = await bench.hub.publish({ topic: self, data: '"before"' });
    await bench.hub.publish({ topic: self, data: '"after"' });
    const article = (_, response) => {
      response.writeHead(200, { Link: [`</.well-known/mercure>; rel="mercure"; last-event-id="${id}"`, `<${self}>; rel="self"`] });
      response.end();
    };
    await app.open({ code: js.use(), routes: { "/articles/1": article } });
    await app.said("log: after");
    assert.ok(!app.view.log.includes("log: before"));
  },

  async "The browser's EventSource"([js]) {
    await app.open({ code: js.use() });
    await bench.hub.publish({ topic: "https://example.com/orders", type: "order_shipped", data: '{"order":"o1"}' });
    await app.said("log: o1");
  },

  async History([js]) {
    const text = await app.say();
    await app.open({ code: js.use() });
    await app.said(`log: ${text}`);
  },
};

for (const [heading, check] of Object.entries(checks)) {
  test(heading, () => check(sections.get(heading)?.fences ?? assert.fail(`docs/sdk.md has no "${heading}"`)));
}

const source = (name) => readFileSync(join(jsdist, "src", name), "utf8");
for (const [heading, file, type] of [
  ["Options", "types.ts", "MercureClientOptions"],
  ["Events on the client", "types.ts", "ClientEventMap"],
  ["Failures", "errors.ts", "MercureErrorCode"],
]) {
  test(`the table of ${heading} names each member of ${type}, and no other`, () => {
    const named = sections.get(heading).rows;
    assert.ok(named.length > 5, named.join());
    assert.deepEqual([...named].sort(), members(source(file), type).sort());
  });
}

test("the table of the client's members names each public one", () => {
  const found = [...source("client.ts").matchAll(/^ {2}(?:static |readonly |get |async \*?|override )*(\w+)(?:<.*?>)?[(:]/gm)].map(([, name]) => name);
  const hidden = ["constructor", "addEventListener", "removeEventListener", "judge", "wasm", "engines", "id", "link", "abort", "promise", "resolve", "reject"];
  const members = new Set(found.filter((name) => !hidden.includes(name)));
  const named = sections.get("The client").rows.map((name) => name.replace("MercureClient.", ""));
  assert.deepEqual([...new Set(named)].sort(), [...members].sort());
});

test("each example of docs/sdk.md was run", () => {
  const idle = [...sections].flatMap(([heading, { fences }]) => fences.filter(({ used }) => !used).map(({ language }) => `${heading}: ${language}`));
  assert.deepEqual(idle, []);
});
