import { MercureError } from "./errors.js";
import { rowWords, type FromEngine, type Note, type Signal, type StreamOptions } from "./protocol.js";
import { Module, type Stream } from "./worker.js";

/** A client of some tab. */
export interface Member {
  readonly wasm: string;
  readonly options: StreamOptions;
  /** What it follows, as lines of names and values. */
  readonly selectors: string;
  /** Whether it follows a topic; undefined where that cannot be told here. */
  readonly wants: ((topic: string) => boolean) | undefined;
  post(message: Omit<FromEngine, "id">): void;
  group: Group | undefined;
}

/** How long a group keeps topics that nobody follows any more: a tab that is loaded again wants the same. */
const linger = 1000;

/** Members that share one stream, which follows what any of them follows. */
export class Group {
  readonly members = new Set<Member>();
  lastEventId: string;
  readonly #options: StreamOptions;
  readonly #onEnd: () => void;
  readonly #onSilent: () => void;
  readonly #seen = new Set<string>();
  #stream: Stream | undefined;
  #state: Note | undefined;
  #topics = "";
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Whom the stream has asked for a token. */
  #asked: Member | undefined;

  constructor(wasm: string, options: StreamOptions, onEnd: () => void, onSilent: () => void) {
    this.#options = options;
    this.lastEventId = options.lastEventId;
    this.#onEnd = onEnd;
    this.#onSilent = onSilent;
    Module.load(wasm).then(
      (module) => {
        if (this.members.size === 0) return;
        this.#topics = this.#union();
        this.#stream = module.stream({ ...this.#options, topics: this.#topics }, undefined, (message) => this.#bring(message));
        this.#tell([["ready"]]);
        this.#stream.open();
      },
      (error: MercureError) => {
        this.#onEnd();
        this.#tell([["failed", error.code ?? "start", error.message]]);
      },
    );
  }

  /** Whether an event of this id has come, or is where the stream began. */
  knows(id: string): boolean {
    return id === this.lastEventId || this.#seen.has(id);
  }

  add(member: Member): void {
    this.members.add(member);
    member.group = this;
    if (!this.#stream) return;
    member.post({ notes: this.#state ? [["ready"], this.#state] : [["ready"]] });
    this.#follow();
  }

  remove(member: Member): void {
    this.members.delete(member);
    if (this.members.size === 0) {
      clearTimeout(this.#timer);
      this.#onEnd();
      this.#stream?.close();
      return;
    }
    if (this.#asked === member) this.#ask();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#follow(), linger);
  }

  token(text: string, expires: number, failed: boolean): void {
    this.#asked = undefined;
    this.#stream?.token(text, expires, failed);
  }

  signal(signal: Signal): void {
    this.#stream?.signal(signal);
  }

  #union(): string {
    const all = new Set<string>();
    for (const { selectors } of this.members) for (const [one] of selectors.matchAll(/[^\n]*\n[^\n]*\n/g)) all.add(one);
    return [...all].join("");
  }

  #follow(): void {
    const topics = this.#union();
    if (topics === this.#topics) return;
    this.#topics = topics;
    this.#stream?.topics(topics);
  }

  #tell(notes: Note[]): void {
    for (const member of [...this.members]) member.post({ notes });
  }

  #ask(): void {
    [this.#asked] = this.members;
    this.#asked?.post({ notes: [["askToken"]] });
  }

  #bring({ text, table, notes = [] }: Omit<FromEngine, "id">): void {
    if (text !== undefined && table) this.#distribute(text, table);
    const rest = notes.filter((note) => note[0] !== "askToken");
    for (const note of rest) if (note[0] === "changed") this.#state = note;
    if (rest.length < notes.length) this.#ask();
    if (rest.length === 0) return;
    const over = rest.some((note) => note[0] === "failed" || (note[0] === "changed" && note[1] === "closed"));
    if (over) this.#onEnd();
    this.#tell(rest);
  }

  /** Gives each member what it follows. */
  #distribute(text: string, table: Uint32Array): void {
    const same = new Set([...this.members].map((member) => member.selectors)).size <= 1;
    let at = 0;
    const rows: { start: number; end: number; topic: string; row: number }[] = [];
    for (let row = 0; row < table.length; row += rowWords) {
      const start = at;
      const [name, id, topic] = [table[row]!, table[row + 1]!, table[row + 2]!];
      for (let part = 0; part < 5; part++) at += table[row + part]!;
      const eventId = text.slice(start + name, start + name + id);
      if (!same && topic === 0) {
        // Nothing tells whose this is: the members part, and ask for it again.
        this.#onSilent();
        return;
      }
      if (eventId) this.#remember(eventId);
      rows.push({ start, end: at, row, topic: text.slice(start + name + id, start + name + id + topic) });
    }
    for (const member of [...this.members]) {
      const mine = same ? rows : rows.filter(({ topic }) => member.wants!(topic));
      if (mine.length === rows.length) member.post({ text, table });
      else if (mine.length > 0) {
        const part = new Uint32Array(mine.length * rowWords);
        mine.forEach(({ row }, i) => part.set(table.subarray(row, row + rowWords), i * rowWords));
        member.post({ text: mine.map(({ start, end }) => text.slice(start, end)).join(""), table: part });
      }
    }
  }

  #remember(id: string): void {
    this.lastEventId = id;
    this.#seen.add(id);
    if (this.#seen.size > 1000) for (const oldest of this.#seen) return void this.#seen.delete(oldest);
  }
}
