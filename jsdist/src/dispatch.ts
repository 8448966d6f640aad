import { MercureError } from "./errors.js";
import { rowWords, verdictInvalid, verdictPanic, verdictValid } from "./protocol.js";
import type { Invalid, MercureEvent } from "./types.js";

/** Who gets what has come. */
export interface Receiver {
  readonly target: EventTarget;
  readonly client: unknown;
  /** Whether it still wants it: a handler may have closed the client. */
  live(): boolean;
  event(event: MercureEvent): void;
  invalid(detail: Invalid): void;
  fault(error: MercureError): void;
}

/** Dispatches a batch as wasm/engine/batch.go describes it: this is all the page has to do for an event. */
export function dispatch(to: Receiver, text: string, table: Uint32Array): void {
  let at = 0;
  const cut = (length: number): string => text.slice(at, (at += length));
  for (let row = 0; row < table.length; row += rowWords) {
    const name = cut(table[row]!);
    const lastEventId = cut(table[row + 1]!);
    const topic = cut(table[row + 2]!);
    const data = cut(table[row + 3]!);
    const issues = cut(table[row + 4]!);
    const verdict = table[row + 5]!;
    if (!to.live()) return;
    try {
      if (verdict === verdictInvalid) to.invalid({ event: name, lastEventId, data, issues: JSON.parse(issues) });
      else if (verdict === verdictPanic) {
        to.fault(new MercureError("panic", `The SDK's module panicked over the event "${name}" with the id "${lastEventId}", which is not dispatched: ${issues}`));
      } else {
        const event = new CustomEvent(`mercure-${name}`, { detail: verdict === verdictValid ? JSON.parse(data) : value(data) }) as MercureEvent & Writable;
        event.lastEventId = lastEventId;
        event.topic = topic.split("\n")[0]!;
        event.valid = verdict === verdictValid || undefined;
        event.client = to.client;
        to.event(event);
        // A handler that throws is reported by the browser and stops nobody else.
        to.target.dispatchEvent(event);
      }
    } catch (error) {
      reportError(error); // ours, as handlers' errors do not get here; the others still get theirs
    }
  }
}

interface Writable {
  lastEventId: string;
  topic: string;
  valid: true | undefined;
  client: unknown;
}

/** Without a schema any text is welcome. */
export function value(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch {
    return data;
  }
}
