"use client"; // Next.js: these hooks run in the browser only
/**
 * React hooks around the client:
 *
 *     const { client, status } = useMercure("/.well-known/mercure?topic=…");
 *     useMercureEvent(client, "new_message", ({ detail }) => add(detail));
 */
import { useEffect, useMemo, useRef, useSyncExternalStore } from "react";
import { MercureClient } from "./index.js";
import type { MercureClientOptions, MercureEvent, Status } from "./types.js";

/** The event of a name, typed where `amalgam-sdk/dom` is imported. */
export type MercureEventOf<N extends string> = `mercure-${N}` extends keyof DocumentEventMap ? DocumentEventMap[`mercure-${N}`] : MercureEvent;

/** What `useMercureEvent` needs of a client. */
export interface MercureEventSource {
  on(name: string, handler: (event: any) => void): () => void;
}

/**
 * A client that lives as long as the component: connected after it is mounted,
 * closed when it is unmounted. Another `url`, or options of another value, make
 * another client. `getToken` is called as last rendered, and `lastEventId` read
 * at the first connection: a change of these alone changes nothing.
 *
 * Renders again when the status changes, never because of an event.
 */
export function useMercure(url: string | URL, options: MercureClientOptions = {}): { client: MercureClient; status: Readonly<Status> } {
  const latest = useRef(options);
  useEffect(() => void (latest.current = options));

  // On a server there is no document to compare with.
  const target = options.target ?? globalThis.document;
  const [client, subscribe] = useMemo(() => {
    const client = new MercureClient(url, throughLatest(options, latest));
    const subscribe = (changed: () => void): (() => void) => {
      client.addEventListener("state", changed);
      return () => client.removeEventListener("state", changed);
    };
    return [client, subscribe] as const;
  }, [String(url), essence(options), target]);
  const read = (): Readonly<Status> => client.status;
  const status = useSyncExternalStore(subscribe, read, read);
  useEffect(() => {
    client.build();
    return () => client.close();
  }, [client]);
  return { client, status };
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

/** Asks the getToken of the last rendering, not that of the first. */
function throughLatest(options: MercureClientOptions, latest: { current: MercureClientOptions }): MercureClientOptions {
  return options.getToken ? { ...options, getToken: () => latest.current.getToken?.() } : options;
}

/** What makes another client when it changes, by value. */
function essence({ target, getToken, lastEventId, ...rest }: MercureClientOptions): string {
  const values = Object.entries({ ...rest, getToken: getToken !== undefined });
  return JSON.stringify(values.sort(([a], [b]) => (a < b ? -1 : 1)));
}
