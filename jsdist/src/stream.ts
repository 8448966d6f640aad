import { dialect } from "./dialect.js";
import { MercureError } from "./errors.js";
import type { Argument, Module, Schemas } from "./module.js";
import type { Call } from "./program.js";
import { request } from "./request.js";
import { Signal, type FromEngine, type Note, type StreamOptions } from "./protocol.js";

/** A request that left before Go was ready to ask for it. */
export interface Early {
  response: Promise<Response>;
  abort: AbortController;
}

/** What is looked at of an answer. */
export type Answer = Pick<Response, "status" | "headers" | "type">;

/** Takes what a stream brings: see FromEngine. */
export type Out = (message: Omit<FromEngine, "id">) => void;

/** The world of one stream in the module: what stream.Host in Go asks for. */
export class Stream {
  readonly notes: Note[] = [];
  readonly options: StreamOptions;
  readonly schemas: Schemas;
  readonly #module: Module;
  readonly #id: number;
  readonly #out: Out;
  readonly #conns = new Map<number, () => void>();
  #early: Early | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #message: Omit<FromEngine, "id"> = {};
  #over = false;

  constructor(module: Module, id: number, options: StreamOptions, schemas: Schemas, early: Early | undefined, out: Out) {
    this.#module = module;
    this.#id = id;
    this.options = options;
    this.schemas = schemas;
    this.#early = early;
    this.#out = out;
  }

  open(): void {
    this.#enter("mx_open", this.schemas.set);
  }

  close(): void {
    this.#enter("mx_close");
    this.#end();
  }

  topics(topics: string): void {
    this.#enter("mx_topics", topics);
  }

  token(text: string, expires: number, failed: boolean): void {
    this.#enter("mx_token", text, expires, failed ? 1 : 0);
  }

  signal(signal: Signal): void {
    this.#enter("mx_signal", signal);
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

  #enter(name: Call, ...args: Argument[]): void {
    if (this.#over) return;
    try {
      this.#module.enter(this, name, [this.#id, ...args]);
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
    if (ms >= 0) this.#timer = setTimeout(() => this.#enter("mx_tick"), ms);
  }

  cut(conn: number): void {
    this.#conns.get(conn)?.();
    this.#conns.delete(conn);
  }

  discover(): void {
    void dialect(this.options.url).then((signal) => this.signal(signal));
  }

  connect(conn: number, method: string, url: string, body: string, token: string): void {
    // In a task of its own: what it finds at once would call Go back.
    queueMicrotask(() => {
      if (!this.has(conn)) return;
      if (!this.options.eventSource) return void this.#fetch(conn, method, url, body, token);
      import("./eventsource.js").then(
        ({ listen }) => listen(this, conn, url),
        (error) => this.ended(conn, String(error)),
      );
    });
    this.held(conn, () => {});
  }

  // What a connection has to say. Only what Go still wants gets there.

  has(conn: number): boolean {
    return this.#conns.has(conn);
  }

  /** How to cut a connection. */
  held(conn: number, cut: () => void): void {
    this.#conns.set(conn, cut);
  }

  /** Its answer has begun; a status of -200 is the 200 of an EventSource, which tells nothing else. */
  head(conn: number, { status, headers, type }: Answer): void {
    // A hub of the same origin that names no cursor has not gone on after ours; one of another may not show it.
    const cursor = headers.get("Last-Event-ID") ?? headers.get("Mercure-Last-Event-ID") ?? (type === "basic" ? "" : -1);
    const after = headers.get("Retry-After") ?? "";
    const wait = /^\d+$/.test(after) ? Number(after) * 1000 : Math.max(0, Date.parse(after) - Date.now()) || 0;
    this.#enter("mx_head", conn, status, wait, headers.get("Content-Type") ?? "", cursor);
  }

  bytes(conn: number, piece: Uint8Array): void {
    for (let at = 0; at < piece.length; at += mostBytes) this.#enter("mx_bytes", conn, piece.subarray(at, at + mostBytes));
  }

  ended(conn: number, reason: string): void {
    if (this.#conns.delete(conn)) this.#enter("mx_end", conn, reason);
  }

  async #fetch(conn: number, method: string, url: string, body: string, token: string): Promise<void> {
    let early = this.#early;
    this.#early = undefined;
    if (early && !(method === "GET" && same(url, this.options.url) && token === this.options.token)) {
      early.abort.abort();
      early = undefined;
    }
    const abort = early?.abort ?? new AbortController();
    this.held(conn, () => abort.abort());
    let reason = "";
    try {
      const response = await (early?.response ?? fetch(url, request(this.options, token, method, body, abort.signal)));
      this.head(conn, response);
      if (!this.has(conn)) abort.abort(); // also a body that nobody reads
      else if (response.body) {
        const reader = response.body.getReader();
        for (let piece; !(piece = await reader.read()).done; ) this.bytes(conn, piece.value);
      }
    } catch (error) {
      reason = String(error);
    }
    this.ended(conn, reason);
  }
}

/** As much as Go takes at once: its memory stays small, and the page gets its first events sooner. */
const mostBytes = 65_536;

const same = (a: string, b: string): boolean => new URL(a).href === new URL(b).href;
