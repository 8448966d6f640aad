import { MercureError } from "./errors.js";
import { Group, type Member } from "./group.js";
import { Module } from "./worker.js";
import { Signal, type FromEngine, type StreamOptions, type ToEngine } from "./protocol.js";
import { matcher } from "./selector.js";

type Post = (message: FromEngine) => void;

/** Serves the clients of all tabs, with as few streams as can be. */
export class Tabs {
  readonly #members = new Map<string, Map<number, Member>>();
  readonly #groups = new Map<string, Group>();
  /** Hubs that do not name the topics of their events. */
  readonly #silent = new Set<string>();

  receive(tab: string, message: ToEngine, post: Post): void {
    const { op, id } = message;
    const member = this.#members.get(tab)?.get(id);
    switch (op) {
      case "hello":
        // The lock is free when the tab is gone, however it went.
        if (message.lock) void navigator.locks.request(message.lock, () => this.#gone(tab));
        return;
      case "bye":
        return this.#gone(tab);
      case "open":
        this.#leave(member);
        return this.#open(tab, id, message.wasm, message.options, post);
      case "close":
        this.#members.get(tab)?.delete(id);
        return this.#leave(member);
      case "topics": {
        if (!member) return;
        this.#leave(member);
        const options = { ...member.options, topics: message.topics };
        return this.#open(tab, id, member.wasm, options, post, member.group?.lastEventId);
      }
      case "token":
        return member?.group?.token(message.text, message.expires, message.failed);
      case "signal":
        if (message.signal === Signal.suspend) return this.#leave(member);
        if (message.signal === Signal.resume) return; // the page opens again
        return member?.group?.signal(message.signal);
      case "judge":
        void Module.load(message.wasm).then(
          (module) => post({ id, notes: [["judged", module.judge(message.name, message.data)]] }),
          (error) => post({ id, notes: [["failed", error instanceof MercureError ? error.code : "start", String(error.message ?? error)]] }),
        );
        return;
    }
  }

  end(): void {
    for (const tab of [...this.#members.keys()]) this.#gone(tab);
  }

  #gone(tab: string): void {
    for (const member of this.#members.get(tab)?.values() ?? []) this.#leave(member);
    this.#members.delete(tab);
  }

  #leave(member: Member | undefined): void {
    member?.group?.remove(member);
    if (member) member.group = undefined;
  }

  #open(tab: string, id: number, wasm: string, options: StreamOptions, post: Post, after = ""): void {
    const { base, selectors, dialect } = split(options);
    const member: Member = {
      wasm,
      options,
      selectors,
      wants: matcher(selectors),
      post: (message) => post({ id, ...message }),
      group: undefined,
    };
    let members = this.#members.get(tab);
    if (!members) this.#members.set(tab, (members = new Map()));
    members.set(id, member);
    this.#place(member, base, dialect, after);
  }

  /** Puts a member into the group it can share a stream with. */
  #place(member: Member, base: string, dialect: 0 | 1 | 2, after: string): void {
    const { options, wasm } = member;
    const kind = JSON.stringify([base, dialect, wasm, options.credentials, options.eventSource, options.headers, options.renewable]);
    const alone = this.#silent.has(kind) || options.eventSource === 1 || !member.wants;
    const find = (): string => {
      // A tab that wants to begin elsewhere cannot share, unless it is where the others are.
      const key = alone ? kind + member.selectors : kind;
      const group = this.#groups.get(key);
      return !options.lastEventId || !group || group.knows(options.lastEventId) ? key : key + options.lastEventId;
    };
    const key = find();
    let group = this.#groups.get(key);
    if (!group) {
      group = new Group(
        wasm,
        { ...options, url: base, topics: "", dialect, lastEventId: options.lastEventId || after, nameTopics: alone ? 0 : 1 },
        () => this.#groups.delete(key),
        () => {
          this.#silent.add(kind);
          const { lastEventId, members } = group!;
          for (const one of [...members]) {
            group!.remove(one);
            this.#place(one, base, dialect, lastEventId);
          }
        },
      );
      this.#groups.set(key, group);
    }
    group.add(member);
  }
}

/** Takes the topics out of a subscribe URL. */
function split({ url, topics, dialect }: StreamOptions): { base: string; selectors: string; dialect: 0 | 1 | 2 } {
  const base = new URL(url);
  let list = topics;
  for (const [name, value] of [...base.searchParams]) {
    if (name !== "topic" && !/^match/i.test(name)) continue;
    base.searchParams.delete(name);
    dialect ||= name === "topic" ? 1 : 2;
    list += `${name === "topic" || name === "match" ? "" : name}\n${value}\n`;
  }
  return { base: base.href, selectors: list, dialect };
}
