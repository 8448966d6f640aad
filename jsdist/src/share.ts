import { Engines, type Receive, type Running } from "./link.js";
import type { FromEngine, ToEngine } from "./protocol.js";

/**
 * One engine for all tabs of an origin: in a SharedWorker, or where there can be
 * none (no such thing, a policy, a script of another origin) in the tab that
 * holds a lock, which the others reach over a BroadcastChannel.
 */
export const shared: Engines = new Engines((receive) => byWorker(receive).catch(() => byLeader(receive)));

const random = (): string => Math.random().toString(36).slice(2) + Date.now().toString(36);

async function byWorker(receive: Receive): Promise<Running> {
  // Bundlers look for exactly this expression and ship the file.
  const worker = new SharedWorker(new URL("./shared.js", import.meta.url), { type: "module", name: "amalgam-sdk" });
  const { port } = worker;
  await new Promise<unknown>((resolve, reject) => {
    port.onmessage = resolve; // it runs: no policy forbids it
    worker.onerror = reject;
  });
  port.onmessage = ({ data }: MessageEvent<FromEngine>) => receive(data);
  const send = (message: ToEngine): void => port.postMessage(message);
  const presence = new Lock(send);
  // A page in the back/forward cache holds no lock, and is forgotten.
  const abort = new AbortController();
  addEventListener("pagehide", () => presence.release(), { signal: abort.signal });
  addEventListener("pageshow", ({ persisted }) => persisted && (presence.hold(), shared.again()), { signal: abort.signal });
  presence.hold();
  return {
    send,
    end: () => {
      abort.abort();
      send({ op: "bye", id: 0 });
      presence.release();
      port.close();
    },
  };
}

/** Tells whoever serves the tabs that this one is there: its lock ends with it, however it ends. */
class Lock {
  readonly #send: (message: ToEngine) => void;
  #release: (() => void) | undefined;

  constructor(send: (message: ToEngine) => void) {
    this.#send = send;
  }

  hold(): void {
    const lock = `amalgam-sdk-tab-${random()}`;
    if (!navigator.locks) return this.#send({ op: "hello", id: 0, lock: "" });
    void navigator.locks.request(
      lock,
      () =>
        new Promise<void>((resolve) => {
          this.#release = resolve;
          this.#send({ op: "hello", id: 0, lock });
        }),
    );
  }

  release(): void {
    this.#release?.();
    this.#release = undefined;
  }
}

interface Letter {
  from?: string;
  to?: string;
  ask?: ToEngine;
  tell?: FromEngine;
  /** There is a new leader. */
  leads?: boolean;
}

async function byLeader(receive: Receive): Promise<Running> {
  const me = random();
  const channel = new BroadcastChannel("amalgam-sdk");
  const post = (letter: Letter): void => channel.postMessage(letter);
  const { Tabs } = await import("./tabs.js");
  let tabs: InstanceType<typeof Tabs> | undefined;
  let lead: (() => void) | undefined;
  let known: (() => void) | undefined;
  const leads = new Promise<void>((resolve) => (known = resolve));

  const send = (message: ToEngine): void => {
    if (tabs) tabs.receive(me, message, receive);
    else post({ from: me, ask: message });
  };
  const presence = new Lock(send);
  channel.onmessage = ({ data }: MessageEvent<Letter>) => {
    const { from, to, ask, tell, leads } = data;
    if (to === me && tell) receive(tell);
    if (ask && from && tabs) tabs.receive(from, ask, (message) => post({ to: from, tell: message }));
    if (leads) {
      known?.();
      presence.release();
      presence.hold();
      shared.again();
    }
    if (data.leads === false && tabs) post({ leads: true }); // somebody asks
  };
  void navigator.locks.request("amalgam-sdk-leader", () => {
    tabs = new Tabs();
    known?.();
    post({ leads: true });
    presence.release();
    presence.hold();
    shared.again();
    return new Promise<void>((resolve) => (lead = resolve));
  });
  const asking = setInterval(() => post({ leads: false }), 200);
  await leads;
  clearInterval(asking);
  presence.hold();
  return {
    send,
    end: () => {
      send({ op: "bye", id: 0 });
      presence.release();
      lead?.();
      tabs?.end();
      channel.close();
    },
  };
}
