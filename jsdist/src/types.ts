import type { MercureError } from "./errors.js";

/** Options of a client. Each may be left out. */
export interface MercureClientOptions {
  /** Whether cookies go to a hub on another origin. Default: true. */
  withCredentials?: boolean | undefined;
  /** Where `mercure-<name>` events are dispatched. Default: `document`. */
  target?: EventTarget | undefined;
  /**
   * The module to run, when it is not the `sdk.wasm` beside this file: one
   * compiled with event types of your own, or one on a CDN.
   */
  wasm?: URL | string | undefined;
  /**
   * Names of further events to listen to. They have no schema in the module and
   * are dispatched unchecked. An EventSource hears only events that it was told
   * to listen to by name.
   */
  events?: readonly string[] | undefined;
}

/**
 * What a stream is doing: not built yet; asked for; receiving; lost and being
 * connected again by the browser; over.
 */
export type State = "idle" | "connecting" | "open" | "waiting" | "closed";

/** Detail of the client's `state` event. */
export interface StateChange {
  state: State;
  previous: State;
  /** Why, as a sentence, unless it is what was asked for. */
  reason: string;
}

/** One fault of a payload. */
export interface Issue {
  /** JSON Pointer (RFC 6901) to the faulty place; "" is the whole payload. */
  path: string;
  /** The JSON Schema keyword that does not hold. */
  keyword: string;
  message: string;
}

/** Detail of the client's `invalid` event: a payload that was not dispatched. */
export interface Invalid {
  event: string;
  lastEventId: string;
  /** What the hub sent, unparsed. */
  data: string;
  issues: Issue[];
}

/** A `mercure-<name>` event: `detail` is the payload. */
export interface MercureEvent<T = unknown> extends CustomEvent<T> {
  /** The hub's id of the event: the cursor to resume from. */
  readonly lastEventId: string;
}

/** The events on the client itself. */
export interface ClientEventMap {
  /** Connected, the first time or again. */
  open: CustomEvent<null>;
  /** Any change of `client.state`. */
  state: CustomEvent<StateChange>;
  /** A payload did not hold to its schema and was not dispatched. */
  invalid: CustomEvent<Invalid>;
  /** Something a person has to act on. */
  error: CustomEvent<MercureError>;
  /** Over. The detail is the error that ended it, null after `close()`. */
  close: CustomEvent<MercureError | null>;
}
