import type { MercureError, MercureErrorCode } from "./errors.js";

/** What a token is asked for with: the token, or with when it expires, in Unix milliseconds. */
export type Token = string | { token: string; expires?: number | undefined };

/**
 * A topic to subscribe to. A string is what the hub's dialect takes by itself:
 * a topic, "*" or a URI Template (classic), a topic or "*" (draft1). A URL
 * Pattern is of draft1 only.
 */
export type Topic = string | { urlpattern: string };

/** Options of a client. Each may be left out. */
export interface MercureClientOptions {
  /** Topics to subscribe to besides those in the URL. */
  topics?: readonly Topic[] | undefined;
  /** The id after which to begin. Default: now, or what the URL says. */
  lastEventId?: string | undefined;
  /** The generation of the protocol. Default: what the URL's parameters show, else what the hub's metadata say. */
  dialect?: "classic" | "draft1" | undefined;
  /**
   * How to connect. Default: `fetch`, which hears any event name, statuses,
   * heartbeats and what the hub says of its cursor. `eventsource` is the
   * browser's own, and hears only the names of the set and of `events`.
   */
  source?: "fetch" | "eventsource" | undefined;
  /** Whether cookies go to a hub on another origin. Default: true. */
  withCredentials?: boolean | undefined;
  /** Sent as `Authorization: Bearer`. Not with `eventsource`. */
  token?: Token | undefined;
  /**
   * Asked for a token before the first connection when there is no `token`,
   * before one expires, and once after a 401. May set a cookie and return
   * nothing.
   */
  getToken?: (() => Token | null | undefined | void | Promise<Token | null | undefined | void>) | undefined;
  /** Further request headers. Not with `eventsource`. */
  headers?: Readonly<Record<string, string>> | undefined;
  /** Names of events without a schema that an `eventsource` is to hear. */
  events?: readonly string[] | undefined;
  /**
   * The schemas to judge events by, instead of those in the module: `true` for
   * those that the hub serves, at its URL + `/payloads`; an address; or the
   * JSON Schema document itself. They are asked for with each `build()`.
   */
  schemas?: boolean | string | URL | object | undefined;
  /** Where `mercure-<name>` events are dispatched. Default: `document`. */
  target?: EventTarget | undefined;
  /**
   * Where the stream and the module live. Default: in a worker where there can
   * be one, else in the page. `false`: in the page.
   */
  worker?: boolean | undefined;
  /** One connection and one module for all tabs of this origin. Default: false. */
  share?: boolean | undefined;
  /** The module to run. Default: `sdk.wasm` beside this file. */
  wasm?: URL | string | undefined;
  /** The hub's longest silence in milliseconds, where it is known and the stream does not say it. */
  heartbeat?: number | undefined;
  /** Bounds of the wait before connecting again, in milliseconds. Default: 1,000 and 30,000. */
  retry?: { min?: number | undefined; max?: number | undefined } | undefined;
  /** What to do where WebAssembly is blocked. Default: `ready` rejects. `unchecked`: events arrive without a verdict. */
  fallback?: "unchecked" | undefined;
  /** Logs each decision in one line on the console. Default: false. */
  debug?: boolean | undefined;
}

/**
 * What a stream is doing: not built yet; asked for; receiving; without a
 * connection until the next try; over.
 */
export type State = "idle" | "connecting" | "open" | "waiting" | "closed";

/** A state and why it came about. */
export interface Status {
  state: State;
  /** Why it is waiting or closed; "" when that is what was asked for. */
  code: MercureErrorCode | "";
  /** The same as a sentence. */
  reason: string;
  /** Of `waiting`: when the next try is made, in Unix milliseconds; 0 when that depends on something else. */
  until: number;
}

/** Detail of the client's `state` event. */
export interface StateChange extends Status {
  previous: State;
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

/** Detail of the client's `gap` event: events may have been missed. */
export interface Gap {
  /** The id the stream was to go on after; "" where no event had come yet. */
  requested: string;
  /** The id it goes on after; "earliest" when the hub does not know the one requested, "" when it does not say. */
  received: string;
}

/** A `mercure-<name>` event: `detail` is the payload. */
export interface MercureEvent<T = unknown> extends CustomEvent<T> {
  /** The hub's id of the event: the cursor to resume from. */
  readonly lastEventId: string;
  /** The topic that brought it, the first of several, where the hub names it (`topics=on`), else "". */
  readonly topic: string;
  /** `true`: it holds to its schema. `undefined`: it has none, or there is no judge. */
  readonly valid: true | undefined;
}

/**
 * The events of the application, by name, with the payloads that they carry.
 * It is empty, and `client.on` takes any name; once it is augmented, as
 * `amalgam types` and `amalgam-sdk/dom` do it, `client.on` refuses names that
 * are not in it.
 */
export interface MercureEvents {}

/** The events on the client itself. */
export interface ClientEventMap {
  /** Connected, the first time or again. */
  open: CustomEvent<null>;
  /** Any change of `client.state`. */
  state: CustomEvent<StateChange>;
  /** Events may have been missed: fetch what the page shows anew. */
  gap: CustomEvent<Gap>;
  /** A payload did not hold to its schema and was not dispatched. */
  invalid: CustomEvent<Invalid>;
  /** Something a person has to act on. */
  error: CustomEvent<MercureError>;
  /** Over. The detail is the error that ended it, null after `close()`. */
  close: CustomEvent<MercureError | null>;
}

/** An update to publish. */
export interface Publication {
  /** One topic, or several: the first is the canonical one. */
  topics: string | readonly string[];
  /** A string as it is; anything else as JSON. */
  data?: unknown;
  /** The event's name. Its payload is checked before it is sent. */
  type?: string | undefined;
  private?: boolean | undefined;
  id?: string | undefined;
  retry?: number | undefined;
}

/** What a page or resource says of its hub, in its `Link` headers. */
export interface Discovery {
  /** The hubs, absolute, the first one first. */
  hubs: string[];
  /** The canonical URL of the resource: the topic to subscribe to. */
  self: string | undefined;
  /** The id to begin after. */
  lastEventId: string | undefined;
}
