import { MercureError, type MercureErrorCode } from "./errors.js";
import { Inbox, type Link, type Recipient } from "./inbox.js";
import { Program } from "./program.js";
import type { State } from "./types.js";

/** Changes when this package and wasm/serve_js.go change what they say to each other. */
const abi = 1;

/** What a client wants, and how it is told. Go opens the stream and reports. */
export interface Stream extends Recipient {
  readonly url: string;
  readonly withCredentials: boolean;
  /** Names of events beside those of the module's set. */
  readonly events: readonly string[];
  report(state: State, code: string, reason: string): void;
  /** The module has ended. */
  ended(error: MercureError): void;
}

/** An open stream. */
interface Connection {
  readonly stream: Stream;
  readonly link: Link;
  /** Set while there is a source: stops listening to it. */
  detach?: () => void;
  /** Closes the source without Go, when Go is gone. */
  abort?: () => void;
}

/** One running module, shared by all clients of a page that name the same URL. */
export class Module {
  static #loaded = new Map<string, Promise<Module>>();

  readonly #inbox = new Inbox();
  readonly #connections = new Map<number, Connection>();
  readonly #url: URL;
  #program!: Program;
  #indexes: Map<string, number> | undefined;
  #error: MercureError | undefined;
  #lastId = 0;

  /** Loads the module at url, once. A load that failed may be tried again. */
  static load(url: URL): Promise<Module> {
    let loading = this.#loaded.get(url.href);
    if (loading === undefined) {
      const module = new Module(url);
      loading = module.#start();
      this.#loaded.set(url.href, loading);
      loading.catch(() => this.#loaded.delete(url.href));
    }
    return loading;
  }

  private constructor(url: URL) {
    this.#url = url;
  }

  /** Has Go open a stream. Returns the number to close it with. */
  open(stream: Stream): number {
    const id = ++this.#lastId;
    this.#connections.set(id, { stream, link: { recipient: stream, live: true } });
    this.#program.call((exports) => exports.mx_open(id));
    return id;
  }

  /** Has Go close the stream. Nothing more is delivered or reported. */
  close(id: number): void {
    const connection = this.#connections.get(id);
    if (connection === undefined) return;
    connection.link.live = false;
    try {
      this.#program.call((exports) => exports.mx_close(id));
    } catch {
      connection.abort?.(); // the program has ended; the other clients are told
    }
    this.#forget(id);
  }

  async #start(): Promise<this> {
    this.#program = await Program.start(this.#url, this.#bridge(), (error) => this.#end(error));
    if (this.#error) throw this.#error;
    if (this.#indexes === undefined) {
      throw new MercureError("start", `The module at ${this.#url.href} runs, but its main has not called wasm.Serve.`);
    }
    this.#inbox.attach(this.#program);
    return this;
  }

  /** What Go calls; wasm/serve_js.go describes it. */
  #bridge(): object {
    return {
      ready: (version: number, events: string[]) => {
        if (version !== abi) {
          this.#error = new MercureError(
            "version",
            `The module at ${this.#url.href} speaks interface ${version}, this index.js ${abi}. Deploy index.js and sdk.wasm of the same version.`,
          );
        }
        this.#indexes = new Map(events.map((event, index) => [event, index]));
      },
      options: (id: number) => {
        // A copy: what Go is given, it holds until its next collection.
        const { url, withCredentials } = this.#connections.get(id)!.stream;
        return { url, withCredentials };
      },
      attach: (id: number, source: EventSource) => this.#attach(id, source),
      detach: (id: number) => this.#detach(id),
      report: (id: number, state: State, code: MercureErrorCode, reason: string) => {
        const connection = this.#connections.get(id);
        if (state === "closed") this.#forget(id);
        connection?.stream.report(state, code, reason);
      },
    };
  }

  /**
   * Listens for the hub's events. These are plain listeners: one that calls Go
   * for each event would cost ten times as much.
   */
  #attach(id: number, source: EventSource): void {
    const connection = this.#connections.get(id)!;
    const { link, stream } = connection;
    const indexes = this.#indexes!;
    const listener = (event: Event): void => {
      // The source's own open and error are no messages, whatever hubs name theirs.
      if (!(event instanceof MessageEvent)) return;
      const index = indexes.get(event.type) ?? -1;
      this.#inbox.push({ link, event: event.type, index, data: event.data, lastEventId: event.lastEventId });
    };
    // "message" is also the type of events without a name.
    const names = new Set([...indexes.keys(), "message", ...stream.events]);
    for (const name of names) source.addEventListener(name, listener);
    connection.detach = () => {
      for (const name of names) source.removeEventListener(name, listener);
    };
    connection.abort = () => {
      connection.detach?.();
      source.close();
    };
  }

  #detach(id: number): void {
    const connection = this.#connections.get(id);
    if (connection === undefined) return;
    connection.detach?.();
    delete connection.detach;
    delete connection.abort;
    // What had arrived before the stream ended is still delivered before its end is told.
    if (connection.link.live) this.#inbox.flush();
    connection.link.live = false;
  }

  #forget(id: number): void {
    this.#connections.delete(id);
    // In a task of its own, and not when a page only changes one client for another.
    if (this.#connections.size === 0) setTimeout(() => this.#rest());
  }

  /** Lets go of all that the last stream left behind. */
  #rest(): void {
    if (this.#connections.size > 0) return;
    this.#inbox.rest();
    try {
      this.#program.call((exports) => exports.mx_rest());
    } catch {
      // It has ended; nobody is left to care.
    }
  }

  /** The program is gone and closes nothing any more. */
  #end(error: MercureError): void {
    Module.#loaded.delete(this.#url.href);
    const connections = [...this.#connections.values()];
    this.#connections.clear();
    this.#inbox.rest();
    for (const { stream, link, abort } of connections) {
      link.live = false;
      abort?.();
      stream.ended(error);
    }
  }
}
