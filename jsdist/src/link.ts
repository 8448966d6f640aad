import type { FromEngine, Note, ToEngine } from "./protocol.js";

/** The way to an engine. */
export interface Link {
  send(message: ToEngine): void;
  /** Nothing more is wanted by id. */
  leave(id: number): void;
}

export type Receive = (message: FromEngine) => void;

/** A running engine. */
export interface Running {
  send(message: ToEngine): void;
  end(): void;
}

let lastId = 0;

/** A page's engine of one kind, shared by its clients, and ended with the last of them. */
export class Engines {
  readonly #start: (receive: Receive) => Promise<Running>;
  readonly #clients = new Map<number, Receive>();
  #engine: Promise<Running> | undefined;

  constructor(start: (receive: Receive) => Promise<Running>) {
    this.#start = start;
  }

  /** Says something to all clients. */
  tell(note: Note): void {
    for (const [id, receive] of this.#clients) receive({ id, notes: [note] });
  }

  async join(receive: Receive): Promise<{ id: number; link: Link }> {
    const id = ++lastId;
    this.#clients.set(id, receive);
    this.#engine ??= this.#start((message) => this.#clients.get(message.id)?.(message));
    try {
      const { send } = await this.#engine;
      return { id, link: { send, leave: (id) => this.#leave(id) } };
    } catch (error) {
      this.#leave(id);
      throw error;
    }
  }

  #leave(id: number): void {
    this.#clients.delete(id);
    // In a task of its own, and not when a page only changes one client for another.
    setTimeout(() => {
      const engine = this.#engine;
      if (this.#clients.size > 0 || !engine) return;
      this.#engine = undefined;
      engine.then(
        (engine) => engine.end(),
        () => {},
      );
    });
  }
}

async function inPage(receive: Receive): Promise<Running> {
  const { Engine } = await import("./worker.js");
  // What is handed on may close a client: not while Go is still at it.
  const engine = new Engine(receive);
  return { send: (message) => engine.receive(message), end: () => {} };
}

/** An engine in this thread. */
export const here = new Engines(inPage);

/** An engine in a worker, or in this thread where there can be none. */
export const away = new Engines(async (receive) => {
  const worker = await spawn().catch(() => undefined);
  /** What may have to be said again, as long as nobody knows whether the worker runs. */
  let said: ToEngine[] | undefined = [];
  let engine: Running = {
    send: (message) => {
      said?.push(message);
      worker?.postMessage(message);
    },
    end: () => worker?.terminate(),
  };
  const none = (event?: Event): void => {
    event?.preventDefault();
    engine.end();
    inPage(receive).then(
      (running) => {
        engine = running;
        for (const message of said!) {
          if (message.op === "open" && message.options.debug) receive({ id: message.id, notes: [["debug", "no worker can start (worker-src?): it is in the page"]] });
          engine.send(message);
        }
      },
      (error) => {
        for (const { id } of said!) receive({ id, notes: [["failed", "start", String(error)]] });
      },
    );
  };
  if (worker) {
    worker.onerror = none;
    worker.onmessage = () => {
      said = undefined;
      worker.onerror = null;
      worker.onmessage = ({ data }: MessageEvent<FromEngine>) => receive(data);
    };
  } else none();
  return { send: (message) => engine.send(message), end: () => engine.end() };
});

const spawn = async (): Promise<Worker> => {
  try {
    // Bundlers look for exactly this expression and ship the file.
    return new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
  } catch {
    return (await import("./more.js")).foreign(new URL("./worker.js", import.meta.url).href);
  }
};
