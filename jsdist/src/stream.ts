import { MercureError } from "./errors.js";
import type { Module } from "./module.js";
import type { Exports } from "./program.js";
import { Signal, type FromEngine, type Note, type StreamOptions } from "./protocol.js";

/** A request that left before Go was ready to ask for it. */
export interface Early {
  response: Promise<Response>;
  abort: AbortController;
}

type Enter = (go: Exports, lengths: number[], now: number) => number;

/** Takes what a stream brings: see FromEngine. */
export type Out = (message: Omit<FromEngine, "id">) => void;

/** The world of one stream in the module: what stream.Host in Go asks for. */
export class Stream {
  readonly notes: Note[] = [];
  readonly options: StreamOptions;
  readonly #module: Module;
  readonly #id: number;
  readonly #out: Out;
  readonly #conns = new Map<number, () => void>();
  #early: Early | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #message: Omit<FromEngine, "id"> = {};
  #over = false;

  constructor(module: Module, id: number, options: StreamOptions, early: Early | undefined, out: Out) {
    this.#module = module;
    this.#id = id;
    this.options = options;
    this.#early = early;
    this.#out = out;
  }

  open(): void {
    this.#enter([], (go, _, now) => go.mx_open(this.#id, now));
  }

  close(): void {
    this.#enter([], (go, _, now) => go.mx_close(this.#id, now));
    this.#end();
  }

  topics(topics: string): void {
    this.#enter([topics], (go, [length], now) => go.mx_topics(this.#id, length!, now));
  }

  token(text: string, expires: number, failed: boolean): void {
    this.#enter([text], (go, [length], now) => go.mx_token(this.#id, length!, expires, failed ? 1 : 0, now));
  }

  signal(signal: Signal): void {
    this.#enter([], (go, _, now) => go.mx_signal(this.#id, signal, now));
  }

  /** Events have come. */
  bring(text: string, table: Uint32Array): void {
    this.#message = { text, table };
  }

  /** Hands on what the call has brought. */
  tell(): void {
    const message = this.#message;
    this.#message = {};
    if (this.notes.length > 0) message.notes = this.notes.splice(0);
    const closed = message.notes?.some((note) => note[0] === "changed" && note[1] === "closed");
    if (message.text !== undefined || message.notes) this.#out(message);
    if (closed) this.#end();
  }

  /** The module is gone. */
  fail(error: MercureError): void {
    if (this.#over) return;
    this.#end();
    this.#out({ notes: [["failed", error.code, error.message]] });
  }

  #enter(parts: readonly (string | Uint8Array)[], fn: Enter): void {
    if (this.#over) return;
    try {
      this.#module.enter(this, parts, (go, lengths) => fn(go, lengths, Date.now()));
    } catch (error) {
      // The module has ended, and tells all its streams so itself.
      if (!(error instanceof MercureError)) throw error;
    }
  }

  /** Lets go of everything. */
  #end(): void {
    if (this.#over) return;
    this.#over = true;
    clearTimeout(this.#timer);
    for (const cut of this.#conns.values()) cut();
    this.#conns.clear();
    this.#drop();
    this.#module.forget(this.#id);
  }

  /** The request that left before Go was ready is not the one that Go wants. */
  #drop(): void {
    this.#early?.abort.abort();
    this.#early = undefined;
  }

  // What Go asks for. None of these may call Go back at once.

  wake(ms: number): void {
    clearTimeout(this.#timer);
    if (ms >= 0) this.#timer = setTimeout(() => this.#enter([], (go, _, now) => go.mx_tick(this.#id, now)), ms);
  }

  cut(conn: number): void {
    this.#conns.get(conn)?.();
    this.#conns.delete(conn);
  }

  discover(): void {
    const url = new URL(this.options.url);
    url.pathname = `/.well-known/oauth-protected-resource${url.pathname}`;
    url.search = "";
    fetch(url, { credentials: "omit" })
      .then((response) => response.ok)
      .catch(() => false)
      .then((draft1) => this.signal(draft1 ? Signal.draft1 : Signal.classic));
  }

  connect(conn: number, method: string, url: string, body: string, token: string): void {
    // In a task of its own: what it finds at once would call Go back.
    queueMicrotask(() => {
      if (this.#over) return;
      if (this.options.eventSource) this.#listen(conn, url);
      else void this.#fetch(conn, method, url, body, token);
    });
    this.#conns.set(conn, () => {});
  }

  async #fetch(conn: number, method: string, url: string, body: string, token: string): Promise<void> {
    if (!this.#conns.has(conn)) return;
    let early = this.#early;
    this.#early = undefined;
    if (early && !(method === "GET" && same(url, this.options.url) && token === this.options.token)) {
      early.abort.abort();
      early = undefined;
    }
    const abort = early?.abort ?? new AbortController();
    this.#conns.set(conn, () => abort.abort());
    let reason = "";
    try {
      const response = await (early?.response ?? fetch(url, request(this.options, token, method, body, abort.signal)));
      this.#head(conn, response);
      if (!this.#conns.has(conn)) abort.abort(); // also a body that nobody reads
      else if (response.body) {
        const reader = response.body.getReader();
        for (let piece; !(piece = await reader.read()).done; ) {
          const { value } = piece;
          for (let at = 0; at < value.length; at += mostBytes) {
            this.#enter([value.subarray(at, at + mostBytes)], (go, [length], now) => go.mx_bytes(this.#id, conn, length!, now));
          }
        }
      }
    } catch (error) {
      reason = String(error);
    }
    this.#ended(conn, reason);
  }

  #head(conn: number, response: Response): void {
    const { headers, status } = response;
    const cursor = headers.get("Last-Event-ID") ?? headers.get("Mercure-Last-Event-ID");
    const after = headers.get("Retry-After") ?? "";
    const wait = /^\d+$/.test(after) ? Number(after) * 1000 : Math.max(0, Date.parse(after) - Date.now()) || 0;
    this.#enter([headers.get("Content-Type") ?? "", cursor ?? ""], (go, [type, length], now) =>
      go.mx_head(this.#id, conn, status, wait, type!, cursor === null ? -1 : length!, now),
    );
  }

  #ended(conn: number, reason: string): void {
    if (!this.#conns.delete(conn)) return;
    this.#enter([reason], (go, [length], now) => go.mx_end(this.#id, conn, length!, now));
  }

  /** Hears an EventSource, and writes what it says as the stream it came from. */
  #listen(conn: number, url: string): void {
    if (!this.#conns.has(conn)) return;
    const source = new EventSource(url, { withCredentials: this.options.credentials });
    const channel = new MessageChannel();
    let text = "";
    let id = "";
    const flush = (): void => {
      const bytes = new TextEncoder().encode(text);
      text = "";
      if (bytes.length > 0) this.#enter([bytes], (go, [length], now) => go.mx_bytes(this.#id, conn, length!, now));
    };
    channel.port1.onmessage = flush;
    const close = (): void => {
      source.close();
      channel.port1.close();
    };
    this.#conns.set(conn, close);
    const listener = ({ type, data, lastEventId }: MessageEvent<string>): void => {
      if (data === undefined) return; // the source's own error, whatever hubs name theirs
      // A task of its own for what has come: a microtask would run after each.
      if (text === "") channel.port2.postMessage(0);
      // An id that sticks from the event before is not the event's own.
      if (lastEventId !== id) text += `id: ${(id = lastEventId)}\n`;
      text += `${type === "message" ? "" : `event: ${type}\n`}data: ${data.replaceAll("\n", "\ndata: ")}\n\n`;
    };
    for (const name of new Set(["message", ...this.#module.names, ...this.options.names])) source.addEventListener(name, listener as EventListener);
    source.addEventListener("open", (event) => {
      if (!("data" in event)) this.#enter([], (go, _, now) => go.mx_head(this.#id, conn, -200, 0, 0, -1, now));
    });
    source.addEventListener("error", (event) => {
      if ("data" in event || !this.#conns.has(conn)) return;
      flush();
      const refused = source.readyState === 2;
      close();
      // It does not say what the hub answered: that is asked for.
      if (refused) void this.#probe(conn, url);
      else this.#ended(conn, "");
    });
  }

  async #probe(conn: number, url: string): Promise<void> {
    const abort = new AbortController();
    this.#conns.set(conn, () => abort.abort());
    let reason = "";
    try {
      const response = await fetch(url, request(this.options, "", "GET", "", abort.signal));
      // One that is well now is asked again.
      if (response.status !== 200 || !/^text\/event-stream/i.test(response.headers.get("Content-Type") ?? "")) this.#head(conn, response);
      abort.abort();
    } catch (error) {
      reason = String(error);
    }
    this.#ended(conn, reason);
  }
}

/** As much as Go takes at once: its memory stays small, and the page gets its first events sooner. */
const mostBytes = 65_536;

/** What connecting takes. */
export function request(options: StreamOptions, token: string, method = "GET", body = "", signal?: AbortSignal): RequestInit {
  const headers: Record<string, string> = { ...options.headers, Accept: "text/event-stream" };
  if (token) headers["Authorization"] = `Bearer ${token}`;
  const init: RequestInit = { method, headers, cache: "no-store", credentials: options.credentials ? "include" : "same-origin" };
  if (body) {
    headers["Content-Type"] = "application/x-www-form-urlencoded";
    init.body = body;
  }
  if (signal) init.signal = signal;
  return init;
}

const same = (a: string, b: string): boolean => new URL(a).href === new URL(b).href;
