import type { StreamOptions } from "./protocol.js";
import type { MercureClientOptions, Token, Topic } from "./types.js";

/** What the engine has to know of a stream. */
export function describe(url: string, options: MercureClientOptions, topics: readonly Topic[], lastEventId: string, schemas = ""): StreamOptions {
  const { token, expires } = parse(options.token ?? "");
  const flag = (on: unknown): 0 | 1 => (on ? 1 : 0);
  return {
    url,
    topics: lines(topics),
    dialect: options.dialect === "classic" ? 1 : options.dialect === "draft1" ? 2 : 0,
    eventSource: flag(options.source === "eventsource"),
    lastEventId,
    heartbeat: options.heartbeat ?? 0,
    min: options.retry?.min ?? 0,
    max: options.retry?.max ?? 0,
    token,
    expires,
    renewable: flag(options.getToken),
    nameTopics: flag(options.share),
    debug: flag(options.debug),
    credentials: options.withCredentials ?? true,
    headers: { ...options.headers },
    names: options.events ?? [],
    schemas,
  };
}

/** Topics as the module reads them: see selectors in wasm/engine/served_js.go. */
export function lines(topics: readonly Topic[]): string {
  // No topic holds a line break: hubs refuse them.
  return topics.map((topic) => (typeof topic === "string" ? `\n${topic}\n` : `match_urlpattern\n${topic.urlpattern}\n`)).join("");
}

/** A token, and when it expires: as it says itself, if it is a JWT. Throws where it is none. */
export function parse(given: Token): { token: string; expires: number } {
  let { token, expires } = (typeof given === "string" ? { token: given } : given) as Exclude<Token, string>;
  if (typeof token !== "string") throw new TypeError("a token is a string, or { token }");
  try {
    expires ??= JSON.parse(atob(token.split(".")[1]!.replaceAll("-", "+").replaceAll("_", "/"))).exp * 1000;
  } catch {}
  return { token, expires: Number(expires) || 0 };
}

/** The topics that are not among others. */
export function without(topics: readonly Topic[], others: readonly Topic[]): Topic[] {
  const gone = others.map((topic) => lines([topic]));
  return topics.filter((topic) => !gone.includes(lines([topic])));
}
