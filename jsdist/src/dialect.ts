import { Signal } from "./protocol.js";

/** How long a hub has to say its dialect, in milliseconds. */
const sayWithin = 10_000;

/** Asks a hub for the metadata that one of draft1 has (RFC 9728). */
export async function dialect(hub: string): Promise<Signal> {
  const url = new URL(hub);
  url.pathname = `/.well-known/oauth-protected-resource${url.pathname}`;
  url.search = "";
  const ask = (mode: RequestMode): Promise<Response> => fetch(url, { mode, credentials: "omit", signal: AbortSignal.timeout(sayWithin) });
  try {
    const { ok, status, headers } = await ask("cors");
    if (status === 429 || status >= 500) return Signal.unknown;
    return ok && /json/i.test(headers.get("Content-Type") ?? "") ? Signal.draft1 : Signal.classic;
  } catch {}
  // One on another origin need not let pages read that it has none: is it there?
  try {
    return (await ask("no-cors")).type === "opaque" ? Signal.classic : Signal.unknown;
  } catch {
    return Signal.unknown;
  }
}
