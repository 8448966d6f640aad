import { absolute, base } from "./address.js";
import { MercureError, type MercureErrorCode } from "./errors.js";
import { dispatch, type Receiver } from "./dispatch.js";
import { away, here, type Engines, type Link } from "./link.js";
import { describe, lines, parse, without } from "./options.js";
import { queue, type Sinks } from "./queue.js";
import { Signal, type FromEngine, type Note, type ToEngine } from "./protocol.js";
import type { ClientEventMap, Discovery, MercureClientOptions, MercureEvent, MercureEvents, Publication, State, Status, Topic } from "./types.js";
import type { Presence } from "./presence.js";

/** One life of a client, from build() to its end. */
interface Session {
  id: number;
  link?: Link;
  /** The document by which its events are judged; none: the types in the module. */
  schemas?: string;
  /** Of a stream without the module: connects anew. */
  again?: () => void;
  /** Ends what listens to the page. */
  abort: AbortController;
}

interface Ready {
  promise: Promise<void>;
  resolve(): void;
  reject(error: MercureError): void;
}

// Rendering on a server may import this where there are no events.
const Base: typeof EventTarget = globalThis.EventTarget ?? (class {} as typeof EventTarget);

/**
 * Subscribes to a hub. Events whose payload holds to its schema are dispatched
 * as `mercure-<name>` on `document`, with the parsed payload as `detail`; the
 * others are reported by `invalid` on the client. Events without a name arrive
 * as `mercure-message`; they have no schema, and their `detail` is the parsed
 * data, or the data as a string where it is not JSON.
 *
 *     const client = new MercureClient("https://example.com/.well-known/mercure?topic=…");
 *     client.build();
 */
export class MercureClient extends Base {
  /** The subscribe URL, absolute. */
  readonly url: string;
  /** The options, as they were given. */
  readonly options: Readonly<MercureClientOptions>;
  #status: Status = { state: "idle", code: "", reason: "", until: 0 };
  #topics: Topic[];
  #lastEventId: string;
  #session: Session | undefined;
  /** How the last build() went: undefined while it is under way or not begun. */
  #outcome: MercureError | "ready" | undefined;
  #ready: Ready | undefined;
  #hears: Record<string, boolean> = {};
  #sinks: Sinks = new Set();

  /** Throws a MercureError where URL and options make no sense. */
  constructor(url: string | URL, options: MercureClientOptions = {}) {
    super();
    this.url = absolute(url);
    this.options = { ...options };
    if (options.source === "eventsource" && (options.token || options.headers)) {
      throw new MercureError("option", "An EventSource sends no headers: leave token and headers out, or use the source fetch.");
    }
    this.#topics = [...(options.topics ?? [])];
    this.#lastEventId = options.lastEventId ?? "";
  }

  get state(): State {
    return this.#status.state;
  }

  /** The state, why it is that, and until when. */
  get status(): Readonly<Status> {
    return this.#status;
  }

  /** The id of the last event that came. */
  get lastEventId(): string {
    return this.#lastEventId;
  }

  /**
   * Resolves when the module runs and the connection is being made; whether it
   * holds is told by `state`. Rejects with the MercureError that prevents it.
   * Stays pending until `build()`.
   */
  get ready(): Promise<void> {
    if (this.#ready === undefined) {
      let resolve!: () => void;
      let reject!: (error: MercureError) => void;
      const promise = new Promise<void>((...both) => ([resolve, reject] = both));
      this.#ready = { promise, resolve, reject };
      this.#settle();
    }
    return this.#ready.promise;
  }

  /** Loads the module and connects. Harmless when that is done or under way. */
  build(): this {
    if (this.#session) return this;
    if (this.#outcome !== undefined) this.#outcome = this.#ready = undefined;
    const session: Session = { id: 0, abort: new AbortController() };
    this.#session = session;
    this.#enter("connecting");
    // A handler of that change may have closed the client again.
    if (this.#session === session) this.#connect(session).catch((cause: unknown) => this.#end(session, asError(cause)));
    return this;
  }

  /** Ends the stream and lets go of everything. `build()` begins anew. */
  close(): void {
    const session = this.#session;
    if (!session) return;
    this.#leave(session);
    if (this.#outcome === undefined) {
      this.#outcome = new MercureError("closed", "close() was called before the client was ready.");
      this.#settle();
    }
    this.#enter("closed");
    this.#emit("close", null);
  }

  /** Follows further topics. Nothing that is followed already is missed. */
  subscribe(...topics: Topic[]): void {
    this.#change([...this.#topics, ...without(topics, this.#topics)]);
  }

  /** Follows topics no more that `topics` or subscribe named; those in the URL stay. */
  unsubscribe(...topics: Topic[]): void {
    this.#change(without(this.#topics, topics));
  }

  /**
   * Hears one event of this client, by a name of MercureEvents, or any where
   * that is empty. Returns the way to stop.
   */
  on<T = unknown>(name: [keyof MercureEvents] extends [never] ? string : never, handler: (event: MercureEvent<T>) => unknown, options?: { signal?: AbortSignal | undefined }): () => void;
  on<K extends keyof MercureEvents | "message">(name: K, handler: (event: MercureEvent<K extends keyof MercureEvents ? MercureEvents[K] : unknown>) => unknown, options?: { signal?: AbortSignal | undefined }): () => void;
  on(name: string, handler: (event: MercureEvent<never>) => unknown, options: { signal?: AbortSignal | undefined } = {}): () => void {
    const target = this.options.target ?? document;
    const listener = (event: Event): void => {
      if ((event as Event & { client?: unknown }).client === this) handler(event as MercureEvent<never>);
    };
    target.addEventListener(`mercure-${name}`, listener, options as AddEventListenerOptions);
    return () => target.removeEventListener(`mercure-${name}`, listener);
  }

  /** What arrives, one after the other, until the client is closed. */
  async *events(): AsyncGenerator<MercureEvent, void, void> {
    if (this.state !== "closed") yield* queue(this.#sinks);
  }

  /** Publishes an update and resolves to its id. Its payload is checked first. */
  async publish(update: Publication): Promise<string> {
    return (await import("./more.js")).publish(this, update);
  }

  /** Who subscribes to what, kept up to date. The hub must announce subscriptions. */
  async presence(selector: string): Promise<Presence> {
    return (await import("./presence.js")).presence(this, selector);
  }

  /** Finds the hub of a page or resource in its `Link` headers. */
  static async discover(url: string | URL): Promise<Discovery> {
    return (await import("./more.js")).discover(url);
  }

  override addEventListener<K extends keyof ClientEventMap>(
    type: K,
    listener: ((this: MercureClient, event: ClientEventMap[K]) => unknown) | { handleEvent(event: ClientEventMap[K]): unknown } | null,
    options?: boolean | AddEventListenerOptions,
  ): void;
  override addEventListener(type: string, listener: EventListenerOrEventListenerObject | null, options?: boolean | AddEventListenerOptions): void;
  override addEventListener(type: string, listener: unknown, options?: boolean | AddEventListenerOptions): void {
    if (listener) this.#hears[type] = true;
    super.addEventListener(type, listener as EventListenerOrEventListenerObject | null, options);
  }

  async #connect(session: Session): Promise<void> {
    const { options } = this;
    const target = options.target ?? globalThis.document;
    if (typeof fetch === "undefined" || target === undefined) {
      throw new MercureError("unsupported", "The SDK connects from a page in a browser: there is no fetch or document here.");
    }
    const receiver: Receiver = {
      target,
      client: this,
      live: () => this.#session === session,
      event: (event) => this.#heard(event),
      invalid: (detail) => {
        this.#emit("invalid", detail);
        if (!this.#hears["invalid"]) {
          this.#hears["invalid"] = true; // to be told once is enough
          void import("./more.js").then(({ warn }) => warn(detail));
        }
      },
      fault: (error) => this.#fail(error),
    };
    const receive = ({ text, table, notes }: FromEngine): void => {
      if (this.#session !== session) return;
      if (text !== undefined && table) dispatch(receiver, text, table);
      for (const note of notes ?? []) if (this.#session === session) this.#note(session, note);
    };
    if (options.schemas ?? false) {
      const { load } = await import("./schemas.js");
      session.schemas = await load(this, session.abort.signal);
      if (this.#session !== session) return;
    }
    const engines = options.share ? (await import("./share.js")).shared : this.engines;
    const { id, link } = await engines.join(receive);
    session.id = id;
    session.link = link;
    if (this.#session !== session) return link.leave(id); // closed meanwhile
    this.#open(session);
    this.#listen(session);
  }

  #open({ id, link, schemas }: Session): void {
    link!.send({ op: "open", id, wasm: this.wasm, options: describe(this.url, this.options, this.#topics, this.#lastEventId, schemas) });
  }

  #heard(event: MercureEvent): void {
    if (event.lastEventId) this.#lastEventId = event.lastEventId;
    for (const sink of this.#sinks) sink(event);
  }

  /** Tells the engine what the page hears of the world. */
  #listen(session: Session): void {
    if (typeof window === "undefined") return;
    const { signal } = session.abort;
    const tell = (what: EventTarget, type: string, means: Signal): void =>
      what.addEventListener(type, () => this.#send({ op: "signal", id: session.id, signal: means }), { signal });
    tell(window, "online", Signal.online);
    tell(window, "offline", Signal.offline);
    // An open connection would keep the page out of the back/forward cache.
    tell(window, "pagehide", Signal.suspend);
    tell(window, "pageshow", Signal.resume);
    tell(document, "resume", Signal.woken);
  }

  #note(session: Session, note: Note): void {
    switch (note[0]) {
      case "ready":
        this.#outcome = "ready";
        return this.#settle();
      case "failed":
        return this.#end(session, new MercureError(note[1], note[2]));
      case "changed": {
        const [, state, code, reason, until] = note;
        if (state === "closed") return this.#end(session, new MercureError(code as MercureErrorCode, `${this.url}: ${reason}.`), reason);
        return this.#enter(state, code, reason, until);
      }
      case "gap":
        return this.#emit("gap", { requested: note[1], received: note[2] });
      case "fault":
        this.#topics = this.#topics.filter((topic) => note[3].includes(lines([topic])));
        return this.#fail(new MercureError(note[1], `${this.url}: ${note[2]}.`));
      case "debug":
        return console.debug(`MercureClient: ${note[1]}`);
      case "askToken":
        return void this.#askToken(session);
      case "again":
        return this.#open(session);
    }
  }

  async #askToken({ id }: Session): Promise<void> {
    let text = "";
    let expires = 0;
    let failed = false;
    try {
      ({ token: text, expires } = parse((await this.options.getToken?.()) ?? ""));
    } catch (error) {
      text = String(error);
      failed = true;
    }
    this.#send({ op: "token", id, text, expires, failed });
  }

  #change(topics: Topic[]): void {
    this.#topics = topics;
    if (this.#session?.link) this.#send({ op: "topics", id: this.#session.id, topics: lines(topics) });
    this.#session?.again?.();
  }

  #send(message: ToEngine): void {
    const session = this.#session;
    if (session?.id === message.id) session.link?.send(message);
  }

  /** Where its module runs. @internal */
  get engines(): Engines {
    return this.options.worker === false ? here : away;
  }

  /** Where the module is. @internal */
  get wasm(): string {
    const { wasm } = this.options;
    // Bundlers look for exactly this expression and ship the file.
    return (wasm === undefined ? new URL("./sdk.wasm", import.meta.url) : new URL(wasm, base())).href;
  }

  #leave(session: Session): void {
    this.#session = undefined;
    session.abort.abort();
    session.link?.send({ op: "close", id: session.id });
    session.link?.leave(session.id);
    for (const sink of this.#sinks) sink(undefined);
  }

  /** The session is over because of an error. */
  #end(session: Session, error: MercureError, reason = error.message): void {
    if (this.#session !== session) return;
    this.#leave(session);
    if (this.options.fallback === "unchecked" && (error.code === "csp" || error.code === "no-wasm")) {
      void this.#goUnchecked(error);
      return;
    }
    const before = this.#outcome;
    if (before === undefined) {
      this.#outcome = error;
      this.#settle();
    }
    this.#enter("closed", error.code, reason);
    this.#fail(error, before === undefined && this.#ready !== undefined);
    this.#emit("close", error);
  }

  /** Without WebAssembly events arrive as the hub sends them. */
  async #goUnchecked(error: MercureError): Promise<void> {
    const session: Session = { id: 0, abort: new AbortController() };
    this.#session = session;
    const { unchecked } = await import("./unchecked.js");
    if (this.#session !== session) return;
    this.#outcome = "ready";
    this.#settle();
    const heard = (event: MercureEvent): void => this.#heard(event);
    session.again = unchecked(this, error, session.abort.signal, () => this.#topics, (note) => this.#note(session, note), heard);
  }

  /** Raises an error; on the console too when nobody else is told. */
  #fail(error: MercureError, told = false): void {
    this.#emit("error", error);
    if (!told && !this.#hears["error"]) console.error(`MercureClient: ${error.message}`);
  }

  #settle(): void {
    if (this.#ready === undefined || this.#outcome === undefined) return;
    if (this.#outcome === "ready") return this.#ready.resolve();
    // Whoever closes knows: nobody needs to be told by an unhandled rejection.
    if (this.#hears["error"] || this.#outcome.code === "closed") this.#ready.promise.catch(() => {});
    this.#ready.reject(this.#outcome);
  }

  #enter(state: State, code: MercureErrorCode | "" = "", reason = "", until = 0): void {
    const previous = this.#status;
    if (state === previous.state && code === previous.code && until === previous.until) return;
    this.#status = { state, code, reason, until };
    this.#emit("state", { ...this.#status, previous: previous.state });
    if (this.state === "open") this.#emit("open", null);
  }

  #emit<K extends keyof ClientEventMap>(type: K, detail: ClientEventMap[K]["detail"]): void {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}

/** What addEventListener takes, removeEventListener takes as well; the EventTarget's own does. */
export interface MercureClient {
  removeEventListener<K extends keyof ClientEventMap>(
    type: K,
    listener: ((this: MercureClient, event: ClientEventMap[K]) => unknown) | { handleEvent(event: ClientEventMap[K]): unknown } | null,
    options?: boolean | EventListenerOptions,
  ): void;
  removeEventListener(type: string, listener: EventListenerOrEventListenerObject | null, options?: boolean | EventListenerOptions): void;
}

function asError(cause: unknown): MercureError {
  return cause instanceof MercureError ? cause : new MercureError("start", `The SDK could not start: ${String(cause)}`, { cause });
}
