// Runs examples of docs/sdk.md as pages of an application.
import { randomUUID } from "node:crypto";
import { message } from "../browser/hub.mjs";
import { until } from "../until.mjs";
import { openRecorded, startPages } from "./pages.mjs";

export const topic = "https://example.com/messages";
const head = '<!doctype html><link rel="icon" href="data:,">';

/** Makes the client of an example reachable from the test. */
const exposed = (code) => code.replace("const client = ", "const client = globalThis.client = ");

/** The page around an example in JavaScript, with what the examples before it have said. */
function around(code) {
  const before = [];
  const after = [];
  if (!code.includes("import MercureClient")) before.push('import MercureClient from "amalgam-sdk";');
  if (!code.includes("const client = ")) {
    before.push(`const client = globalThis.client = new MercureClient("/.well-known/mercure?topic=${topic}");`);
    after.push("client.build();");
  }
  const imports = JSON.stringify({ imports: { "amalgam-sdk": "/sdk/index.js" } });
  return `${head}<script type="importmap">${imports}</script><script type="module">${[...before, exposed(code), ...after].join("\n")}</script>`;
}

/** An application whose page is an example: its server, the page in a browser, and its hub. */
export class Application {
  constructor(bench) {
    this.bench = bench;
    this.hub = bench.hub;
  }

  /** Serves an example, or a folder, and what the examples ask their server for; opens it. */
  async open({ html, code, folder, policy = "", policyOnAll = false, headers = {}, routes = {}, opened = true }) {
    const { hub } = this;
    const page = html === undefined && code !== undefined ? around(code) : html && exposed(html.replace("<!doctype html>", head));
    const token = (text) => (_, response) => response.end(text);
    const index = (_, response) => {
      response.writeHead(200, { "Content-Type": "text/html; charset=utf-8", ...(policyOnAll ? {} : policy && { "Content-Security-Policy": policy }), ...headers });
      response.end(page);
    };
    const more = { "/token": token(hub.subscriberToken("*")), "/publisher-token": token(hub.publisherToken()), ...routes };
    this.site = await startPages(hub, { policy, policyOnAll, folder, routes: page === undefined ? more : { ...more, "/": index } });
    this.view = await openRecorded(this.bench.browser, `${this.site.url}/`);
    if (opened) await this.opened();
    return this.view;
  }

  opened(page = this.view.page) {
    return this.#until("the client is open", () => page.evaluate(() => globalThis.client?.state === "open"));
  }

  /** Waits until the console has said a line. */
  said(line) {
    const found = (said) => (typeof line === "string" ? said === line : line.test(said));
    return this.#until(`the console says ${line}`, () => this.view.log.some(found));
  }

  /** Publishes a message, of a text that nobody else has, and returns the text. */
  async say(to = topic, more = {}, hub = this.hub) {
    const text = randomUUID();
    await hub.publish({ topic: to, type: "new_message", data: message("1", text), ...more });
    return text;
  }

  async #until(what, check) {
    try {
      await until(what, check);
    } catch (error) {
      throw new Error(`${error.message}; console: ${JSON.stringify(this.view.log)}; failed: ${JSON.stringify(this.view.failed)}`);
    }
  }

  async close() {
    await this.view?.close();
    await this.site?.close();
  }
}
