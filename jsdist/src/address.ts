import type { MercureClient } from "./client.js";

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
