// Every example of docs/tutorial.md, in its order, on the machine that
// machine.sh makes. The names of the tests are the tutorial's headings.
import assert from "node:assert/strict";
import { after, test as step } from "node:test";
import { createHash, createPublicKey } from "node:crypto";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { homedir } from "node:os";
import { join } from "node:path";
import { read } from "../../pack/fences.mjs";
import { launch, openPage, until } from "../harness.mjs";
import { Shell } from "./shell.mjs";
import { readYaml } from "./yaml.mjs";

const amalgam = join(homedir(), "amalgam");
const sections = read(join(amalgam, "docs/tutorial.md"));
const shell = new Shell();
let chromium, ben;

/** One heading of the tutorial. After one that fails, the others cannot be. */
let failed;
function test(heading, work) {
  step(heading, async (t) => {
    if (failed) return t.skip(`after "${failed}"`);
    failed = heading;
    await work();
    failed = undefined;
  });
}

after(async () => {
  await chromium?.close();
  shell.close();
});

/** The fences of a section, which are of these languages. */
function fences(heading, ...languages) {
  const found = sections.get(heading)?.fences ?? assert.fail(`docs/tutorial.md has no "${heading}"`);
  assert.deepEqual(found.map(({ language }) => language), languages, heading);
  return found;
}

const runs = async (heading) => {
  const [sh] = fences(heading, "sh");
  return shell.run(sh.use());
};

const listens = (port) =>
  until(`port ${port}`, () => new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => (socket.destroy(), resolve(true))).once("error", () => resolve(false));
  }));

/** A browser that trusts the key of the machine's certificates, and Ben's page in it. */
async function startBrowser() {
  const key = createPublicKey(readFileSync("/etc/letsencrypt/server.key")).export({ type: "spki", format: "der" });
  chromium = await launch([`--ignore-certificate-errors-spki-list=${createHash("sha256").update(key).digest("base64")}`]);
  ben = await openPage(chromium.browser, "https://app.example.com/?as=ben");
  await until("Ben's page is connected", () => ben.page.$eval("#status", ({ textContent }) => textContent === "open"), 30_000);
}

/** Waits until a page shows a message last. */
const shows = ({ page, log }, text, ms) =>
  until(`the page shows ${text}`, () => page.$$eval("#messages li", (all, text) => all.at(-1)?.textContent === text, text), ms)
    .catch((error) => assert.fail(`${error.message}; its console: ${log.join("\n")}`));

test("Programs", () => runs("Programs"));

test("Keys", async () => {
  await runs("Keys");
  const file = join(homedir(), "hub/.env");
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.match(readFileSync(file, "utf8"), /^MERCURE_PUBLISHER_JWT_KEY=\S{44}\nMERCURE_SUBSCRIBER_JWT_KEY=\S{44}\n$/);
});

test("The hub", async () => {
  const [yaml, start, look] = fences("The hub", "yaml", "sh", "sh");
  const file = join(homedir(), "hub", yaml.name);
  writeFileSync(file, yaml.use());
  const [ours, source] = [file, join(amalgam, "compose.yaml")].map((name) => readYaml(name).services.mercure);
  for (const part of ["image", "restart", "ports", "volumes"]) assert.deepEqual(ours[part], source[part], `${part}, as in the source's compose.yaml`);
  for (const directive of source.environment.MERCURE_EXTRA_DIRECTIVES.trim().split("\n")) assert.ok(ours.environment.MERCURE_EXTRA_DIRECTIVES.includes(directive), directive);
  await shell.run(start.use());
  assert.match(await shell.run(look.use()), /0 problems|no problem/i);
});

test("Apache", async () => {
  const [start, look] = fences("Apache", "sh", "sh");
  await shell.run(start.use());
  assert.match(await shell.run(look.use()), /0 problems|no problem/i);
});

test("Publish by hand", async () => {
  assert.match(await runs("Publish by hand"), /urn:uuid:/);
});

test("The application", async () => {
  const [ini, yaml, publish, cookie, start, vhost, enable, send] = fences("The application", "ini", "yaml", "php", "php", "sh", "apache", "sh", "sh");
  await shell.run(start.use());
  await listens(8000);
  const settings = [...ini.use().matchAll(/^(\w+)=(.*)$/gm)].map(([, name]) => name);
  const named = [...yaml.use().matchAll(/%env\((\w+)\)%/g)].map(([, name]) => name);
  assert.deepEqual([...new Set(named)].sort(), settings.sort(), "what mercure.yaml reads is what .env.local says");
  await shell.run(settings.map((name) => `test -n "$${name}"`).join("\n"));

  // Besides, a page of its own for the next section, of the application's origin.
  const page = "    ProxyPass /page !\n    Alias /page /var/www/html/page.html\n";
  writeFileSync(`/etc/apache2/sites-available/${vhost.name}`, vhost.use().replace(/^ *ProxyPass \/ /m, `${page}$&`));
  assert.match(await shell.run(enable.use()), /Messages of ben/);
  await startBrowser();
  await shell.run(send.use());
  await shows(ben, "Ann: at noon?");
  assert.deepEqual(ben.log, [], "nothing on the console");

  await php(`$hub = $hubs->getHub(); $recipients = ['ben', 'eve']; $text = 'from PHP'; ${publish.use()}`);
  await shows(ben, "Ann: from PHP");

  const made = await php(`
    $authorization = new Symfony\\Component\\Mercure\\Authorization($hubs);
    $request = Symfony\\Component\\HttpFoundation\\Request::create('https://app.example.com/');
    ${cookie.use()} echo current($request->attributes->get('_mercure_authorization_cookies'));`);
  assert.match(made, /^mercureAuthorization=.*; path=\/\.well-known\/mercure; domain=\.example\.com; secure; httponly; samesite=strict$/m);
});

/** Runs PHP in the shell, with the settings of the application. */
function php(code) {
  const file = join(homedir(), "example.php");
  writeFileSync(file, `<?php require '${amalgam}/demo/symfony/src/autoload.php'; use Symfony\\Component\\Mercure\\Update; $hubs = App\\Hubs::fromEnvironment(); ${code}`);
  return shell.run(`php ${file}`);
}

const say = (text) => php(`(new App\\NotificationService($hubs->getHub()))->newMessage('lunch', ['id' => 'ann', 'name' => 'Ann'], '${text}', ['ben']);`);

test("The page", async () => {
  const [html] = fences("The page", "html");
  const body = html.use().replace("<!doctype html>", '<!doctype html><link rel="icon" href="data:,">').replace("const client", "const client = globalThis.client");
  writeFileSync("/var/www/html/page.html", body);
  const { page } = ben;
  await page.goto("https://app.example.com/page", { timeout: 30_000 });
  await until("it is connected", () => page.evaluate(() => globalThis.client?.state === "open"), 30_000).catch((error) => assert.fail(`${error.message}; its console: ${ben.log.join("\n")}`));
  await say("to the page");
  await shows(ben, "Ann: to the page");
});

test("Who is here", async () => {
  const answer = await runs("Who is here");
  assert.match(answer, /"topic": ?"https:\/\/example\.com\/users\/ben"/);
  assert.match(answer, /"active": ?true/);
});

test("A new version", async () => {
  const before = readFileSync(join(homedir(), ".docker/container"), "utf8");
  await runs("A new version");
  assert.notEqual(readFileSync(join(homedir(), ".docker/container"), "utf8"), before, "another process");
  await say("by the new version");
  await shows(ben, "Ann: by the new version", 30_000);
  assert.deepEqual(await ben.page.$$eval("#messages li", (all) => all.map(({ textContent }) => textContent)), ["Ann: to the page", "Ann: by the new version"], "nothing lost, nothing twice, no reload");
});

test("When it does not work", async () => {
  const doctor = await shell.run("amalgam doctor https://hub.example.com --topic https://example.com/users/ben --origin https://other.example.com || true");
  assert.match(doctor.replaceAll(/\s+/g, " "), /PROBLEM Pages on https:\/\/other\.example\.com may not read .* → Add the origin to the hub's cors_origins/, "doctor names the mend");
  await shell.run("MERCURE_JWT_SECRET=$MERCURE_SUBSCRIBER_JWT_SECRET php ~/example.php 2>&1 || true");
  const [line] = /.*status=401.*/.exec(await shell.run("cd ~/hub && docker compose logs mercure")) ?? assert.fail("no line for the refusal");
  assert.match(line, /rule=\S+ reason=/);
});

test("Without a container", async () => {
  await runs("Without a container");
  await listens(3000);
  await say("without a container");
  // Another history: the page is told that something may be missing, and loads itself anew.
  await until("the page is back", () => ben.page.evaluate(() => globalThis.client?.state === "open").catch(() => false), 30_000);
  await say("once more");
  await shows(ben, "Ann: once more", 30_000);
});

test("each example of docs/tutorial.md was run", () => {
  const idle = [...sections].flatMap(([heading, { fences }]) => fences.filter(({ used, language }) => !used && language !== "text").map(({ language }) => `${heading}: ${language}`));
  assert.deepEqual(idle, []);
});
