// demo/symfony on the real binary: PHP publishes with symfony/mercure, its
// cookie opens the stream, and Chromium shows what arrives.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "./child.mjs";
import { launch, openPage, until } from "./harness.mjs";
import { sign, startHub } from "./hub.mjs";
import { environment, php, skip, startSymfony } from "./symfony.mjs";

const reason = skip();
let folder, hub, app, chromium;

before(async () => {
  if (reason) return;
  folder = mkdtempSync(join(tmpdir(), "amalgam-symfony-"));
  const schema = join(folder, "schema.json");
  writeFileSync(schema, /`([^]*)`/.exec(readFileSync(new URL("../../../payload/messages/schema/document.go", import.meta.url), "utf8"))[1]);
  const port = await freePort();
  const directives = ["anonymous", "subscriptions", "stop_spread 0s", `cors_origins http://localhost:${port}`, `payloads ${schema}`];
  hub = await startHub({ directives });
  app = await startSymfony(port, environment(hub));
  chromium = await launch();
});
after(async () => {
  await chromium?.close();
  await app?.close();
  await hub?.close();
  if (folder) rmSync(folder, { recursive: true });
});

/** The page of somebody, connected. */
async function open(t, user) {
  const view = await openPage(chromium.browser, `${app.origin}/?as=${user}`);
  t.after(() => view.close());
  await until(`${user} is connected`, () => view.page.$eval("#status", ({ textContent }) => textContent === "open"));
  return view;
}

const lines = ({ page }, list) => page.$$eval(`#${list} li`, (all) => all.map(({ textContent }) => textContent));
const shows = (view, list, want) => until(`${list}: ${want}`, async () => JSON.stringify(await lines(view, list)) === JSON.stringify(want));

test("a private message reaches its recipients' pages, and nobody else's", { skip: reason }, async (t) => {
  const [ann, ben, eve] = [await open(t, "ann"), await open(t, "ben"), await open(t, "eve")];
  assert.equal((await app.post("/messages", { conversation: "lunch", from: "ann", text: "Grüße 🌍 <b>", to: ["ben", "eve", "ben"] })).status, 201);
  for (const view of [ben, eve]) await shows(view, "messages", ["Ann: Grüße 🌍 <b>"]);
  // What everybody gets, after it, shows that she got nothing before.
  const { status, answer } = await app.post("/notifications", { title: "Fence", body: "for all", to: ["ann", "ben", "eve"] });
  assert.equal(status, 201);
  assert.deepEqual(Object.keys(answer), ["ann", "ben", "eve"]);
  for (const view of [ann, ben, eve]) {
    await shows(view, "notifications", ["Fence: for all"]);
    assert.deepEqual(await lines(view, "messages"), view === ann ? [] : ["Ann: Grüße 🌍 <b>"]);
    assert.deepEqual(view.log, [], "nothing on the console, no violation of the policy");
  }
});

test("a person writes from one page to another", { skip: reason }, async (t) => {
  const [ann, ben] = [await open(t, "ann"), await open(t, "ben")];
  await ann.page.type("[name=text]", "lunch?");
  await ann.page.click("button");
  await shows(ben, "messages", ["Ann: lunch?"]);
  await ann.page.click("button"); // the field is empty now
  await until("the hub's verdict", () => ann.page.$eval("#answer", ({ textContent }) => textContent === "The hub refuses it with 422: /text must be at least 1 character long, has 0"));
});

test("the page's cookie is for one person's topic and the hub's path", { skip: reason }, async () => {
  const { headers } = await fetch(`${app.origin}/?as=ben`, { signal: AbortSignal.timeout(15_000) });
  const cookie = headers.get("set-cookie");
  assert.match(cookie, /^mercureAuthorization=[^;]+; expires=[^;]+; Max-Age=43200; path=\/\.well-known\/mercure; httponly; samesite=strict$/);
  assert.equal(headers.get("link"), `<${hub.url}>; rel="mercure"`);
  const { mercure, exp } = JSON.parse(Buffer.from(cookie.split(".")[1], "base64url"));
  assert.deepEqual(mercure, { subscribe: ["https://example.com/users/ben"] });
  assert.ok(Math.abs(exp - Date.now() / 1000 - 12 * 3600) < 60);
});

test("following somebody else's topic shows nothing of what is private", { skip: reason }, async (t) => {
  const view = await openPage(chromium.browser, `${app.origin}/?as=dan`);
  t.after(() => view.close());
  await view.page.evaluate(async (url) => {
    const { default: MercureClient } = await import(document.documentElement.dataset.sdk);
    window.heard = [];
    document.addEventListener("mercure-notification", ({ detail }) => window.heard.push(detail.title));
    await new Promise((open) => new MercureClient(url).build().addEventListener("open", open));
  }, `${hub.url}?topic=https://example.com/users/ben&topic=https://example.com/users/dan`);
  for (const to of ["ben", "dan"]) assert.equal((await app.post("/notifications", { title: `to ${to}`, to: [to] })).status, 201);
  await until("what is dan's", () => view.page.evaluate(() => window.heard.length > 0));
  assert.equal(await view.page.evaluate(() => window.heard.includes("to ben")), false);
});

test("data that does not hold is refused, with its paths; the application says it", { skip: reason }, async () => {
  const { status, answer } = await app.post("/notifications", { title: "", level: "panic", to: ["ben"] });
  assert.equal(status, 422);
  assert.deepEqual(answer, {
    error: 'The hub refuses it with 422: /title must be at least 1 character long, has 0; /level must be one of "info", "warning", "error"',
    issues: [
      { path: "/title", keyword: "minLength", message: "must be at least 1 character long, has 0" },
      { path: "/level", keyword: "enum", message: 'must be one of "info", "warning", "error"' },
    ],
  });
});

test("what a page sends wrongly is refused by the application, with the mend", { skip: reason }, async () => {
  for (const [body, error] of [
    [{ from: "ann", text: "hi", to: [] }, '"to" is not a list of 1 to 100 people.'],
    [{ from: "Ann!", to: ["ben"] }, "A person is 1 to 32 of a-z, 0-9, _ and -, and starts with a letter."],
    [{ from: "ann", text: 1, to: ["ben"] }, '"text" is not a string.'],
    [7, "Send a JSON object."],
  ]) {
    assert.deepEqual(await app.post("/messages", body), { status: 400, answer: { error } });
  }
  const form = await fetch(`${app.origin}/messages`, { method: "POST", body: new URLSearchParams({ from: "ann" }), signal: AbortSignal.timeout(15_000) });
  assert.deepEqual([form.status, await form.json()], [400, { error: "Send JSON, with Content-Type: application/json." }]);
});

test("each field that symfony/mercure sends is understood", { skip: reason }, async () => {
  const topics = ["https://example.com/a", "https://example.com/users/ben"];
  const token = hub.subscriberToken(topics[1]);
  const headers = { Authorization: `Bearer ${token}` };
  const stream = await fetch(`${hub.url}?topic=${encodeURIComponent(topics[0])}`, { headers, signal: AbortSignal.timeout(20_000) });
  const update = `new Update(${JSON.stringify(topics)}, "two\\nlines & 100 % = +", true, 'urn:example:1', 'any', 1234)`;
  assert.equal(php(`echo json_encode((App\\Hubs::fromEnvironment())->getHub()->publish(${update}));`, environment(hub)), "urn:example:1");
  let text = "";
  for await (const bytes of stream.body) {
    text += Buffer.from(bytes).toString();
    if (text.includes("lines")) break;
  }
  const event = text.split("\n\n").find((one) => one.includes("urn:example:1")).split("\n");
  assert.deepEqual(event.filter((line) => !line.startsWith(":")).sort(), ["data: lines & 100 % = +", "data: two", "event: any", "id: urn:example:1", "retry: 1234"]);
});

test("a token as lcobucci/jwt writes it, with fractions of a second, is accepted", { skip: reason }, async () => {
  const token = sign(hub.key("subscriber"), { exp: Date.now() / 1000 + 3600.123456, mercure: { publish: [], subscribe: ["*"] } });
  const response = await fetch(`${hub.url}/subscriptions`, { headers: { Cookie: `mercureAuthorization=${token}` }, signal: AbortSignal.timeout(15_000) });
  assert.equal(response.status, 200, await response.text());
});

/** What PHP sees of a refusal: the classes and messages of the exceptions, the outermost first; then what NotAccepted makes of it. */
function refusal(env, update = "new Update('https://example.com/a', 'x')") {
  return php(
    `try { App\\Hubs::fromEnvironment()->getHub()->publish(${update}); echo 'null'; }
     catch (Throwable $e) { $made = $e instanceof Symfony\\Component\\Mercure\\Exception\\RuntimeException ? App\\NotAccepted::because($e) : null;
       for ($chain = []; $e; $e = $e->getPrevious()) $chain[] = [(new ReflectionClass($e))->getShortName(), $e->getMessage()];
       echo json_encode(['chain' => $chain, 'made' => $made?->getMessage(), 'status' => $made?->status]); }`,
    { ...environment(hub), ...env },
  );
}

test("what PHP sees when the hub refuses is as the README says", { skip: reason }, async () => {
  const readme = readFileSync(new URL("../../../demo/symfony/README.md", import.meta.url), "utf8");
  const rows = Object.fromEntries([...readme.matchAll(/^\| (.+?) \| `(\w+)`: `(.+)` \| `(.+)` \|$/gm)].map(([, when, kind, says, made]) => [when, { kind, says, made }]));
  /** What was seen, with what changes from run to run as the README writes it. */
  const same = (when, { chain, made }) => {
    const plain = (text) => text.replaceAll(/\n+/g, " ").replaceAll(/http:\/\/\S+?mercure/g, "…").replaceAll(/request [\w-]{36}/g, "request …");
    assert.deepEqual(chain[0], ["RuntimeException", "Failed to send an update."]);
    assert.deepEqual({ kind: chain[1][0], says: plain(chain[1][1]), made: plain(made) }, rows[when], when);
    delete rows[when];
  };
  same("the data does not hold to its schema", refusal({}, `new Update('https://example.com/a', '{"id": "1", "title": "", "createdAt": "2026-01-02T03:04:05Z"}', false, null, 'notification')`));
  same("the secret is not the hub's", refusal({ MERCURE_JWT_SECRET: hub.key("subscriber") }));
  same("the topic is the hub's own", refusal({}, `new Update('${new URL(hub.url).pathname}/subscriptions/x', 'x')`));
  const nobody = refusal({ MERCURE_URL: `http://localhost:${await freePort()}/.well-known/mercure` });
  assert.deepEqual([nobody.chain[1][0], nobody.status], ["TransportException", 0]);
  assert.equal(nobody.made, `The hub did not answer: ${nobody.chain[1][1]}`);
  assert.deepEqual(rows, {}, "each row was seen");
  assert.match(refusal({ MERCURE_JWT_SECRET: "short" }).chain[0][1], /^The secret has less than 32 bytes/);
});
