import { MercureError, type MercureErrorCode } from "./errors.js";
import { Module, type Stream } from "./module.js";
import type { ClientEventMap, Invalid, MercureClientOptions, State } from "./types.js";

/** One life of a client, from build() to its end. */
interface Session {
  module?: Module;
  id?: number;
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
  readonly #url: string;
  readonly #options: MercureClientOptions;
  #state: State = "idle";
  #session: Session | undefined;
  /** How the last build() went: undefined while it is under way or not begun. */
  #outcome: MercureError | "ready" | undefined;
  #ready: Ready | undefined;
  #hears = { error: false, invalid: false };

  /** Throws a MercureError with code `url` when there is no URL in `url`. */
  constructor(url: string | URL, options: MercureClientOptions = {}) {
    super();
    this.#url = absolute(url);
    this.#options = { ...options };
  }

  /** The subscribe URL, absolute. */
  get url(): string {
    return this.#url;
  }

  get state(): State {
    return this.#state;
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
      const promise = new Promise<void>((res, rej) => ([resolve, reject] = [res, rej]));
      this.#ready = { promise, resolve, reject };
      this.#settle();
    }
    return this.#ready.promise;
  }

  /** Loads the module, once for all clients, and connects. Harmless when that is done or under way. */
  build(): this {
    if (this.#session !== undefined) return this;
    if (this.#outcome !== undefined) {
      this.#outcome = undefined;
      this.#ready = undefined;
    }
    const session: Session = {};
    this.#session = session;
    this.#enter("connecting", "");
    // A handler of that change may have closed the client again.
    if (this.#session === session) {
      this.#connect(session).catch((cause: unknown) => {
        const error = cause instanceof MercureError ? cause : new MercureError("start", `The SDK could not start: ${String(cause)}`, { cause });
        this.#end(session, error);
      });
    }
    return this;
  }

  /** Ends the stream and lets go of everything. `build()` begins anew. */
  close(): void {
    const session = this.#session;
    if (session === undefined) return;
    this.#session = undefined;
    if (this.#outcome === undefined) {
      this.#outcome = new MercureError("closed", "close() was called before the client was ready.");
      // Whoever closes knows: nobody needs to be told by an unhandled rejection.
      this.#ready?.promise.catch(() => {});
      this.#settle();
    }
    if (session.id !== undefined) session.module?.close(session.id);
    this.#enter("closed", "");
    this.#emit("close", null);
  }

  override addEventListener<K extends keyof ClientEventMap>(
    type: K,
    listener: ((this: MercureClient, event: ClientEventMap[K]) => unknown) | { handleEvent(event: ClientEventMap[K]): unknown } | null,
    options?: boolean | AddEventListenerOptions,
  ): void;
  override addEventListener(type: string, listener: EventListenerOrEventListenerObject | null, options?: boolean | AddEventListenerOptions): void;
  override addEventListener(type: string, listener: unknown, options?: boolean | AddEventListenerOptions): void {
    if (listener && (type === "error" || type === "invalid")) this.#hears[type] = true;
    super.addEventListener(type, listener as EventListenerOrEventListenerObject | null, options);
  }

  async #connect(session: Session): Promise<void> {
    const target = this.#options.target ?? globalThis.document;
    if (typeof EventSource === "undefined" || target === undefined) {
      throw new MercureError("unsupported", "The SDK connects from a page in a browser: there is no EventSource or document here.");
    }
    const module = await Module.load(this.#moduleURL());
    if (this.#session !== session) return; // closed meanwhile
    session.module = module;
    session.id = module.open(this.#stream(session, target));
    if (this.#session !== session) {
      module.close(session.id); // refused or closed while it was being opened
      return;
    }
    this.#outcome = "ready";
    this.#settle();
  }

  /** What the module knows of this client. */
  #stream(session: Session, target: EventTarget): Stream {
    return {
      url: this.#url,
      withCredentials: this.#options.withCredentials ?? true,
      events: this.#options.events ?? [],
      target,
      report: (state, code, reason) => {
        if (this.#session !== session) return;
        if (state === "closed") {
          this.#end(session, new MercureError(code as MercureErrorCode, `${this.#url}: ${reason}.`));
          return;
        }
        this.#enter(state, reason);
        if (state === "open") this.#emit("open", null);
      },
      invalid: (detail) => this.#invalid(detail),
      fault: (error) => this.#fail(error),
      ended: (error) => this.#end(session, error),
    };
  }

  #moduleURL(): URL {
    const { wasm } = this.#options;
    // Bundlers look for exactly this expression and ship the file.
    if (wasm === undefined) return new URL("./sdk.wasm", import.meta.url);
    return new URL(wasm, base());
  }

  /** The session is over because of an error. */
  #end(session: Session, error: MercureError): void {
    if (this.#session !== session) return;
    this.#session = undefined;
    const before = this.#outcome;
    if (before === undefined) {
      this.#outcome = error;
      this.#settle();
    }
    this.#enter("closed", error.message);
    this.#fail(error, before === undefined && this.#ready !== undefined);
    this.#emit("close", error);
  }

  /** Raises an error; on the console too when nobody else is told. */
  #fail(error: MercureError, told = false): void {
    this.#emit("error", error);
    if (!told && !this.#hears.error) console.error(`MercureClient: ${error.message}`);
  }

  #invalid(detail: Invalid): void {
    this.#emit("invalid", detail);
    if (this.#hears.invalid) return;
    this.#hears.invalid = true; // say it once
    console.warn(
      `MercureClient: a payload of the event "${detail.event}" does not hold to its schema and is not dispatched. ` +
        "Listen to the client's invalid event to hear of all of them.",
      detail.issues,
    );
  }

  #settle(): void {
    if (this.#ready === undefined || this.#outcome === undefined) return;
    if (this.#outcome === "ready") {
      this.#ready.resolve();
      return;
    }
    if (this.#hears.error) this.#ready.promise.catch(() => {});
    this.#ready.reject(this.#outcome);
  }

  #enter(state: State, reason: string): void {
    const previous = this.#state;
    if (state === previous) return;
    this.#state = state;
    this.#emit("state", { state, previous, reason });
  }

  #emit<K extends keyof ClientEventMap>(type: K, detail: ClientEventMap[K]["detail"]): void {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}

/** What relative URLs are relative to; nothing on a server. */
function base(): string | undefined {
  return globalThis.document?.baseURI ?? globalThis.location?.href;
}

function absolute(url: string | URL): string {
  const given = String(url ?? "");
  if (given === "") throw new MercureError("url", "MercureClient needs the hub's subscribe URL, such as https://example.com/.well-known/mercure?topic=…");
  try {
    return new URL(given, base()).href;
  } catch (cause) {
    if (base() === undefined) return given; // on a server, where relative URLs have no base
    throw new MercureError("url", `MercureClient: ${JSON.stringify(given)} is not a URL.`, { cause });
  }
}
