import type { ToEngine } from "./protocol.js";

export const random = (): string => Math.random().toString(36).slice(2) + Date.now().toString(36);

/** Tells whoever serves the tabs that this one is there: its lock ends with it, however it ends. */
export class TabLock {
  readonly #send: (message: ToEngine) => void;
  #release: (() => void) | undefined;

  constructor(send: (message: ToEngine) => void) {
    this.#send = send;
  }

  hold(): void {
    this.release();
    if (!navigator.locks) return this.#send({ op: "hello", id: 0, lock: "" });
    const lock = `amalgam-sdk-tab-${random()}`;
    let release!: () => void;
    const held = new Promise<void>((resolve) => (release = resolve));
    this.#release = release;
    void navigator.locks.request(lock, () => {
      if (this.#release === release) this.#send({ op: "hello", id: 0, lock });
      return held;
    }).catch(() => this.#send({ op: "hello", id: 0, lock: "" })); // none may be held here
  }

  release(): void {
    this.#release?.();
    this.#release = undefined;
  }
}
