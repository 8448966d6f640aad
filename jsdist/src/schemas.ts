import { base, hubOf } from "./address.js";
import type { MercureClient } from "./client.js";
import { MercureError } from "./index.js";

/** How long the schemas may take to come, in milliseconds. */
const comeWithin = 30_000;

/** How large a document may be, in UTF-16 code units: far above any that people write. */
const mostLength = 4 << 20;

/** The documents that clients have had last. */
const had = new WeakMap<MercureClient, string>();

/**
 * The document that the option `schemas` means. A build() asks for it anew, and
 * ends the asking with `signal`; what is published in between, without a
 * signal, goes by the one that came last.
 */
export async function load(client: MercureClient, signal?: AbortSignal): Promise<string> {
  const document = (!signal && had.get(client)) || (await read(client, signal));
  had.set(client, document);
  return document;
}

async function read(client: MercureClient, signal?: AbortSignal): Promise<string> {
  const { schemas } = client.options;
  if (typeof schemas === "object" && !(schemas instanceof URL)) {
    try {
      return JSON.stringify(schemas) ?? "null"; // which is refused
    } catch (cause) {
      throw refuse("The option schemas is an object that is not JSON", cause);
    }
  }
  const url = schemas === true ? `${hubOf(client)}/payloads` : address(String(schemas));
  const document = await fetched(url, schemas === true, signal);
  if (document.length > mostLength) throw refuse(`The document at ${url} has more than ${mostLength} characters: a set of schemas is not that large`);
  try {
    JSON.parse(document);
  } catch (cause) {
    throw refuse(`What ${url} answers is not JSON: name the address of a JSON Schema document in the option schemas`, cause);
  }
  return document;
}

function address(given: string): string {
  if (given.trimStart().startsWith("{")) throw refuse("The option schemas is a document as a string: pass what JSON.parse makes of it");
  try {
    return new URL(given, base()).href;
  } catch (cause) {
    throw refuse(`The option schemas, ${JSON.stringify(given)}, is not a URL`, cause);
  }
}

/** They are public: nothing is told of who asks. */
async function fetched(url: string, ofHub: boolean, signal?: AbortSignal): Promise<string> {
  const abort = new AbortController();
  const stop = (): void => abort.abort(signal?.reason);
  const timer = setTimeout(() => abort.abort(`nothing came within ${comeWithin / 1000} s`), comeWithin);
  signal?.addEventListener("abort", stop);
  let response: Response;
  try {
    response = await fetch(url, { signal: abort.signal, credentials: "omit", headers: { Accept: "application/schema+json, application/json" } });
    if (response.ok) return await response.text();
  } catch (cause) {
    throw refuse(`The schemas could not be fetched from ${url}: no answer (${String(cause)}). Look at the server, at connect-src, and at CORS for another origin`, cause);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", stop);
  }
  void response.body?.cancel();
  const mend = ofHub ? "start the hub with the directive payloads FILE, or name in the option schemas where they are" : "name in the option schemas where they are";
  throw refuse(`The schemas are not at ${url} (HTTP ${response.status}): ${mend}`);
}

const refuse = (message: string, cause?: unknown): MercureError => new MercureError("schemas", `${message}.`, { cause });
