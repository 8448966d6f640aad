import type { MercureClient } from "./client.js";
import { MercureError } from "./errors.js";

/** What relative URLs are relative to; nothing on a server. */
export function base(): string | undefined {
  return globalThis.document?.baseURI ?? globalThis.location?.href;
}

/** The hub without its query: where updates are published. */
export function hubOf(client: MercureClient): URL {
  const url = new URL(client.url);
  url.search = url.hash = "";
  return url;
}

/** The absolute URL of a client. Throws a MercureError where it is none. */
export function absolute(url: string | URL): string {
  const given = String(url ?? "");
  if (given === "") throw new MercureError("url", "MercureClient needs the hub's subscribe URL, such as https://example.com/.well-known/mercure?topic=…");
  try {
    return new URL(given, base()).href;
  } catch (cause) {
    if (base() === undefined) return given; // on a server, where relative URLs have no base
    throw new MercureError("url", `MercureClient: ${JSON.stringify(given)} is not a URL.`, { cause });
  }
}
