import { rowWords, type FromEngine, type Place, type ToEngine } from "./protocol.js";

/** How many ids are remembered: more than a stream is ever wound back by (see Group). */
const kept = 2000;

interface Had {
  at: Place;
  ids: Set<string>;
  /** The id of the last row and whether it was a repeat: an id sticks to the rows after it that have none. */
  last: string;
  repeats: boolean;
}

/**
 * What the clients of this page have had of a shared stream. With it they go on
 * in another engine after one that has died, and drop what is brought twice
 * because some other tab was behind.
 */
export class Places {
  readonly #clients = new Map<number, Had>();

  /** What is to be said to the engine. */
  ask(message: ToEngine): ToEngine {
    const { id } = message;
    if (message.op === "close") this.#clients.delete(id);
    if (message.op !== "open") return message;
    const had = this.#clients.get(id);
    if (!had) {
      this.#clients.set(id, { at: { id: message.options.lastEventId, n: 0 }, ids: new Set(), last: "", repeats: false });
      return message;
    }
    const { at } = had;
    return at.n > 0 || at.id === "" ? { ...message, resume: at } : message;
  }

  /** What is news of what the engine says. */
  tell(message: FromEngine): FromEngine {
    const had = this.#clients.get(message.id);
    if (!had) return message;
    const { text, table, at, begins } = message;
    if (at) had.at = at;
    if (begins) had.last = "";
    if (text === undefined || !table) return message;
    const news: number[] = [];
    let rest = "";
    let start = 0;
    for (let row = 0; row < table.length; row += rowWords) {
      let end = start;
      for (let part = 0; part < 5; part++) end += table[row + part]!;
      const name = table[row]!;
      if (!this.#repeats(had, text.slice(start + name, start + name + table[row + 1]!))) {
        news.push(row);
        rest += text.slice(start, end);
      }
      start = end;
    }
    if (news.length * rowWords === table.length) return message;
    const part = new Uint32Array(news.length * rowWords);
    news.forEach((row, i) => part.set(table.subarray(row, row + rowWords), i * rowWords));
    return { ...message, text: rest, table: part };
  }

  #repeats(had: Had, id: string): boolean {
    if (id === "" || id === had.last) return id !== "" && had.repeats;
    had.last = id;
    had.repeats = had.ids.has(id);
    if (!had.repeats) {
      had.ids.add(id);
      if (had.ids.size > kept) for (const oldest of had.ids) return had.ids.delete(oldest), false;
    }
    return had.repeats;
  }
}
