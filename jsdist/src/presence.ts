import { MercureClient } from "./index.js";
import { hubOf } from "./address.js";
import { ask } from "./more.js";

/** One subscription, as the hub tells of it. */
export interface Subscription {
  id: string;
  /** The selector that is followed. */
  topic: string;
  subscriber: string;
  active: boolean;
  payload?: unknown;
}

/** Who subscribes to a selector: `change` is raised with each one who comes or goes. */
export interface Presence extends EventTarget {
  readonly subscriptions: ReadonlyMap<string, Subscription>;
  close(): void;
}

class LivePresence extends EventTarget implements Presence {
  readonly subscriptions = new Map<string, Subscription>();
  close: () => void = () => {};

  put(raw: Record<string, unknown>): void {
    const subscription: Subscription = {
      id: String(raw["id"] ?? ""),
      topic: String(raw["topic"] ?? raw["match"] ?? ""),
      subscriber: String(raw["subscriber"] ?? ""),
      active: raw["active"] !== false,
      payload: raw["payload"],
    };
    if (subscription.active) this.subscriptions.set(subscription.id, subscription);
    else if (!this.subscriptions.delete(subscription.id)) return;
    this.dispatchEvent(new CustomEvent("change", { detail: subscription }));
  }
}

/**
 * Reads the subscription API, and follows its events on a stream of its own,
 * which begins before the list is read and goes on after its cursor.
 */
export async function presence(client: MercureClient, selector: string): Promise<Presence> {
  const hub = hubOf(client);
  const draft1 = client.options.dialect === "draft1" || /[?&]match/i.test(client.url);
  const escaped = encodeURIComponent(selector);
  const path = draft1 ? `${hub.pathname}/subscriptions/exact/${escaped}` : `${hub.pathname}/subscriptions/${escaped}`;
  const live = new LivePresence();
  const target = new EventTarget();
  const names = ["mercure-message", "mercure-mercure"];
  const read = async (): Promise<void> => {
    // What has come by the stream meanwhile may be newer than the list.
    const now = new Set<string>();
    const meanwhile = (event: Event): void => void now.add((event as CustomEvent<{ id: string }>).detail.id);
    for (const name of names) target.addEventListener(name, meanwhile);
    let list;
    try {
      list = await (await ask(client, new URL(path, hub))).json();
    } finally {
      for (const name of names) target.removeEventListener(name, meanwhile);
    }
    for (const raw of list.subscriptions ?? []) {
      if (now.has(raw.id)) continue;
      now.add(raw.id);
      live.put(raw);
    }
    for (const [id, { topic, subscriber }] of live.subscriptions) if (!now.has(id)) live.put({ id, topic, subscriber, active: false });
  };
  // What the application says of its events is not meant for those of the hub.
  const { topics: _, lastEventId: __, schemas: ___, ...options } = client.options;
  const url = new URL(hub);
  url.searchParams.set(draft1 ? "match_urlpattern" : "topic", draft1 ? `${path}/:subscriber` : `${path}{/subscriber}`);
  const stream = new MercureClient(url, { ...options, target, share: false });
  const hear = (event: Event): void => live.put((event as CustomEvent<Record<string, unknown>>).detail);
  for (const name of names) target.addEventListener(name, hear);
  const opened = new Promise<void>((resolve, reject) => {
    stream.addEventListener("open", () => resolve());
    stream.addEventListener("close", ({ detail }) => reject(detail));
  });
  let timer: ReturnType<typeof setTimeout> | undefined;
  const again = (): void => {
    clearTimeout(timer);
    read().catch(() => {
      if (stream.state !== "closed") timer = setTimeout(again, client.options.retry?.min ?? 1000);
    });
  };
  stream.addEventListener("gap", again);
  live.close = () => {
    clearTimeout(timer);
    stream.close();
  };
  stream.build();
  try {
    await opened;
    await read();
  } catch (error) {
    stream.close();
    throw error;
  }
  return live;
}
