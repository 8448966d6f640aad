import type { MercureEvent } from "./types.js";

/** Each takes an event, or undefined for the end. */
export type Sinks = Set<(event: MercureEvent | undefined) => void>;

/** What a client's sinks are given from now on, until the end or until nobody asks any more. */
export async function* queue(sinks: Sinks): AsyncGenerator<MercureEvent, void, void> {
  const waiting: (MercureEvent | undefined)[] = [];
  let wake: (() => void) | undefined;
  const sink = (event: MercureEvent | undefined): void => {
    waiting.push(event);
    wake?.();
  };
  sinks.add(sink);
  try {
    for (;;) {
      if (waiting.length === 0) await new Promise<void>((resolve) => (wake = resolve));
      const event = waiting.shift();
      if (event === undefined) return;
      yield event;
    }
  } finally {
    sinks.delete(sink);
  }
}
