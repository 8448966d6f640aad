// The client itself, without a browser: its stream is in this thread, its
// events go to a target of their own.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { internals } from "./internals.mjs";
import { startSite } from "./site.mjs";
import { until } from "./until.mjs";

let site, MercureClient;
/** What the hub at /rooms was asked, the newest last. */
const asked = [];
/** The newest stream there; and the question for the list of subscriptions. */
let stream, list;

before(async () => {
  const routes = {
    "/rooms": (request, response) => {
      asked.push({ query: request.url.slice(request.url.indexOf("?") + 1), authorization: request.headers.authorization });
      if (request.url.includes("secret")) return response.writeHead(403).end();
      response.writeHead(200, { "Content-Type": "text/event-stream" }).write(":\n");
      stream = response;
    },
    "/rooms/subscriptions/x": (_request, response) => (list = response),
  };
  // Takes what is published with the token "new" alone.
  routes["/publish"] = (request, response) => {
    asked.push({ authorization: request.headers.authorization });
    response.writeHead(request.headers.authorization === "Bearer new" ? 200 : 401).end("urn:id");
  };
  routes["/linked"] = (_request, response) => response.writeHead(200, { Link: '<http://[>; rel="preload", </hub>; rel="mercure", <https://example.com/1>; rel="self"' }).end();
  site = await startSite({ routes });
  ({ MercureClient } = await internals("client"));
});
after(() => site?.close());

/** A client, and what it has said. */
function make(options = {}, path = "/rooms") {
  asked.length = 0;
  const client = new MercureClient(site.url + path, { dialect: "classic", worker: false, target: new EventTarget(), wasm: `${site.url}/sdk/sdk.wasm`, retry: { min: 1, max: 20 }, ...options });
  const said = [];
  for (const name of ["open", "state", "error", "close"]) client.addEventListener(name, ({ detail }) => said.push([name, detail]));
  return { client, said, opened: () => until("open", () => client.state === "open") };
}

test("a topic that the hub refuses does not stand in the way of those that are added later", async () => {
  const { client, said, opened } = make({ topics: ["a"] });
  client.build();
  await opened();
  client.subscribe("b", "secret");
  await until("the refusal", () => said.some(([name, detail]) => name === "error" && detail.code === "refused"));
  client.subscribe("c");
  await until("the other topic", () => asked.some(({ query }) => query.includes("topic=c")));
  assert.deepEqual(asked.map(({ query }) => query), ["topic=a", "topic=a&topic=b&topic=secret", "topic=a&topic=c"]);
  client.close();
});

test("what getToken gives is a token, or told and asked for again", async () => {
  const given = [{ jwt: "x" }, 42, { token: "second", expires: new Date(Date.now() + 3_600_000) }];
  const { client, said, opened } = make({ topics: ["a"], getToken: () => given.shift() });
  client.build();
  await opened();
  const reasons = said.filter(([name, detail]) => name === "state" && detail.state === "waiting").map(([, { code, reason }]) => `${code}: ${reason}`);
  assert.deepEqual(reasons, Array(2).fill("token: getToken failed: TypeError: a token is a string, or { token }"));
  assert.deepEqual(asked.map(({ authorization }) => authorization), ["Bearer second"]);
  client.close();
});

test("a loop that begins after the client was closed is over", async () => {
  const { client, opened } = make({ topics: ["a"] });
  client.build();
  await opened();
  client.close();
  for await (const event of client.events()) assert.fail(event.type);
});

const jwt = (exp) => `e30.${Buffer.from(JSON.stringify({ exp })).toString("base64url")}.x`;

test("publish goes on with getToken when the first token has had its time", async () => {
  const publish = async (options) => {
    const { client } = make(options, "/publish");
    const outcome = await client.publish({ topics: "a" }).catch(({ status }) => status);
    return [outcome, ...asked.map(({ authorization }) => authorization.replace("Bearer ", ""))];
  };
  const expired = jwt(1_000_000_000);
  assert.deepEqual(await publish({ token: expired, getToken: () => "new" }), ["urn:id", "new"]);
  assert.deepEqual(await publish({ token: "old", getToken: () => "new" }), ["urn:id", "old", "new"]);
  assert.deepEqual(await publish({ token: "old", getToken: () => "other" }), [401, "old", "other"]);
  assert.deepEqual(await publish({ getToken: () => "old" }), [401, "old"]);
  assert.deepEqual(await publish({ token: expired }), [401, expired]);
  assert.deepEqual(await publish({ token: "new", getToken: () => "other" }), ["urn:id", "new"]);
});

test("a link that is no URL does not hide the hub", async () => {
  assert.deepEqual(await MercureClient.discover(`${site.url}/linked`), { hubs: [`${site.url}/hub`], self: "https://example.com/1", lastEventId: undefined });
});

test("presence believes what happens while the list is read, not the list", async (t) => {
  let warned = false;
  t.mock.method(console, "warn", () => (warned = true));
  const { client } = make();
  const subscription = (id, active = true) => ({ id, topic: "x", subscriber: `urn:${id}`, active });
  const answer = (...ids) => (list.end(JSON.stringify({ subscriptions: ids.map((id) => subscription(id)) })), (list = undefined));
  const happens = (id, active) => stream.write(`data: ${JSON.stringify(subscription(id, active))}\n\n`);
  const presence = client.presence("x");
  await until("the question", () => list);
  happens("comes", true);
  happens("goes", false);
  happens("last", true);
  stream.write("event: chat\ndata: does not hold\n\n"); // so that it is told of when all before has come
  await until("all to have come", () => warned);
  answer("was there", "goes");
  const { subscriptions, close } = await presence;
  assert.deepEqual([...subscriptions.keys()].sort(), ["comes", "last", "was there"]);
  close();
});

test("presence reads the list again after a gap, until it has it", async () => {
  const { client } = make();
  const asksFor = async (status, ...ids) => {
    const response = await until("the question", () => list);
    list = undefined;
    response.writeHead(status).end(JSON.stringify({ subscriptions: ids.map((id) => ({ id, topic: "x", active: true })) }));
  };
  const asking = client.presence("x");
  await asksFor(200, "one");
  const presence = await asking;
  stream.end(); // no event has come from which it could go on
  await asksFor(503);
  await asksFor(200, "two");
  await until("the other", () => [...presence.subscriptions.keys()].join() === "two");
  presence.close();
});
