import { Engines, type Receive, type Running } from "./link.js";
import { random, TabLock } from "./lock.js";
import { Places } from "./places.js";
import type { FromEngine, ToEngine } from "./protocol.js";

/**
 * One engine for all tabs of an origin: in a SharedWorker, or where there can be
 * none (no such thing, a policy, a script of another origin) in the tab that
 * holds a lock, which the others reach over a BroadcastChannel.
 */
export const shared: Engines = new Engines(async (receive) => {
  const places = new Places();
  const hear: Receive = (message) => receive(places.tell(message));
  const { send, end } = await byWorker(hear).catch(() => byLeader(hear));
  return { send: (message) => send(places.ask(message)), end };
});

/** How long a worker may take to say its first word before another is asked for, in milliseconds. */
const patience = 10_000;

async function byWorker(receive: Receive): Promise<Running> {
  let port: MessagePort;
  let lock = ""; // the worker's, which it holds while it lives
  let abort = new AbortController();
  let over = false;
  const send = (message: ToEngine): void => port.postMessage(message);
  const presence = new TabLock(send);

  const connect = (): Promise<void> =>
    new Promise((resolve, reject) => {
      // Bundlers look for exactly this expression and ship the file.
      const worker = new SharedWorker(new URL("./shared.js", import.meta.url), { type: "module", name: "amalgam-sdk" });
      const mine = (port = worker.port);
      const timer = setTimeout(() => {
        mine.close();
        if (!over) connect().then(resolve, reject);
      }, patience);
      mine.onmessage = ({ data }: MessageEvent<FromEngine>) => {
        if (data.lock === undefined) return receive(data);
        clearTimeout(timer); // it runs: no policy forbids it
        lock = data.lock;
        watch();
        resolve();
      };
      worker.onerror = (event) => {
        clearTimeout(timer);
        reject(event);
      };
    });

  // A worker dies with the process that it shares with some tab, and its ports
  // say nothing of it.
  const watch = (): void => {
    const mine = port;
    if (lock === "") return;
    const died = async (): Promise<void> => {
      if (over || port !== mine) return;
      mine.onmessage = null; // what it said last comes again
      mine.close();
      await connect();
      if (over) return;
      presence.hold();
      shared.again();
    };
    navigator.locks.request(lock, { mode: "shared", signal: abort.signal }, () => void died()).catch(() => {});
  };

  await connect();
  // A page in the back/forward cache holds no lock, waits for none, and is forgotten.
  const leave = (): void => {
    send({ op: "bye", id: 0 });
    presence.release();
    abort.abort();
  };
  const listening = new AbortController();
  const { signal } = listening;
  addEventListener("pagehide", leave, { signal });
  addEventListener(
    "pageshow",
    ({ persisted }) => {
      if (!persisted) return;
      abort = new AbortController();
      watch();
      presence.hold();
      shared.again();
    },
    { signal },
  );
  presence.hold();
  return {
    send,
    end: () => {
      over = true;
      listening.abort();
      leave();
      port.close();
    },
  };
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
  let channel: BroadcastChannel;
  let tabs: InstanceType<typeof Tabs> | undefined;
  let leader = "";
  let abort: AbortController;
  let step: (() => void) | undefined;
  let found: (() => void) | undefined;
  const post = (letter: Letter): void => channel.postMessage(letter);
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
    else shared.again();
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
    navigator.locks.request("amalgam-sdk-leader", { signal: abort.signal }, lead).catch(() => {});
  };
  const leave = (): void => {
    send({ op: "bye", id: 0 });
    presence.release();
    abort.abort();
    tabs?.end();
    tabs = undefined;
    leader = "";
    channel.close();
    step?.();
    step = undefined;
  };

  const known = new Promise<void>((resolve) => (found = resolve));
  join();
  const ask = (): void => post({ who: true });
  ask();
  const asking = setInterval(ask, 200);
  await known;
  clearInterval(asking);
  // Neither a lock nor a channel goes into the back/forward cache.
  const listening = new AbortController();
  const { signal } = listening;
  addEventListener("pagehide", leave, { signal });
  addEventListener(
    "pageshow",
    ({ persisted }) => {
      if (!persisted) return;
      join();
      ask();
    },
    { signal },
  );
  return {
    send,
    end: () => {
      listening.abort();
      leave();
    },
  };
}
