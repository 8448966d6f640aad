import make, { type Go } from "wasm_exec";
import { MercureError } from "./errors.js";
import { failure } from "./failure.js";
import { instantiate } from "./fetch.js";
import { Output } from "./output.js";

/** What the module exports; wasm/engine/serve_js.go says what each does. */
export interface Exports {
  mem: WebAssembly.Memory;
  mx_buffer(size: number): number;
  mx_table(): number;
  mx_text(): number;
  mx_length(): number;
  mx_open(id: number, now: number): number;
  mx_close(id: number, now: number): number;
  mx_head(id: number, conn: number, status: number, retryAfter: number, type: number, cursor: number, now: number): number;
  mx_bytes(id: number, conn: number, length: number, now: number): number;
  mx_end(id: number, conn: number, reason: number, now: number): number;
  mx_tick(id: number, now: number): number;
  mx_signal(id: number, signal: number, now: number): number;
  mx_token(id: number, text: number, expires: number, failed: number, now: number): number;
  mx_topics(id: number, length: number, now: number): number;
  mx_judge(name: number, data: number): number;
  mx_rest(): void;
}

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
  call<R>(enter: (exports: Exports) => R): R {
    if (this.#ended) throw this.#ended;
    let result: R;
    try {
      result = enter(this.#exports!);
    } catch (cause) {
      this.#end(String(cause), cause);
      throw this.#ended;
    }
    this.#check();
    return result;
  }

  /** Ends the program's use from outside, because it makes no sense any more. */
  abandon(why: string): MercureError {
    this.#end(why);
    return this.#ended!;
  }

  #check(): void {
    if (this.#ended) throw this.#ended;
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
