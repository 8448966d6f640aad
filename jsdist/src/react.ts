"use client"; // Next.js: these hooks run in the browser only
/**
 * React hooks around the client:
 *
 *     const { client, status } = useMercure("/.well-known/mercure?topic=…");
 *     useMercureEvent(client, "new_message", ({ detail }) => add(detail));
 */
import { useEffect, useMemo, useRef, useSyncExternalStore } from "react";
import { MercureClient } from "./index.js";
import type { MercureClientOptions, MercureEvent, StateChange } from "./types.js";

/** A state and why it came about. */
export type MercureStatus = Omit<StateChange, "previous">;

/** The event of a name, typed where `amalgam-sdk/dom` is imported. */
export type MercureEventOf<N extends string> = `mercure-${N}` extends keyof DocumentEventMap ? DocumentEventMap[`mercure-${N}`] : MercureEvent;

/** What `useMercureEvent` needs of a client. */
export interface MercureEventSource {
  on(name: string, handler: (event: never) => void): () => void;
}

/**
 * A client that lives as long as the component: connected after it is mounted,
 * closed when it is unmounted. Another `url`, or options of another value, make
 * another client. `getToken` is called as last rendered, and `lastEventId` read
 * at the first connection: a change of these alone changes nothing.
 *
 * Renders again when the status changes, never because of an event.
 */
export function useMercure(url: string | URL, options: MercureClientOptions = {}): { client: MercureClient; status: MercureStatus } {
  const latest = useRef(options);
  useEffect(() => void (latest.current = options));

  // On a server there is no document to compare with.
  const target = options.target ?? globalThis.document;
  const watched = useMemo(
    () => new Watched(url, throughLatest(options, latest)),
    [String(url), essence(options), target],
  );
  const status = useSyncExternalStore(watched.subscribe, watched.read, watched.read);
  useEffect(() => {
    watched.client.build();
    return () => watched.client.close();
  }, [watched]);
  return { client: watched.client, status };
}

/**
 * Calls `handler` for each event of that name which the client receives, while
 * the component is mounted. Handlers need no useCallback: the one last rendered
 * is called.
 */
export function useMercureEvent<N extends string>(client: MercureEventSource | null | undefined, name: N, handler: (event: MercureEventOf<N>) => void): void {
  const latest = useRef(handler);
  useEffect(() => void (latest.current = handler));
  useEffect(() => client?.on(name, (event: MercureEventOf<N>) => latest.current(event)), [client, name]);
}

/** A client whose status can be read at any time and is the same object until it changes. */
class Watched {
  readonly client: MercureClient;
  #status: MercureStatus;
  readonly #changed = new Set<() => void>();

  constructor(url: string | URL, options: MercureClientOptions) {
    this.client = new MercureClient(url, options);
    this.#status = Object.freeze({ state: this.client.state, code: "", reason: "", until: 0 });
    // From the beginning: React subscribes late, and StrictMode twice.
    this.client.addEventListener("state", ({ detail: { previous: _, ...status } }) => {
      this.#status = Object.freeze(status);
      for (const changed of this.#changed) changed();
    });
  }

  readonly read = (): MercureStatus => this.#status;

  readonly subscribe = (changed: () => void): (() => void) => {
    this.#changed.add(changed);
    return () => this.#changed.delete(changed);
  };
}

function throughLatest(options: MercureClientOptions, latest: { current: MercureClientOptions }): MercureClientOptions {
  const { getToken } = options as WithGetToken;
  return getToken ? ({ ...options, getToken: () => (latest.current as WithGetToken).getToken?.() } as MercureClientOptions) : options;
}

type WithGetToken = MercureClientOptions & { getToken?: (() => unknown) | undefined };

/** What makes another client when it changes, by value. */
function essence(options: MercureClientOptions): string {
  const { target, getToken, ...rest } = options as WithGetToken;
  const values = Object.entries({ ...rest, lastEventId: undefined, getToken: getToken !== undefined });
  return JSON.stringify(values.sort(([a], [b]) => (a < b ? -1 : 1)));
}
