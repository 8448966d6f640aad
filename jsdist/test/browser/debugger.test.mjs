// The debugger's page, used as a person does: with the keyboard, in a real
// browser, on the real binary.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { fileURLToPath } from "node:url";
import { launch, until } from "./harness.mjs";
import { message, sign, startHub } from "./hub.mjs";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const here = "https://example.com/debugger";
const all = ["/.well-known/mercure/subscriptions", "/.well-known/mercure/subscriptions{/topic}{/subscriber}", "*"];

let folder, hub, chromium, page, log, requests;
before(async () => {
  folder = mkdtempSync(join(tmpdir(), "amalgam-debugger-"));
  execFileSync("bin/amalgam", ["types", "./payload/messages", "-o", folder, "--types", ""], { cwd: root, timeout: 120_000 });
  hub = await startHub({ directives: ["anonymous", "subscriptions", "debugger", "explain", `payloads ${join(folder, "schema.json")}`] });
  chromium = await launch();
});
after(async () => {
  await chromium?.close();
  await hub?.close();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(async () => {
  page = await chromium.browser.newPage();
  [log, requests] = [[], []];
  page.on("console", (line) => log.push(`${line.type()}: ${line.text()}`));
  page.on("pageerror", (error) => log.push(`pageerror: ${error.message}`));
  page.on("request", (request) => requests.push(request.url()));
  await page.goto(`${hub.origin}/debugger/`, { timeout: 30_000 });
  await until("the schemas", () => text("schemas-why").then((said) => said.startsWith("4 events")));
});
afterEach(() => page?.close());

const text = (id) => page.$eval(`#${id}`, (element) => element.textContent);
const shows = (id, what) => until(`${what} in #${id}`, async () => ((await text(id)).includes(what) ? true : undefined));
const token = (claims = {}) => sign(hub.key("publisher"), { sub: "ann", mercure: { publish: ["*"], subscribe: all, payload: { user: "ann" } }, ...claims });
const subscriberToken = () => sign(hub.key("subscriber"), { sub: "ann", mercure: { subscribe: all, payload: { user: "ann" } } });

/** Puts text into a field, in the place of what was there. */
async function write(id, what) {
  await page.focus(`#${id}`);
  await page.keyboard.down("Control");
  await page.keyboard.press("KeyA");
  await page.keyboard.up("Control");
  await page.keyboard.sendCharacter(what);
}

async function press(id) {
  await page.focus(`#${id}`);
  await page.keyboard.press("Enter");
}

async function connected() {
  await press("connect");
  await shows("state", "open");
}

test("with the keyboard: connect, publish, see the event with its verdict, filter, pause, clear", async () => {
  await connected();
  await write("token", token());
  await write("p-type", "new_message");
  await write("p-data", message("1", "from the debugger"));
  await shows("p-verdict", "✓ holds to the schema of new_message");
  await page.focus("#p-data");
  await page.keyboard.down("Control");
  await page.keyboard.press("Enter");
  await page.keyboard.up("Control");
  await shows("p-answer", "Published as urn:uuid:");
  await shows("list", "from the debugger");
  await shows("list", "✓ valid");
  await shows("list", here);
  await shows("chart-text", "1 events, 0 of them refused");

  await hub.publish({ topic: here, data: "something else" });
  await shows("list", "no schema");
  await page.focus("#connect");
  await page.keyboard.press("/");
  await page.keyboard.type("FROM THE");
  const visible = () => page.$$eval("#list > li", (items) => items.filter((item) => !item.hidden).length);
  assert.equal(await visible(), 1);
  await write("filter", " ");
  assert.equal(await visible(), 2);

  await press("pause");
  await hub.publish({ topic: here, data: "while it pauses" });
  await shows("pause", "Go on (1)");
  assert.equal(await visible(), 2);
  await press("pause");
  await shows("list", "while it pauses");
  await press("clear");
  assert.equal(await text("list"), "");
  assert.deepEqual(log, []);
});

test("what does not hold is not published, or refused by the hub with the same faults", async () => {
  await write("token", token());
  await write("p-type", "new_message");
  await write("p-data", `{"id":""}`);
  await shows("p-verdict", "✗ does not hold");
  await shows("p-verdict", "minLength");
  await press("p-id");
  await shows("p-answer", "Not published");
  await page.focus("#p-anyway");
  await page.keyboard.press("Space");
  await press("p-id");
  await shows("p-answer", "422 Unprocessable Entity: the data does not hold to the schema");
});

test("a token is explained, and what is wrong with it", async () => {
  await write("token", token({ exp: 1 }));
  await shows("claims", "classic token, HS256");
  await shows("claims", "it has expired");
  await write("token", "half.a");
  await shows("claims", "it has 2 parts instead of 3");
  await write("token", sign("x", { sub: "ann" }));
  await shows("claims", `there is no "mercure" claim`);
});

test("who subscribes is listed, with what its token says, and comes and goes", async () => {
  await write("token", subscriberToken());
  await press("refresh");
  await shows("presence", `"user": "ann"`);
  const other = await fetch(`${hub.url}?topic=https://example.com/other`);
  await shows("presence", "https://example.com/other");
  await other.body.cancel();
  await until("it is gone", async () => ((await text("presence")).includes("example.com/other") ? undefined : true));
  await write("token", sign(hub.key("subscriber"), { mercure: { subscribe: [] } }));
  await press("refresh");
  await shows("presence-why", "the token may not read it");
});

test("the connection tells why it waits, and goes on", async () => {
  await connected();
  await hub.restart();
  await shows("history", "waiting");
  await until("it is open again", async () => ((await text("history")).split("open").length > 2 ? true : undefined), 30_000);
  await hub.publish({ topic: here, data: "after the restart" });
  await shows("list", "after the restart");
});

test("dark and light, nothing from elsewhere, and a policy that allows no more", async () => {
  const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: "light" }]);
  const light = await background();
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: "dark" }]);
  const dark = await background();
  assert.notEqual(dark, light);
  await press("theme");
  assert.equal(await background(), light);
  assert.deepEqual(requests.filter((url) => new URL(url).origin !== hub.origin), []);
  const response = await fetch(`${hub.origin}/debugger/`);
  assert.equal(response.headers.get("Content-Security-Policy"), "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; connect-src 'self'; img-src 'self'; worker-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'");
  const unnamed = await page.$$eval("input, textarea, select, button", (fields) => fields.filter((field) => !field.labels?.length && !field.getAttribute("aria-label") && !field.textContent.trim()).map(({ id }) => id));
  assert.deepEqual(unnamed, [], "fields without a label");
});

test("without the directive there is no debugger", async () => {
  const bare = await startHub({ directives: ["anonymous"] });
  try {
    assert.equal((await fetch(`${bare.origin}/debugger/`)).status, 404);
  } finally {
    await bare.close();
  }
});
