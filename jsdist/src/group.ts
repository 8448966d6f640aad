import { MercureError } from "./errors.js";
import { rowWords, type FromEngine, type Note, type Place, type Signal, type StreamOptions } from "./protocol.js";
import { matcher } from "./selector.js";
import { Module, type Stream } from "./worker.js";

/** A client of some tab. */
export interface Member {
  readonly wasm: string;
  readonly options: StreamOptions;
  /** What it follows, as lines of names and values. */
  selectors: string;
  /** Whether it follows a topic; undefined where that cannot be told here. */
  wants: ((topic: string) => boolean) | undefined;
  /** What it followed before it asked for other topics, which may be refused. */
  before: string | undefined;
  post(message: Omit<FromEngine, "id">): void;
  group: Group | undefined;
  /** Where it was last told that the stream is, and when. */
  told: { n: number; time: number };
  /** It has had nothing of the stream as it was opened last. */
  begins: boolean;
}

/** How long a group keeps topics that nobody follows any more: a tab that is loaded again wants the same. */
const linger = 1000;

/** How long a group that takes over waits for all who have to go on, in milliseconds: it begins with the one furthest behind. */
const gather = 150;

/** How many events a stream is wound back at most, for one who is behind. */
const most = 1000;

/** How many events, or milliseconds, a member may not know of that were for others. */
const untold = { events: 200, ms: 1000 };

/** What a group says to who made it. */
export interface Tell {
  /** It takes no more members. */
  end(): void;
  /** These cannot share their stream with others; or nobody can, as the hub does not name topics. */
  part(members: readonly Member[], silent?: true): void;
}

/** Members that share one stream, which follows what any of them follows. */
export class Group {
  readonly members = new Set<Member>();
  /** The last event's, or where the stream is to begin. */
  place: Place;
  #options: StreamOptions;
  readonly #tell: Tell;
  /** The last ids, in order, and the number of each. */
  readonly #recent = new Map<string, number>();
  #module: Module | undefined;
  #stream: Stream | undefined;
  #state: Note | undefined;
  #topics = "";
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Whom the stream has asked for a token; and whom the last time. */
  #asked: Member | undefined;
  #askedLast: Member | undefined;

  constructor(wasm: string, options: StreamOptions, from: Place, resumes: boolean, tell: Tell) {
    this.#options = options;
    this.place = from;
    this.#tell = tell;
    const gathered = resumes && new Promise<void>((resolve) => setTimeout(resolve, gather));
    const loaded = Module.load(wasm).then((module) => (module.schemas(options.schemas), module));
    Promise.all([loaded, gathered]).then(
      ([module]) => {
        if (this.members.size === 0) return;
        this.#module = module;
        this.#say([["ready"]]);
        if (this.members.size > 0) this.#open(); // whoever was told may have closed
      },
      (error: MercureError) => {
        tell.end();
        this.#say([["failed", error.code ?? "start", error.message]]);
      },
    );
  }

  /** Whether one can go on in this stream who stands at a place. */
  reaches({ id, n }: Place): boolean {
    if (id === this.place.id || this.#recent.has(id)) return true;
    return !this.#stream && n > 0 && (this.place.id === "" || Math.abs(n - this.place.n) <= most);
  }

  add(member: Member, from: Place, resumes: boolean): void {
    this.members.add(member);
    member.group = this;
    const notes: Note[] = this.#module ? [["ready"]] : [];
    if (this.#state) notes.push(this.#state);
    // Nothing had come from which it could go on.
    if (resumes && from.id === "") notes.push(["gap", "", ""]);
    const behind = from.id !== "" && from.id !== this.place.id && (this.#stream !== undefined || this.place.id === "" || from.n < this.place.n);
    // The others drop what they have had: see Places.
    if (behind) this.place = { id: from.id, n: this.#recent.get(from.id) ?? from.n };
    if (notes.length > 0 || this.place.n > 0) member.post({ ...(notes.length > 0 && { notes }), ...this.#at(member) });
    if (!this.#stream) return;
    if (behind) this.#open();
    else this.#follow();
  }

  remove(member: Member): void {
    if (!this.members.delete(member)) return;
    if (this.members.size === 0) {
      clearTimeout(this.#timer);
      this.#tell.end();
      const stream = this.#stream;
      this.#stream = undefined;
      stream?.close();
      return;
    }
    if (this.#asked === member) this.#ask();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#follow(), linger);
  }

  /** Begins the stream, also again from an earlier place. */
  #open(): void {
    this.#topics = this.#union();
    this.#recent.clear();
    if (this.place.id) this.#recent.set(this.place.id, this.place.n);
    for (const member of this.members) member.begins = true;
    const before = this.#stream;
    const options = { ...this.#options, topics: this.#topics, lastEventId: this.place.id };
    const stream: Stream = this.#module!.stream(options, undefined, (message) => this.#stream === stream && this.#bring(message));
    this.#stream = stream;
    before?.close();
    stream.open();
  }

  /** Where the stream is, for a member that is told now. */
  #at(member: Member): { at: Place } | undefined {
    if (this.place.n === 0) return undefined;
    member.told = { n: this.place.n, time: Date.now() };
    return { at: this.place };
  }

  token(text: string, expires: number, failed: boolean): void {
    this.#asked = undefined;
    if (!failed) this.#options = { ...this.#options, token: text, expires };
    this.#stream?.token(text, expires, failed);
  }

  signal(signal: Signal): void {
    this.#stream?.signal(signal);
  }

  #union(): string {
    const all = new Set<string>();
    for (const { selectors } of this.members) for (const one of each(selectors)) all.add(one);
    return [...all].join("");
  }

  #follow(): void {
    const topics = this.#union();
    if (topics === this.#topics) return;
    this.#topics = topics;
    this.#stream?.topics(topics);
  }

  #say(notes: Note[]): void {
    for (const member of [...this.members]) member.post({ notes });
  }

  #ask(): void {
    // By turns: a tab may be frozen, or its session over.
    const members = [...this.members];
    this.#asked = this.#askedLast = members[(members.indexOf(this.#askedLast!) + 1) % members.length];
    this.#asked?.post({ notes: [["askToken"]] });
  }

  #bring({ text, table, notes = [] }: Omit<FromEngine, "id">): void {
    if (text !== undefined && table) this.#distribute(text, table);
    const rest: Note[] = [];
    for (const note of notes) {
      if (note[0] === "askToken") this.#ask();
      else if (note[0] === "fault" && note[1] === "refused") this.#refused(note);
      else if (note[0] === "changed" && note[2] === "refused" && !this.#same()) return this.#tell.part([...this.members]);
      else rest.push(note);
    }
    for (const note of rest) if (note[0] === "changed") this.#state = note;
    if (rest.length === 0) return;
    const over = rest.some((note) => note[0] === "failed" || (note[0] === "changed" && note[1] === "closed"));
    if (over) this.#tell.end();
    this.#say(rest);
  }

  /** A change of topics is refused: that is for those to know who wanted it. */
  #refused([, code, text, kept]: Extract<Note, ["fault", ...unknown[]]>): void {
    this.#topics = kept;
    const followed = new Set(each(kept));
    const apart: Member[] = [];
    for (const member of this.members) {
      const { selectors, before } = member;
      if (each(selectors).every((one) => followed.has(one))) continue;
      if (before === undefined) {
        apart.push(member);
        continue;
      }
      member.selectors = before;
      member.wants = matcher(before);
      member.before = undefined;
      member.post({ notes: [["fault", code, text, before]] });
    }
    this.#tell.part(apart);
    this.#follow();
  }

  #same(): boolean {
    return new Set([...this.members].map((member) => member.selectors)).size <= 1;
  }

  /** Gives each member what it follows. */
  #distribute(text: string, table: Uint32Array): void {
    const same = this.#same();
    let at = 0;
    const rows: { id: string; start: number; end: number; topics: string[]; row: number }[] = [];
    for (let row = 0; row < table.length; row += rowWords) {
      const start = at;
      const [name, id, topic] = [table[row]!, table[row + 1]!, table[row + 2]!];
      for (let part = 0; part < 5; part++) at += table[row + part]!;
      const eventId = text.slice(start + name, start + name + id);
      const topics = text.slice(start + name + id, start + name + id + topic).split("\n");
      if (!same && topics.includes("")) {
        // Nothing tells whose this is, or not all: the members part, and ask for it again.
        return this.#tell.part([...this.members], true);
      }
      rows.push({ id: eventId, start, end: at, row, topics });
    }
    for (const { id } of rows) if (id) this.#remember(id);
    const now = Date.now();
    for (const member of [...this.members]) {
      const mine = same ? rows : rows.filter(({ topics }) => topics.some(member.wants!));
      const { told } = member;
      const first = member.begins && ({ begins: true } as const);
      if (mine.length > 0) member.begins = false;
      if (mine.length === rows.length) member.post({ text, table, ...first, ...this.#at(member) });
      else if (mine.length > 0) {
        const part = new Uint32Array(mine.length * rowWords);
        mine.forEach(({ row }, i) => part.set(table.subarray(row, row + rowWords), i * rowWords));
        member.post({ text: mine.map(({ start, end }) => text.slice(start, end)).join(""), table: part, ...first, ...this.#at(member) });
      } else if (told.n === 0 || this.place.n - told.n > untold.events || now - told.time > untold.ms) {
        member.post({ ...this.#at(member) });
      }
    }
  }

  #remember(id: string): void {
    if (id === this.place.id) return; // it sticks from the event before
    this.place = { id, n: this.place.n + 1 };
    this.#recent.delete(id);
    this.#recent.set(id, this.place.n);
    if (this.#recent.size > most) for (const oldest of this.#recent.keys()) return void this.#recent.delete(oldest);
  }
}

/** The selectors in a list of lines. */
const each = (selectors: string): string[] => selectors.match(/[^\n]*\n[^\n]*\n/g) ?? [];
