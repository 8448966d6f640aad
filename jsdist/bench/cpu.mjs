// What a page's main thread uses of a CPU, as the kernel counts it.
import { readFileSync } from "node:fs";

/** Nanoseconds that the main threads of all renderers have run, by process. */
export async function mainThreads(session) {
  const { processInfo } = await session.send("SystemInfo.getProcessInfo");
  const used = new Map();
  for (const { type, id } of processInfo) {
    if (type !== "renderer") continue;
    try {
      used.set(id, Number(readFileSync(`/proc/${id}/task/${id}/schedstat`, "utf8").split(" ")[0]));
    } catch {} // it has just ended
  }
  return used;
}

/** The most that one of them has used in between: the page that was at work. */
export const busiest = (before, after) => Math.max(...[...after].map(([id, ns]) => ns - (before.get(id) ?? ns)));

export const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
