import { hubOf } from "./address.js";
import type { MercureClient } from "./client.js";
import { MercureError } from "./index.js";
import type { Engines } from "./link.js";
import { parse } from "./options.js";
import type { Note } from "./protocol.js";
import type { Discovery, Invalid, Issue, Publication } from "./types.js";

/**
 * A request to the hub with what the client has to show: its token, or once
 * that has expired or is refused, a new one.
 */
export async function ask(client: MercureClient, url: URL | string, init: RequestInit = {}, refused = false): Promise<Response> {
  const { options } = client;
  const headers = new Headers(options.headers);
  let { token, expires } = parse(options.token ?? "");
  const asks = options.getToken && (refused || !token || (expires > 0 && expires <= Date.now()));
  if (asks) ({ token } = parse((await options.getToken!()) ?? ""));
  if (token) headers.set("Authorization", `Bearer ${token}`);
  let response: Response;
  try {
    response = await fetch(url, { credentials: options.withCredentials ?? true ? "include" : "same-origin", ...init, headers });
  } catch (cause) {
    throw new MercureError("request", `${url}: no answer (${String(cause)}).`, { cause });
  }
  if (response.ok) return response;
  if (response.status === 401 && options.getToken && !asks) return ask(client, url, init, true);
  const text = (await response.text()).trim().slice(0, 500);
  throw new MercureError("request", `${url}: the hub answered ${response.status}: ${text}`, { status: response.status });
}

/** What is wrong with the data of an event, JSON text, by the client's schema for it: nothing where there is none. */
export async function check(client: MercureClient, event: string, data: string): Promise<Issue[]> {
  const schemas = client.options.schemas ?? false ? await (await import("./schemas.js")).load(client) : "";
  const faults = await judge(client.engines, { wasm: client.wasm, schemas, name: event, data });
  return faults ? JSON.parse(faults) : [];
}

export async function publish(client: MercureClient, update: Publication): Promise<string> {
  const { data, type, id, retry } = update;
  const text = typeof data === "string" ? data : data === undefined ? "" : JSON.stringify(data);
  // Without a type it arrives as a message, of which the types in the module say nothing.
  if (type || client.options.schemas) {
    const name = type || "message";
    const issues = await check(client, name, text);
    const [first] = issues;
    if (first) throw new MercureError("invalid", `The payload does not hold to the schema of "${name}": ${first.path || "it"} ${first.message}`, { issues });
  }
  const body = new URLSearchParams();
  for (const topic of [update.topics].flat()) body.append("topic", topic);
  for (const [name, value] of Object.entries({ data: text, type, id, retry })) if (value !== undefined) body.append(name, String(value));
  if (update.private) body.append("private", "on");
  return (await ask(client, hubOf(client), { method: "POST", body })).text();
}

export async function discover(given: string | URL): Promise<Discovery> {
  let response: Response;
  try {
    response = await fetch(given, { method: "HEAD" });
    // What does not answer HEAD may answer GET.
    if (!response.ok) response = await fetch(given);
  } catch (cause) {
    throw new MercureError("request", `${given}: no answer (${String(cause)}).`, { cause });
  }
  void response.body?.cancel();
  const found: Discovery = { hubs: [], self: undefined, lastEventId: undefined };
  const absolute = (target: string): string => new URL(target, response.url).href;
  // <target>; rel="a b"; name=value, …
  for (const [, target, parameters] of (response.headers.get("Link") ?? "").matchAll(/<([^>]*)>((?:\s*;\s*[\w*-]+\s*=\s*(?:"[^"]*"|[^\s",;]+))*)/g)) {
    const named = Object.fromEntries([...parameters!.matchAll(/([\w*-]+)\s*=\s*(?:"([^"]*)"|([^\s",;]+))/g)].map(([, name, quoted, plain]) => [name!.toLowerCase(), quoted ?? plain ?? ""]));
    const relations = (named["rel"] ?? "").toLowerCase().split(/\s+/);
    if (relations.includes("mercure")) {
      found.hubs.push(absolute(target!));
      found.lastEventId ??= named["last-event-id"];
    }
    if (relations.includes("self")) found.self ??= absolute(target!);
  }
  return found;
}

/** What is wrong with a payload by the schema of an event; "" when nothing is. */
async function judge(engines: Engines, what: { wasm: string; schemas: string; name: string; data: string }): Promise<string> {
  let answer!: (note: Note | undefined) => void;
  const answered = new Promise<Note | undefined>((resolve) => (answer = resolve));
  const { id, link } = await engines.join(({ notes }) => answer(notes?.[0]));
  link.send({ op: "judge", id, ...what });
  const note = await answered;
  link.leave(id);
  if (note?.[0] === "failed") throw new MercureError(note[1], note[2]);
  return note?.[0] === "judged" ? note[1] : "";
}

/** Says that a payload was not dispatched, where nobody hears of it. */
export function warn({ event, issues }: Invalid): void {
  console.warn(
    `MercureClient: a payload of the event "${event}" does not hold to its schema and is not dispatched. ` +
      "Listen to the client's invalid event to hear of all of them.",
    issues,
  );
}

/** A worker whose script is of another origin: by way of a script of this one, where the policy allows it. */
export function foreign(script: string): Worker {
  const url = URL.createObjectURL(new Blob([`import ${JSON.stringify(script)}`], { type: "text/javascript" }));
  try {
    return new Worker(url, { type: "module" });
  } finally {
    URL.revokeObjectURL(url);
  }
}
