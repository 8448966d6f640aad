import { Engines, type Receive, type Running } from "./link.js";
import { random, TabLock } from "./lock.js";
import { Places } from "./places.js";
import type { FromEngine, ToEngine } from "./protocol.js";

/**
 * One engine for all tabs of an origin: in a SharedWorker, or where there can be
 * none (no such thing, a policy, a script of another origin) in the tab that
 * holds a lock, which the others reach over a BroadcastChannel. Where a page may
 * have none of these, its clients share among themselves.
 */
export const shared: Engines = new Engines(async (receive) => {
  const places = new Places();
  const hear: Receive = (message) => receive(places.tell(message));
  const { send, end } = await byWorker(hear)
    .catch(() => byLeader(hear))
    .catch(() => alone(hear));
  return { send: (message) => send(places.ask(message)), end };
});

/** How long a worker may take to say its first word before another is asked for, in milliseconds. */
const patience = 10_000;

/** The way to the worker, and the lock that it holds while it lives: kept, as browsers keep each SharedWorker that was asked for as long as the page. */
let known: { port: MessagePort; lock: string } | undefined;

async function byWorker(receive: Receive): Promise<Running> {
  let abort = new AbortController();
  let over = false;
  const send = (message: ToEngine): void => known?.port.postMessage(message);
  const presence = new TabLock(send);
  const hear = ({ data }: MessageEvent<FromEngine>): void => receive(data);

  const connect = (): Promise<void> =>
    new Promise((resolve, reject) => {
      // Bundlers look for exactly this expression and ship the file.
      const worker = new SharedWorker(new URL("./shared.js", import.meta.url), { type: "module", name: "amalgam-sdk" });
      const { port } = worker;
      const timer = setTimeout(() => {
        port.close();
        if (over) reject(new Error("closed"));
        else connect().then(resolve, reject);
      }, patience);
      port.onmessage = ({ data }: MessageEvent<FromEngine>) => {
        clearTimeout(timer); // it runs: no policy forbids it
        worker.onerror = null;
        if (over) return reject(new Error("closed"));
        known = { port, lock: data.lock! };
        resolve();
      };
      worker.onerror = (event) => {
        clearTimeout(timer);
        reject(event);
      };
    });

  // A worker dies with the process that it shares with some tab, and its ports
  // say nothing of it.
  const begin = (): void => {
    const { port, lock } = known!;
    port.onmessage = hear;
    presence.hold();
    if (lock === "") return;
    const died = async (): Promise<void> => {
      if (over || known?.port !== port) return;
      port.onmessage = null; // what it said last comes again
      port.close();
      known = undefined;
      shared.tell(["changed", "waiting", "lost", "the worker that all tabs share has ended", 0]);
      while (!known) {
        // Its script may not be had just now.
        await connect().catch(() => new Promise((resolve) => setTimeout(resolve, 1000)));
        if (over) return;
      }
      begin();
      shared.tell(["again"]);
    };
    navigator.locks.request(lock, { mode: "shared", signal: abort.signal }, () => void died()).catch(() => {});
  };

  if (!known) await connect();
  // A page in the back/forward cache holds no lock, waits for none, and is forgotten.
  const leave = (): void => {
    send({ op: "bye", id: 0 });
    presence.release();
    abort.abort();
  };
  const stop = backAndForth(leave, () => {
    abort = new AbortController();
    if (known) begin();
    shared.tell(["again"]);
  });
  begin();
  return {
    send,
    end: () => {
      over = true;
      stop();
      leave();
    },
  };
}

/** In a sandbox, where cookies are blocked, or over plain HTTP in a browser without SharedWorker. */
async function alone(receive: Receive): Promise<Running> {
  const { Tabs } = await import("./tabs.js");
  const tabs = new Tabs();
  const send = (message: ToEngine): void => tabs.receive("", message, receive);
  const stop = backAndForth(
    () => send({ op: "bye", id: 0 }),
    () => shared.tell(["again"]),
  );
  return {
    send,
    end: () => {
      stop();
      tabs.end();
    },
  };
}

/** Calls leave when the page goes into the back/forward cache, or for good, and back when it has come out of it. Returns the way to stop. */
function backAndForth(leave: () => void, back: () => void): () => void {
  const listening = new AbortController();
  const { signal } = listening;
  addEventListener("pagehide", leave, { signal });
  addEventListener("pageshow", ({ persisted }) => persisted && back(), { signal });
  return () => listening.abort();
}

interface Letter {
  from?: string;
  to?: string;
  /** The leader who writes. */
  by?: string;
  ask?: ToEngine;
  tell?: FromEngine;
  /** Who leads. */
  leads?: string;
  /** Somebody asks who leads. */
  who?: true;
}

async function byLeader(receive: Receive): Promise<Running> {
  const { Tabs } = await import("./tabs.js");
  const me = random();
  let channel: BroadcastChannel | undefined;
  let tabs: InstanceType<typeof Tabs> | undefined;
  let leader = "";
  let abort: AbortController;
  let step: (() => void) | undefined;
  let found: (() => void) | undefined;
  let forbidden: ((why: unknown) => void) | undefined;
  const post = (letter: Letter): void => channel?.postMessage(letter);
  const send = (message: ToEngine): void => {
    if (tabs) tabs.receive(me, message, receive);
    else post({ from: me, ask: message });
  };
  const presence = new TabLock(send);

  const follow = (id: string): void => {
    if (leader === id) return;
    const first = found;
    leader = id;
    found = undefined;
    presence.hold();
    if (first) first();
    else shared.tell(["again"]);
  };
  const join = (): void => {
    channel = new BroadcastChannel("amalgam-sdk");
    channel.onmessage = ({ data }: MessageEvent<Letter>) => {
      const { from, to, by, ask, tell, leads, who } = data;
      if (leads) follow(leads);
      // What one who led before still had to say comes again.
      if (tell && to === me && by === leader) receive(tell);
      if (ask && from) tabs?.receive(from, ask, (message) => tabs && post({ to: from, by: me, tell: message }));
      if (who && tabs) post({ leads: me });
    };
    abort = new AbortController();
    const lead = (): Promise<void> =>
      new Promise((resolve) => {
        step = resolve;
        tabs = new Tabs();
        post({ leads: me });
        follow(me);
      });
    navigator.locks.request("amalgam-sdk-leader", { signal: abort.signal }, lead).catch((why) => forbidden?.(why));
  };
  const leave = (): void => {
    send({ op: "bye", id: 0 });
    presence.release();
    abort.abort();
    tabs?.end();
    tabs = undefined;
    leader = "";
    channel?.close();
    step?.();
    step = undefined;
  };

  const known = new Promise<void>((resolve, reject) => ([found, forbidden] = [resolve, reject]));
  const ask = (): void => post({ who: true });
  const asking = setInterval(ask, 200);
  try {
    join();
    ask();
    await known;
  } catch (why) {
    channel?.close();
    throw why;
  } finally {
    clearInterval(asking);
  }
  // Neither a lock nor a channel goes into the back/forward cache.
  const stop = backAndForth(leave, () => {
    join();
    ask();
  });
  return {
    send,
    end: () => {
      stop();
      leave();
    },
  };
}
