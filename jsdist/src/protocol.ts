import type { MercureErrorCode } from "./errors.js";
import type { State } from "./types.js";

/**
 * What page and engine say to each other, in one thread or across a worker's
 * border: plain objects, one message for each call into the module.
 */

/** What the engine has to know of a stream. The names and numbers are those of config in wasm/engine/served_js.go. */
export interface StreamOptions {
  url: string;
  /** A line for the parameter's name, empty for the dialect's usual one, and a line for its value, for each. */
  topics: string;
  dialect: 0 | 1 | 2;
  eventSource: 0 | 1;
  lastEventId: string;
  heartbeat: number;
  min: number;
  max: number;
  token: string;
  expires: number;
  renewable: 0 | 1;
  nameTopics: 0 | 1;
  debug: 0 | 1;
  /** For the glue alone. */
  credentials: boolean;
  headers: Record<string, string>;
  names: readonly string[];
  /** A JSON Schema document; "": the module's own types. */
  schemas: string;
}

/** The signals of mx_signal in wasm/engine/serve_js.go. */
export const enum Signal {
  online,
  offline,
  suspend,
  resume,
  woken,
  classic,
  draft1,
  unknown,
}

/** How far somebody is in a shared stream: the last id, "" for none yet, and the how manieth event that was. */
export interface Place {
  id: string;
  n: number;
}

export type ToEngine =
  /** resume: what a client has had that was open in another engine. */
  | { op: "open"; id: number; wasm: string; options: StreamOptions; resume?: Place }
  | { op: "close"; id: number }
  | { op: "topics"; id: number; topics: string }
  | { op: "token"; id: number; text: string; expires: number; failed: boolean }
  | { op: "signal"; id: number; signal: Signal }
  /** A page that shares: while it holds the lock of this name, it is there. */
  | { op: "hello"; id: 0; lock: string }
  | { op: "bye"; id: 0 }
  /** id is one of the asker's choice, for the answer. */
  | { op: "judge"; id: number; wasm: string; schemas: string; name: string; data: string };

export type Note =
  | ["ready"]
  /** The engine could not start, or has ended. */
  | ["failed", MercureErrorCode, string]
  | ["changed", State, MercureErrorCode | "", string, number]
  | ["gap", string, string]
  /** What failed, and what is followed still, as lines. */
  | ["fault", MercureErrorCode, string, string]
  | ["debug", string]
  | ["askToken"]
  /** The engine is another one, which has to be told what is open. */
  | ["again"]
  /** The issues as a JSON array, "" for none. */
  | ["judged", string];

/** Events, as wasm/engine/batch.go describes them, then what else there is to say. */
export interface FromEngine {
  id: number;
  text?: string;
  table?: Uint32Array;
  notes?: Note[];
  /** Of a shared stream: where it is now. */
  at?: Place;
  /** Of a shared stream: its first events for this client, which may be those it had last. */
  begins?: true;
  /** What a SharedWorker says first: the lock that it holds while it lives, "" if it can hold none. */
  lock?: string;
}

/** The columns of a row of the table. */
export const rowWords = 6;
export const verdictValid = 1;
export const verdictInvalid = 2;
export const verdictPanic = 3;
