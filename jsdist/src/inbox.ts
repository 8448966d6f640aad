import { MercureError } from "./errors.js";
import type { Program } from "./program.js";
import type { Invalid } from "./types.js";

/** Who gets what arrives on one stream. */
export interface Recipient {
  readonly target: EventTarget;
  invalid(detail: Invalid): void;
  /** The module failed over one event; the event is not dispatched. */
  fault(error: MercureError): void;
}

/** A stream as the inbox sees it: once it is no longer live, nothing is delivered. */
export interface Link {
  readonly recipient: Recipient;
  live: boolean;
}

/** One event that has arrived. */
export interface Arrival {
  link: Link;
  event: string;
  /** Place of the event's name in the module's set, or -1: no schema. */
  index: number;
  data: string;
  lastEventId: string;
}

/** Size of the buffer in the module's memory, in bytes. */
const bufferSize = 65_536;
/** From how many waiting events, or UTF-16 units of data, on nobody waits for the next task. */
const maxWaiting = 512;
const maxUnits = bufferSize;
/** Bytes of a record before its data: see wasm/batch.go. */
const recordHeader = 8;
const verdictHeader = 12;
const verdictInvalid = 1;

/** What was found wrong with one event. */
interface Verdict {
  kind: number;
  text: string;
}

/**
 * Takes what arrives on all streams of a module, has it judged in batches, one
 * call into Go each, and dispatches it in the order of arrival.
 */
export class Inbox {
  readonly #encoder = new TextEncoder();
  readonly #decoder = new TextDecoder();
  #program: Program | undefined;
  #waiting: Arrival[] = [];
  #units = 0;
  #channel: MessageChannel | undefined;
  #scheduled = false;
  #flushing = false;
  #buffer: Uint8Array = new Uint8Array(0);
  #view = new DataView(this.#buffer.buffer);

  /** From now on there is a judge. What arrived before is kept and judged now. */
  attach(program: Program): void {
    this.#program = program;
    this.flush();
  }

  push(arrival: Arrival): void {
    this.#waiting.push(arrival);
    this.#units += arrival.data.length;
    if (this.#program === undefined) return;
    if (this.#waiting.length >= maxWaiting || this.#units >= maxUnits) this.flush();
    else this.#schedule();
  }

  /** Judges and dispatches all that is waiting. */
  flush(): void {
    // A handler that lets other tasks run (alert, a debugger) must not overtake
    // the batch it is part of: the outer flush goes on with what came meanwhile.
    if (this.#flushing || this.#program === undefined) return;
    this.#flushing = true;
    try {
      while (this.#waiting.length > 0) {
        const batch = this.#waiting;
        this.#waiting = [];
        this.#units = 0;
        for (let next = 0; next < batch.length; ) next = this.#deliver(this.#program, batch, next);
      }
    } catch (error) {
      // The program has ended, and tells everybody so itself. What could not be
      // judged is not dispatched.
      this.#waiting = [];
      this.#units = 0;
      if (!(error instanceof MercureError)) throw error;
    } finally {
      this.#flushing = false;
    }
  }

  /** Lets go of what would keep a page or process busy; push takes it up again. */
  rest(): void {
    this.#channel?.port1.close();
    this.#channel = undefined;
    this.#scheduled = false;
  }

  /** A task of its own: a microtask would run after each single event. */
  #schedule(): void {
    if (this.#scheduled) return;
    if (this.#channel === undefined) {
      this.#channel = new MessageChannel();
      this.#channel.port1.onmessage = () => {
        this.#scheduled = false;
        this.flush();
      };
    }
    this.#scheduled = true;
    this.#channel.port2.postMessage(null);
  }

  /** Judges as many events from start on as the buffer takes, dispatches them and returns the next. */
  #deliver(program: Program, batch: Arrival[], start: number): number {
    let end = start;
    let length = 0;
    let records = 0;
    this.#recheck(program);
    for (; end < batch.length; end++) {
      const arrival = batch[end]!;
      if (arrival.index < 0) continue;
      const written = this.#write(length, arrival);
      if (written > 0) {
        length += written;
        records++;
        continue;
      }
      if (records > 0) break; // the rest goes into the next batch
      const verdict = this.#alone(program, arrival);
      this.#dispatchAll(batch, start, end + 1, verdict);
      return end + 1;
    }
    const verdicts = length > 0 ? this.#judge(program, length) : none;
    this.#dispatchAll(batch, start, end, verdicts);
    return end;
  }

  /** The memory's buffer is another one after it has grown, which any call may cause. */
  #recheck(program: Program): void {
    if (this.#buffer.length > 0 && this.#buffer.buffer === program.memory) return;
    if (!this.#resize(program, bufferSize)) throw program.abandon("it has no memory left to receive events");
  }

  #resize(program: Program, size: number): boolean {
    const address = program.call((exports) => exports.mx_buffer(size)) >>> 0;
    if (address === 0) return false;
    this.#buffer = new Uint8Array(program.memory, address, size);
    this.#view = new DataView(program.memory, address, size);
    return true;
  }

  /** Writes one record at offset and returns its length, or 0 when it does not fit. */
  #write(offset: number, { index, data }: Arrival): number {
    const start = offset + recordHeader;
    if (start + data.length > this.#buffer.length) return 0;
    const { read, written } = this.#encoder.encodeInto(data, this.#buffer.subarray(start));
    if (read < data.length) return 0;
    this.#view.setUint32(offset, index, true);
    this.#view.setUint32(offset + 4, written, true);
    return recordHeader + written;
  }

  /** Judges one event that is larger than the buffer, in one made for it. */
  #alone(program: Program, { index, data }: Arrival): Map<number, Verdict> {
    const bytes = this.#encoder.encode(data);
    if (!this.#resize(program, recordHeader + bytes.length)) {
      const message = `${bytes.length} bytes are more than the SDK can check`;
      return new Map([[0, { kind: verdictInvalid, text: JSON.stringify([{ path: "", keyword: "size", message }]) }]]);
    }
    this.#view.setUint32(0, index, true);
    this.#view.setUint32(4, bytes.length, true);
    this.#buffer.set(bytes, recordHeader);
    const verdicts = this.#judge(program, recordHeader + bytes.length);
    this.#resize(program, bufferSize);
    return verdicts;
  }

  /** Has the records judged and returns what is wrong, by record. */
  #judge(program: Program, length: number): Map<number, Verdict> {
    const size = program.call((exports) => exports.mx_judge(length));
    if (size === 0) return none;
    if (size < 0) throw program.abandon("it does not understand the records that this index.js writes; deploy index.js and sdk.wasm of the same version");
    const address = program.call((exports) => exports.mx_verdicts()) >>> 0;
    const bytes = new Uint8Array(program.memory, address, size);
    const view = new DataView(program.memory, address, size);
    const verdicts = new Map<number, Verdict>();
    for (let offset = 0; offset < size; ) {
      const end = offset + verdictHeader + view.getUint32(offset + 8, true);
      const text = this.#decoder.decode(bytes.subarray(offset + verdictHeader, end));
      verdicts.set(view.getUint32(offset, true), { kind: view.getUint32(offset + 4, true), text });
      offset = end;
    }
    this.#recheck(program);
    return verdicts;
  }

  #dispatchAll(batch: Arrival[], start: number, end: number, verdicts: Map<number, Verdict>): void {
    let record = 0;
    for (let i = start; i < end; i++) {
      const arrival = batch[i]!;
      // A handler may have closed the stream: its events were judged all the same.
      const verdict = arrival.index < 0 ? undefined : verdicts.get(record++);
      if (!arrival.link.live) continue;
      try {
        dispatch(arrival, verdict);
      } catch (error) {
        reportError(error); // ours, as handlers' errors do not get here; the others still get theirs
      }
    }
  }
}

const none = new Map<number, Verdict>();

function dispatch({ link, event, index, data, lastEventId }: Arrival, verdict: Verdict | undefined): void {
  const { recipient } = link;
  if (verdict?.kind === verdictInvalid) {
    recipient.invalid({ event, lastEventId, data, issues: JSON.parse(verdict.text) });
    return;
  }
  if (verdict !== undefined) {
    const which = `"${event}"${lastEventId === "" ? "" : ` with id ${lastEventId}`}`;
    recipient.fault(new MercureError("panic", `The SDK's module panicked over the event ${which}, which is not dispatched: ${verdict.text}`));
    return;
  }
  let detail: unknown;
  try {
    detail = JSON.parse(data);
  } catch (error) {
    if (index >= 0) {
      const issues = [{ path: "", keyword: "json", message: String(error) }];
      recipient.invalid({ event, lastEventId, data, issues });
      return;
    }
    detail = data; // without a schema any text is welcome
  }
  // A handler that throws is reported by the browser and stops nobody else.
  recipient.target.dispatchEvent(Object.assign(new CustomEvent(`mercure-${event}`, { detail }), { lastEventId }));
}
