import { MercureError } from "./errors.js";
import { failure } from "./failure.js";
import { Program, type Call } from "./program.js";
import { rowWords, verdictValid, type Note, type StreamOptions } from "./protocol.js";
import { Stream, type Early, type Out } from "./stream.js";

/** Changes when this package and wasm/engine/serve_js.go change what they say to each other. */
const abi = 4;

/** What Go gets: strings and bytes by way of the buffer. */
export type Argument = number | string | Uint8Array;

type Doing = Record<"connect" | "cut" | "wake" | "discover", (...args: unknown[]) => void>;

/** What events are judged by: the number of a set in Go, and the names that have a schema there. */
export interface Schemas {
  set: number;
  names: string[];
}

/** One running module and the streams in it. */
export class Module {
  static #loaded = new Map<string, Promise<Module>>();

  readonly streams = new Map<number, Stream>();
  readonly url: string;
  /** By their document; "" for the module's own. */
  readonly #schemas = new Map<string, Schemas>();
  #program!: Program;
  #encoder = new TextEncoder();
  #decoder = new TextDecoder();
  #buffer = new Uint8Array(0);
  #lastId = 0;
  #version = 0;

  /** Loads the module at url, once. A load that failed may be tried again. */
  static load(url: string): Promise<Module> {
    let loading = this.#loaded.get(url);
    if (!loading) {
      loading = new Module(url).#start();
      this.#loaded.set(url, loading);
      loading.catch(() => this.#loaded.delete(url));
    }
    return loading;
  }

  private constructor(url: string) {
    this.url = url;
  }

  /** Reads a document, once. Throws a MercureError that says what is wrong with it. */
  schemas(document: string): Schemas {
    const known = this.#schemas.get(document);
    if (known) return known;
    const set = this.#call("mx_schemas", [document]);
    const text = this.#text();
    if (!set) throw new MercureError("schemas", text);
    const schemas = { set, names: text.split("\n").slice(0, -1) };
    this.#schemas.set(document, schemas);
    return schemas;
  }

  /** Makes a stream; its open connects it. Throws where its schemas cannot be read. */
  stream(options: StreamOptions, early: Early | undefined, out: Out): Stream {
    const schemas = this.schemas(options.schemas);
    const id = ++this.#lastId;
    const stream = new Stream(this, id, options, schemas, early, out);
    this.streams.set(id, stream);
    return stream;
  }

  /** Forgets a stream that is closed. */
  forget(id: number): void {
    this.streams.delete(id);
    // In a task of its own, and not when a page only changes one client for another.
    if (this.streams.size === 0) setTimeout(() => this.streams.size === 0 && this.#rest());
  }

  /**
   * Calls into Go for a stream, with the time as the last argument, and hands
   * on what the call has brought: first the events, then the notes.
   */
  enter(stream: Stream, name: Call, args: readonly Argument[]): void {
    const events = this.#call(name, [...args, Date.now()]);
    if (events > 0) stream.bring(...this.#batch(events));
    stream.tell();
  }

  /** Judges a payload; "" when it holds or has no schema, else the issues as JSON. */
  judge(document: string, name: string, data: string | Uint8Array): string {
    const [text, table] = this.#batch(this.#call("mx_judge", [this.schemas(document).set, name, data]));
    return table[5]! > verdictValid ? text.slice(text.length - table[4]!) : "";
  }

  /** Calls into Go. Of strings and bytes, which go into the buffer one after the other, it gets the lengths. */
  #call(name: Call, args: readonly Argument[]): number {
    const program = this.#program;
    const pieces: Uint8Array[] = [];
    let length = 0;
    const numbers = args.map((arg) => {
      if (typeof arg === "number") return arg;
      const piece = typeof arg === "string" ? this.#encoder.encode(arg) : arg;
      pieces.push(piece);
      length += piece.length;
      return piece.length;
    });
    // The memory's buffer is another one after it has grown, which any call may cause.
    if (this.#buffer.length < length || this.#buffer.buffer !== program.memory) {
      const size = Math.max(65_536, length, this.#buffer.length);
      const address = program.call("mx_buffer", size);
      if (address === 0) throw program.abandon("it has no memory left to receive events");
      this.#buffer = new Uint8Array(program.memory, address, size);
    }
    let at = 0;
    for (const piece of pieces) {
      this.#buffer.set(piece, at);
      at += piece.length;
    }
    return program.call(name, ...numbers);
  }

  #batch(events: number): [string, Uint32Array] {
    return [this.#text(), new Uint32Array(this.#program.memory, this.#program.call("mx_table"), events * rowWords).slice()];
  }

  #text(): string {
    const { memory } = this.#program;
    return this.#decoder.decode(new Uint8Array(memory, this.#program.call("mx_text"), this.#program.call("mx_length")));
  }

  async #start(): Promise<this> {
    this.#program = await Program.start(this.url, this.#bridge(), (error) => this.#end(error));
    if (this.#version !== abi) throw await failure("version", undefined, this.url, this.#version, abi);
    return this;
  }

  /** What Go calls; wasm/engine/serve_js.go describes it. What a stream does not do itself is told as a note. */
  #bridge(): object {
    const bridge: Record<string, unknown> = {
      ready: (version: number, names: string[]) => {
        this.#schemas.set("", { set: 0, names });
        this.#version = version;
      },
      options: (id: number) => this.streams.get(id)?.options,
    };
    for (const name of ["connect", "cut", "wake", "discover"] as const) {
      bridge[name] = (id: number, ...args: unknown[]) => (this.streams.get(id) as Doing | undefined)?.[name](...args);
    }
    for (const name of ["askToken", "changed", "gap", "fault", "debug"] as const) {
      bridge[name] = (id: number, ...args: unknown[]) => void this.streams.get(id)?.notes.push([name, ...args] as unknown as Note);
    }
    return bridge;
  }

  #rest(): void {
    try {
      this.#program.call("mx_rest");
    } catch {
      // It has ended; nobody is left to care.
    }
  }

  /** The program is gone and closes nothing any more. */
  #end(error: MercureError): void {
    Module.#loaded.delete(this.url);
    const streams = [...this.streams.values()];
    this.streams.clear();
    for (const stream of streams) stream.fail(error);
  }
}
