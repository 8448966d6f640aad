import type { MercureClient } from "./client.js";
import { dialect } from "./dialect.js";
import { dispatch } from "./dispatch.js";
import type { MercureErrorCode } from "./errors.js";
import { parse } from "./options.js";
import { Signal, type Note } from "./protocol.js";
import type { MercureEvent, Topic } from "./types.js";

/** How long a hub and getToken have to answer, in milliseconds. */
const connectWithin = 30_000;

/** How many ids are remembered, so that what comes twice is dropped. */
const kept = 1000;

/** Why a connection has ended, or was not made. */
class Lost {
  constructor(
    readonly code: MercureErrorCode,
    readonly reason: string,
    readonly after = 0,
  ) {}
}

/**
 * A stream without the module, for pages whose policy forbids WebAssembly: it
 * reconnects, resumes and notices loss and silence, and judges nothing. Returns
 * the way to connect anew, for when the topics have changed.
 */
export function unchecked(
  client: MercureClient,
  why: Error,
  signal: AbortSignal,
  topics: () => readonly Topic[],
  note: (note: Note) => void,
  heard: (event: MercureEvent) => void,
): () => void {
  console.warn(`MercureClient: events are not checked (fallback: "unchecked"): ${why.message}`);
  const { headers, withCredentials, getToken, heartbeat, retry, target = document, dialect: given } = client.options;
  const said = given ?? (/[?&]match/i.test(client.url) ? "draft1" : /[?&]topic=/.test(client.url) && "classic");
  const max = retry?.max ?? 30_000;
  const longest = retry?.max ?? 86_400_000; // also where the hub says more
  let min = retry?.min ?? 1000;
  let draft1 = said ? said === "draft1" : undefined;
  let { token } = parse(client.options.token ?? "");
  let wantToken = token === "" && getToken !== undefined;
  let asked401 = false;
  let id = client.lastEventId;
  let opened = false;
  let attempt = 0;
  let limit = (heartbeat ?? 0) * 2.5;
  const ids = new Set<string>();
  const to = { target, client, live: () => !signal.aborted, event: heard, invalid: () => {}, fault: () => {} };
  /** Ends the connection there is, or the wait for the next. */
  let stir = (): void => {};

  const where = (): URL => {
    const url = new URL(client.url);
    for (const topic of topics()) {
      if (typeof topic === "string") url.searchParams.append(draft1 ? "match" : "topic", topic);
      else url.searchParams.append("match_urlpattern", topic.urlpattern);
    }
    if (id) url.searchParams.set(draft1 ? "last_event_id" : "lastEventID", id);
    return url;
  };

  const bearer = async (): Promise<string> => {
    if (!wantToken) return token;
    let next: string;
    try {
      next = parse((await getToken!()) ?? "").token;
    } catch (error) {
      throw new Lost("token", `getToken failed: ${String(error)}`);
    }
    // One that had a token does not go on without.
    if (!next && token) note(["changed", "closed", "token", "getToken gave no token", 0]);
    wantToken = false;
    return (token = next);
  };

  /** Reads the lines of one connection; alive is told of what the hub's silence may be. */
  const reader = (alive: () => void): ((line: string) => void) => {
    let name = "";
    let own: string | undefined;
    let data: string[] = [];
    return (line) => {
      if (line === "") {
        const repeats = own !== undefined && own !== "" && ids.has(own);
        if (own !== undefined) id = own;
        if (own) ids.add(own);
        if (ids.size > kept) for (const oldest of ids) if (ids.delete(oldest)) break;
        if (data.length > 0 && !repeats) {
          attempt = 0;
          const parts = [name || "message", id, "", data.join("\n"), ""];
          dispatch(to, parts.join(""), Uint32Array.from([...parts.map((part) => part.length), 0]));
        }
        [name, own, data] = ["", undefined, []];
        return;
      }
      const [, field, value = ""] = /^([^:]*)(?:: ?(.*))?$/s.exec(line)!;
      if (field === "data") data.push(value);
      else if (field === "event") name = value;
      else if (field === "id" && !value.includes("\0")) own = value;
      else if (field === "retry" && /^\d{1,8}$/.test(value)) min = Number(value) || 1;
      else if (field === "") {
        const beat = /^heartbeat (\d+)/.exec(value);
        if (beat && !heartbeat) limit = Number(beat[1]) * 2.5;
        alive();
      }
    };
  };

  /** Makes a connection, and reads it until it ends: for that is always a reason. */
  const connect = async (connection: AbortController): Promise<Lost | undefined> => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let silent: Lost | undefined;
    const within = (ms: number, reason: string): void => {
      clearTimeout(timer);
      if (ms > 0) timer = setTimeout(() => ((silent = new Lost("silent", reason)), connection.abort()), ms);
    };
    try {
      if (draft1 === undefined) {
        const found = await dialect(client.url);
        if (found === Signal.unknown) return new Lost("lost", "the hub could not be asked for its dialect");
        draft1 = found === Signal.draft1;
      }
      within(connectWithin, "nothing has answered for 30 seconds");
      // A getToken that never answers is asked again.
      const cut = new Promise<never>((_, reject) => connection.signal.addEventListener("abort", reject));
      const authorization = await Promise.race([bearer(), cut]);
      if (signal.aborted) return;
      const response = await fetch(where(), {
        signal: connection.signal,
        cache: "no-store",
        credentials: (withCredentials ?? true) ? "include" : "same-origin",
        headers: { ...headers, Accept: "text/event-stream", ...(authorization && { Authorization: `Bearer ${authorization}` }) },
      });
      const { status } = response;
      const answer = `the hub answered ${status}`;
      if (status === 401 && getToken && !asked401) {
        asked401 = wantToken = true;
        return;
      }
      const over = ({ 204: "ended", 400: "refused", 401: "unauthorized", 403: "refused" } as const)[status];
      if (over) {
        note(["changed", "closed", over, answer, 0]);
        return;
      }
      if (status !== 200) return new Lost("status", answer, Number(response.headers.get("Retry-After")) * 1000 || 0);
      if (!response.body || !/^text\/event-stream/i.test(response.headers.get("Content-Type") ?? "")) return new Lost("no-stream", "the answer is not an event stream");
      asked401 = false;
      note(["changed", "open", "", "", 0]);
      const at = response.headers.get("Last-Event-ID") ?? response.headers.get("Mercure-Last-Event-ID") ?? (response.type === "basic" ? "" : null);
      if (id ? at !== null && at !== id : opened) note(["gap", id, id && at!]);
      opened = true;
      const alive = (): void => within(limit, "nothing has come for 2.5 times as long as the hub is ever silent");
      alive();
      const take = reader(alive);
      const decoder = new TextDecoder();
      const body = response.body.getReader();
      let rest = "";
      let cr = false;
      for (let piece; !(piece = await body.read()).done; ) {
        alive();
        let text = decoder.decode(piece.value, { stream: true });
        if (cr && text.startsWith("\n")) text = text.slice(1); // the other half of a line's end
        if (piece.value.length > 0) cr = piece.value.at(-1) === 13;
        const lines = (rest + text).split(/\r\n?|\n/);
        rest = lines.pop()!;
        for (const line of lines) if (!signal.aborted) take(line);
      }
      return new Lost("lost", "the hub ended the connection");
    } catch (error) {
      return silent ?? (error instanceof Lost ? error : new Lost("lost", String(error)));
    } finally {
      clearTimeout(timer);
      connection.abort(); // also a body that nobody reads
    }
  };

  /** Waits, no longer than until something is stirred. */
  const pause = (ms?: number): Promise<void> =>
    new Promise((resolve) => {
      const timer = ms === undefined ? undefined : setTimeout(resolve, ms);
      stir = () => (clearTimeout(timer), resolve());
    });

  const run = async (): Promise<void> => {
    signal.addEventListener("abort", () => stir());
    while (!signal.aborted) {
      if (topics().length === 0 && !/[?&](topic=|match)/i.test(client.url)) {
        note(["changed", "waiting", "topics", "there is nothing to subscribe to: the URL names no topic, and subscribe has not been called", 0]);
        if (!signal.aborted) await pause();
        continue;
      }
      const connection = new AbortController();
      let changed = false;
      stir = () => {
        changed = true;
        connection.abort();
      };
      const lost = await connect(connection);
      if (signal.aborted) return;
      if (!changed && lost) {
        const wait = Math.min(2 ** 31 - 1, Math.max(lost.after, Math.random() * Math.min(longest, Math.max(min, Math.min(max, min * 2 ** attempt++)))));
        note(["changed", "waiting", lost.code, lost.reason, Date.now() + wait]);
        if (!signal.aborted) await pause(wait);
      }
      if (!signal.aborted && (lost || changed)) note(["changed", "connecting", "", "", 0]);
    }
  };
  void run();
  return () => stir();
}
