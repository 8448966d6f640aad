import make, { type Go } from "wasm_exec";
import { MercureError } from "./errors.js";
import { failure } from "./failure.js";
import { instantiate } from "./fetch.js";
import { Output } from "./output.js";

/** What the module exports; wasm/engine/serve_js.go says what each does. All take and give numbers. */
export type Call =
  | "mx_buffer"
  | "mx_table"
  | "mx_text"
  | "mx_length"
  | "mx_schemas"
  | "mx_open"
  | "mx_close"
  | "mx_head"
  | "mx_bytes"
  | "mx_end"
  | "mx_tick"
  | "mx_signal"
  | "mx_token"
  | "mx_topics"
  | "mx_judge"
  | "mx_rest";

type Exports = { mem: WebAssembly.Memory } & Record<Call, (...args: number[]) => number>;

/** One running Go program. It outlives its clients and serves the next ones. */
export class Program {
  readonly #output: Output;
  readonly #go: Go;
  readonly #onEnd: (error: MercureError) => void;
  #exports: Exports | undefined;
  #ended: MercureError | undefined;

  /** Loads and starts the program. `bridge` is what its Serve finds. */
  static async start(url: string, bridge: object, onEnd: (error: MercureError) => void): Promise<Program> {
    const output = new Output();
    const go = make((fd, bytes) => output.write(fd, bytes), { "amalgam:bridge": bridge });
    const program = new Program(go, output, onEnd);
    await program.#run(url);
    return program;
  }

  private constructor(go: Go, output: Output, onEnd: (error: MercureError) => void) {
    this.#go = go;
    this.#output = output;
    this.#onEnd = onEnd;
    go.exit = (code) => this.#end(`it exited with code ${code}`);
    // The browser enters Go here as well: for open, error and timers.
    const resume = go._resume;
    go._resume = () => {
      try {
        resume.call(go);
      } catch (cause) {
        this.#end(String(cause), cause);
        throw cause;
      }
    };
  }

  get memory(): ArrayBuffer {
    return this.#exports!.mem.buffer;
  }

  /**
   * Calls into Go. A program that has ended still answers, with nonsense, so
   * every call goes through here. Throws the MercureError that ended it.
   */
  call(name: Call, ...args: number[]): number {
    if (this.#ended) throw this.#ended;
    let result = 0;
    try {
      result = this.#exports![name](...args) >>> 0;
    } catch (cause) {
      this.#end(String(cause), cause);
    }
    if (this.#ended) throw this.#ended;
    return result;
  }

  /** Ends the program's use from outside, because it makes no sense any more. */
  abandon(why: string): MercureError {
    this.#end(why);
    return this.#ended!;
  }

  async #run(url: string): Promise<void> {
    const instance = await instantiate(url, this.#go.importObject);
    const exports = instance.exports as unknown as Exports;
    // Others of another version are told apart by the number that Serve gives.
    if (!exports.mx_table) throw await failure("foreign", undefined, url);
    this.#exports = exports;
    // Runs synchronously until main waits, with the bridge within reach.
    const running = this.#go.run(instance);
    running.catch((cause: unknown) => this.#end(String(cause), cause));
    await Promise.resolve();
    if (this.#ended) throw await failure("ended", this.#ended, url, this.#reason(this.#ended.message));
  }

  #reason(otherwise: string): string {
    return this.#output.reason() || otherwise;
  }

  #end(why: string, cause?: unknown): void {
    if (this.#ended) return;
    // The panic's text has been written by now, whichever way it ended.
    this.#ended = new MercureError("crashed", `The SDK's module ended: ${this.#reason(why)}. The console holds its traceback.`, { cause });
    const error = this.#ended;
    queueMicrotask(() => this.#onEnd(error)); // never from within the program
  }
}
