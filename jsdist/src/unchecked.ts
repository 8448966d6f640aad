import type { MercureClient } from "./client.js";
import { dispatch } from "./dispatch.js";
import type { Note } from "./protocol.js";
import type { MercureEvent, Topic } from "./types.js";

/**
 * A stream without the module, for pages whose policy forbids WebAssembly: it
 * reconnects and resumes, and judges nothing.
 */
export function unchecked(client: MercureClient, why: Error, signal: AbortSignal, topics: readonly Topic[], note: (note: Note) => void, heard: (event: MercureEvent) => void): void {
  console.warn(`MercureClient: events are not checked (fallback: "unchecked"): ${why.message}`);
  const url = new URL(client.url);
  for (const topic of topics) url.searchParams.append(typeof topic === "string" ? "topic" : "match_urlpattern", typeof topic === "string" ? topic : topic.urlpattern);
  const draft1 = [...url.searchParams.keys()].some((name) => /^match/i.test(name));
  let id = client.lastEventId;
  let delay = 1000;
  const to = { target: client.options.target ?? document, client, live: () => !signal.aborted, event: heard, invalid: () => {}, fault: () => {} };

  const take = (block: string): void => {
    let name = "message";
    const data: string[] = [];
    for (const line of block.split("\n")) {
      const colon = line.indexOf(":");
      const value = line.slice(colon + 1).replace(/^ /, "");
      const field = colon < 0 ? line : line.slice(0, colon);
      if (field === "data") data.push(colon < 0 ? "" : value);
      else if (field === "event") name = value || "message";
      else if (field === "id") id = value;
      else if (field === "retry" && /^\d+$/.test(value)) delay = Number(value);
    }
    if (data.length === 0) return;
    const parts = [name, id, "", data.join("\n"), ""];
    dispatch(to, parts.join(""), Uint32Array.from([...parts.map((part) => part.length), 0]));
  };

  const run = async (): Promise<void> => {
    while (!signal.aborted) {
      let reason = "the hub ended the connection";
      try {
        if (id) url.searchParams.set(draft1 ? "last_event_id" : "lastEventID", id);
        const { token, headers, withCredentials } = client.options;
        const bearer = typeof token === "object" ? token.token : (token ?? (await client.options.getToken?.()) ?? "");
        const response = await fetch(url, {
          signal,
          cache: "no-store",
          credentials: (withCredentials ?? true) ? "include" : "same-origin",
          headers: { ...headers, ...(bearer && { Authorization: `Bearer ${typeof bearer === "object" ? bearer.token : bearer}` }) },
        });
        if ([204, 400, 401, 403].includes(response.status)) {
          return note(["changed", "closed", response.status === 401 ? "unauthorized" : "refused", `the hub answered ${response.status}`, 0]);
        }
        if (response.status !== 200 || !response.body) throw new Error(`the hub answered ${response.status}`);
        note(["changed", "open", "", "", 0]);
        let rest = "";
        const decoder = new TextDecoder();
        const reader = response.body.getReader();
        for (let piece; !(piece = await reader.read()).done; ) {
          const blocks = (rest + decoder.decode(piece.value, { stream: true })).replaceAll("\r\n", "\n").split("\n\n");
          rest = blocks.pop()!;
          blocks.forEach(take);
        }
      } catch (error) {
        reason = String(error);
      }
      if (signal.aborted) return;
      const wait = Math.random() * delay + delay / 2;
      note(["changed", "waiting", "lost", reason, Date.now() + wait]);
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  };
  void run();
}
