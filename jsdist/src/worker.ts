/**
 * The engine: it loads the module and runs its streams, in a worker or in the
 * page. This file is both the module that the page imports and the script of
 * the worker.
 */
import { MercureError } from "./errors.js";
import { smallest } from "./fetch.js";
import { Module } from "./module.js";
import type { FromEngine, StreamOptions, ToEngine } from "./protocol.js";
import { request } from "./request.js";
import type { Early, Stream } from "./stream.js";

/** @internal */
export { Module } from "./module.js";
/** @internal */
export type { Stream } from "./stream.js";

/** Answers one page. @internal */
export class Engine {
  readonly #post: (message: FromEngine) => void;
  /** By the page's number; a promise while the module is being loaded. */
  readonly #streams = new Map<number, Promise<Stream | undefined> | Stream | undefined>();

  constructor(post: (message: FromEngine) => void) {
    this.#post = post;
  }

  receive(message: ToEngine): void {
    const { op, id } = message;
    switch (op) {
      case "open":
        this.#streams.set(id, this.#open(id, message.wasm, message.options));
        return;
      case "judge":
        return void this.#judge(message);
      case "close":
        this.#use(id, (stream) => stream.close());
        this.#streams.delete(id);
        return;
      case "topics":
        return this.#use(id, (stream) => stream.topics(message.topics));
      case "token":
        return this.#use(id, (stream) => stream.token(message.text, message.expires, message.failed));
      case "signal":
        return this.#use(id, (stream) => stream.signal(message.signal));
    }
  }

  #use(id: number, fn: (stream: Stream) => void): void {
    const stream = this.#streams.get(id);
    if (stream instanceof Promise) void stream.then((ready) => ready && fn(ready));
    else if (stream) fn(stream);
  }

  async #open(id: number, wasm: string, options: StreamOptions): Promise<Stream | undefined> {
    let early: Early | undefined;
    try {
      smallest();
      early = hurry(options);
    } catch {
      // Nothing will come of it; loading says why.
    }
    try {
      const module = await Module.load(wasm);
      const stream = module.stream(options, early, (message) => this.#post({ id, ...message }));
      this.#post({ id, notes: [["ready"]] });
      if (this.#streams.has(id)) this.#streams.set(id, stream);
      stream.open();
      return stream;
    } catch (error) {
      early?.abort.abort();
      this.#fail(id, error);
      return undefined;
    }
  }

  async #judge({ id, wasm, schemas, name, data }: Extract<ToEngine, { op: "judge" }>): Promise<void> {
    try {
      const issues = (await Module.load(wasm)).judge(schemas, name, data);
      this.#post({ id, notes: [["judged", issues]] });
    } catch (error) {
      this.#fail(id, error);
    }
  }

  #fail(id: number, error: unknown): void {
    const { code, message } = error instanceof MercureError ? error : new MercureError("start", `The SDK could not start: ${String(error)}`);
    this.#post({ id, notes: [["failed", code, message]] });
  }
}

/**
 * Sends the first request before Go is there to ask for it, where it is plain
 * what Go will ask for.
 */
function hurry(options: StreamOptions): Early | undefined {
  const { url, topics, eventSource, lastEventId, renewable, token, nameTopics } = options;
  const plain = topics === "" && !eventSource && !lastEventId && !nameTopics && !(renewable && !token);
  if (!plain || !/[?&](topic|match)/i.test(url) || /[?&]last[-_]?event[-_]?id=/i.test(url)) return undefined;
  const abort = new AbortController();
  const response = fetch(url, request(options, token, "GET", "", abort.signal));
  response.catch(() => {}); // it is told when Go asks
  return { response, abort };
}

// In a worker: the page's messages are for an engine of its own.
if ("DedicatedWorkerGlobalScope" in globalThis) {
  const scope = self as unknown as { postMessage(message: unknown, transfer: Transferable[]): void; onmessage: unknown };
  const engine = new Engine((message) => scope.postMessage(message, message.table ? [message.table.buffer] : []));
  scope.onmessage = ({ data }: MessageEvent<ToEngine>) => engine.receive(data);
  scope.postMessage({ id: 0 }, []); // it runs: no policy forbids it
}
