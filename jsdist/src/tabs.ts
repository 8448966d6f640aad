import { MercureError } from "./errors.js";
import { Group, type Member } from "./group.js";
import { Module } from "./worker.js";
import { Signal, type FromEngine, type Place, type StreamOptions, type ToEngine } from "./protocol.js";
import { matcher } from "./selector.js";

type Post = (message: FromEngine) => void;

/** Serves the clients of all tabs, with as few streams as can be. */
export class Tabs {
  readonly #members = new Map<string, Map<number, Member>>();
  readonly #groups = new Map<string, Group>();
  /** The lock that each tab holds while it is there. */
  readonly #locks = new Map<string, string>();
  readonly #abort = new AbortController();
  /** Hubs that do not name the topics of their events. */
  readonly #silent = new Set<string>();

  receive(tab: string, message: ToEngine, post: Post): void {
    const { op, id } = message;
    const member = this.#members.get(tab)?.get(id);
    switch (op) {
      case "hello": {
        const { lock } = message;
        this.#locks.set(tab, lock);
        if (!lock) return;
        // It is free when the tab is gone, however it went; or has another by now.
        const gone = (): void => {
          if (this.#locks.get(tab) === lock) this.#gone(tab);
        };
        navigator.locks.request(lock, { signal: this.#abort.signal }, gone).catch(() => {});
        return;
      }
      case "bye":
        return this.#gone(tab);
      case "open":
        this.#open(tab, id, message.wasm, message.options, post, message.resume);
        // In this order: a stream ends with the last one to follow it.
        return this.#leave(member);
      case "close":
        this.#members.get(tab)?.delete(id);
        return this.#leave(member);
      case "topics":
        if (!member) return;
        this.#open(tab, id, member.wasm, { ...member.options, topics: message.topics }, post, member.group?.place, member.selectors);
        return this.#leave(member);
      case "token":
        return member?.group?.token(message.text, message.expires, message.failed);
      case "signal":
        if (message.signal === Signal.suspend) return this.#leave(member);
        if (message.signal === Signal.resume) return; // the page opens again
        return member?.group?.signal(message.signal);
      case "judge":
        void Module.load(message.wasm)
          .then((module) => post({ id, notes: [["judged", module.judge(message.schemas, message.name, message.data)]] }))
          .catch((error) => post({ id, notes: [["failed", error instanceof MercureError ? error.code : "start", String(error.message ?? error)]] }));
        return;
    }
  }

  end(): void {
    this.#abort.abort();
    for (const tab of [...this.#members.keys()]) this.#gone(tab);
  }

  #gone(tab: string): void {
    for (const member of this.#members.get(tab)?.values() ?? []) this.#leave(member);
    this.#members.delete(tab);
    this.#locks.delete(tab);
  }

  #leave(member: Member | undefined): void {
    member?.group?.remove(member);
    if (member) member.group = undefined;
  }

  #open(tab: string, id: number, wasm: string, options: StreamOptions, post: Post, resume: Place | undefined, before?: string): void {
    const { base, selectors, dialect } = split(options);
    const member: Member = {
      wasm,
      options,
      selectors,
      wants: matcher(selectors),
      before,
      post: (message) => post({ id, ...message }),
      group: undefined,
      told: { n: 0, time: 0 },
      begins: true,
    };
    let members = this.#members.get(tab);
    if (!members) this.#members.set(tab, (members = new Map()));
    members.set(id, member);
    this.#place(member, base, dialect, resume ?? { id: options.lastEventId, n: 0 }, !!resume);
  }

  /** Puts a member into the group it can share a stream with. */
  #place(member: Member, base: string, dialect: 0 | 1 | 2, from: Place, resumes: boolean, apart = false): void {
    const { options, wasm } = member;
    const kind = JSON.stringify([base, dialect, wasm, options.credentials, options.eventSource, options.headers, options.renewable, options.schemas]);
    const alone = apart || this.#silent.has(kind) || options.eventSource === 1 || !member.wants;
    let key = alone ? kind + member.selectors : kind;
    // Who wants to begin where the others have not been cannot share with them.
    while (from.id && this.#groups.get(key)?.reaches(from) === false) key += `\n${from.id}`;
    let group = this.#groups.get(key);
    if (!group) {
      const made = (group = new Group(wasm, { ...options, url: base, topics: "", dialect, nameTopics: alone ? 0 : 1 }, from, resumes, {
        end: () => {
          if (this.#groups.get(key) === made) this.#groups.delete(key);
        },
        part: (members, silent) => {
          if (silent) this.#silent.add(kind);
          const { place } = made;
          for (const one of members) {
            made.remove(one);
            this.#place(one, base, dialect, place, true, true);
          }
        },
      }));
      this.#groups.set(key, group);
    }
    group.add(member, from, resumes);
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
