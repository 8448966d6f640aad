// A course: numbered events from a hub through one adversary for each client,
// until there were enough events and enough faults; then calm, and a verdict.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { startAdversary } from "../adversary.mjs";
import { sendFile, strictPolicy } from "../site.mjs";
import { until } from "../until.mjs";
import { verdict } from "./verdict.mjs";

const page = (name) => readFileSync(fileURLToPath(new URL(`pages/${name}`, import.meta.url)));

/** The site around the hub: a page with the recorder, and the package under /sdk/. */
export const routes = {
  "/": (_request, response) => {
    response.writeHead(200, { "Content-Type": "text/html", "Content-Security-Policy": strictPolicy });
    response.end('<!doctype html><title>test</title><script type="module" src="/pages/recorder.js"></script>');
  },
  "/favicon.ico": (_request, response) => (response.writeHead(204), response.end()),
  "/sdk/*": (request, response) => sendFile(response, request.url.slice("/sdk/".length).split("?")[0]),
  "/pages/*": (request, response) => {
    response.writeHead(200, { "Content-Type": "text/javascript" });
    response.end(page(request.url.slice("/pages/".length)));
  },
};

/** Faults that leave a client of a hub like this a chance to notice. */
export function fairFaults(target, source) {
  const always = ["cut", "cut", "end", "end", "half-close", "half-close", "pause", "repeat", "repeat", "502", "503", "404", "html"];
  // An EventSource hears no comments: it cannot know of losses, nor of a
  // connection that is dead without an end.
  if (source === "eventsource") return always;
  return [...always, "401", ...(target.counts ? ["drop"] : []), ...(target.heartbeat ? ["stall"] : [])];
}

const retry = { min: 20, max: 500 };
const retryAfter = 1000; // what the adversary's 503 asks for
const connectWithin = 30_000; // after which the SDK gives up an unanswered request
const firstWithin = 3 * connectWithin; // two connections in a row may be dead before the heartbeat is known

/**
 * Runs a course in one browser. `cells` are {name, options, faults?, sdk?}.
 * Returns for each {name, wrong, diagnosis}: what is wrong, and what there was.
 */
export async function runCourse(browser, target, cells, { events, faults, seed, ms, mute = false }) {
  const topic = `https://example.com/numbers/${seed}/${browser.name}`;
  const publish = (n) => target.publish({ topic, data: String(n), retry: String(retry.min) });
  const anchor = await publish(0); // what there is to go on after, whatever happens to the first connection
  const limit = (target.heartbeat || 1000) * 2.5 + 2_000;
  const lanes = [];
  try {
    for (const [i, cell] of cells.entries()) lanes.push(await enter(browser, target, cell, { topic, anchor, seed: seed + i, limit, mute }));
    const end = performance.now() + ms;
    let published = 0;
    const racing = () => lanes.filter((lane) => !lane.over);
    const more = () => racing().length > 0 && (published < events || racing().some(({ adversary }) => adversary.struck < faults)) && performance.now() < end;
    let watching = true;
    const watch = (async () => {
      while (watching) {
        await Promise.all(racing().map((lane) => observe(lane, limit + 5_000)));
        await new Promise((resolve) => setTimeout(resolve, 250));
      }
    })();
    const begun = performance.now();
    while (more()) {
      await publish(++published);
      // Those who have all their faults wait for the others in peace; and once
      // there are enough events, no more come than it takes to see life.
      for (const { adversary } of racing()) if (adversary.struck >= faults) adversary.set([]);
      if (published >= events) await new Promise((resolve) => setTimeout(resolve, 20));
    }
    for (const { adversary } of lanes) adversary.set([]);
    const calm = performance.now() + 15_000;
    while (racing().some(({ adversary }) => adversary.busy > 0) && performance.now() < calm) {
      await publish(++published);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await publish(++published);
    for (const lane of racing()) {
      await until("the last event", async () => lane.over || (await lane.view.evaluate(() => window.progress())).last >= published, 20_000).catch(() => {});
    }
    watching = false;
    await watch;
    return await Promise.all(lanes.map((lane) => finish(lane, { events, published, faults, took: performance.now() - begun })));
  } finally {
    await Promise.allSettled(lanes.map(({ view }) => view?.close()));
    await Promise.allSettled(lanes.map(({ adversary }) => adversary.close()));
  }
}

async function enter(browser, target, cell, { topic, anchor, seed, limit, mute }) {
  const { name, options, sdk } = cell;
  const token = options.source === "eventsource" ? undefined : (target.bearer ?? "none");
  const adversary = await startAdversary({ hub: target.url, seed, faults: cell.faults ?? fairFaults(target, options.source), routes, mute, bearer: target.bearer });
  const lane = { name, adversary, view: undefined, over: undefined };
  try {
    lane.view = await browser.open(`${adversary.url}/`);
    await until("the recorder", () => lane.view.evaluate(() => typeof window.start === "function"));
    const { pathname } = new URL(target.url);
    const url = `${adversary.url}${pathname}?topic=${encodeURIComponent(topic)}`;
    const heartbeat = target.counts ? undefined : target.heartbeat || undefined;
    const given = { sdk, url, token, limit, firstWithin, options: JSON.parse(JSON.stringify({ lastEventId: anchor, retry, heartbeat, ...options })) };
    await lane.view.evaluate((given) => window.start(given), given);
  } catch (error) {
    lane.over = `it did not start: ${error.message}`;
  }
  return lane;
}

/** Sees that a client lives: something comes, or it says why not. */
async function observe(lane, longest) {
  const seen = await lane.view.evaluate(() => window.progress()).catch((error) => ({ lost: error.message }));
  if (lane.over) return;
  if (seen.lost) lane.over = `the page is gone: ${seen.lost}`;
  else if (seen.state === "closed") lane.over = `it closed itself: ${seen.code} ${seen.reason}`;
  else if (seen.silent > (seen.state === "connecting" ? connectWithin + 5_000 : longest + (seen.count === 0 ? firstWithin : 0))) lane.over = `a silent death: ${JSON.stringify(seen)}`;
}

async function finish({ name, view, adversary, over }, { events, published, faults, took }) {
  const record = await view?.evaluate(() => window.record(0)).catch(() => undefined);
  const tally = {};
  for (const { fault, struck } of adversary.connections) if (struck) tally[fault] = (tally[fault] ?? 0) + 1;
  const wrong = over ? [over] : [];
  if (record) wrong.push(...verdict(record, { total: published, dropped: adversary.dropped, longestWait: Math.max(retry.max, retryAfter) + 200 }));
  if (published < events) wrong.push(`only ${published} of ${events} events could be published in time`);
  if (adversary.struck < faults) wrong.push(`only ${adversary.struck} of ${faults} faults were had in time`);
  const last = JSON.stringify(adversary.connections.slice(-3).map(({ fault, manner, after, struck }) => ({ fault, manner, after, struck })));
  const diagnosis = `${name}: seed ${adversary.seed}, ${record?.numbers.length ?? 0} of ${published} events, ${adversary.connections.length} connections, ${adversary.struck} faults ${JSON.stringify(tally)}, ${record?.gaps.length ?? 0} gaps, ${(took / 1000).toFixed(1)} s`;
  if (wrong.length > 0) {
    const told = (await view?.console().catch(() => [])) ?? [];
    wrong.push(diagnosis, `last connections: ${last}`, `last states: ${JSON.stringify(record?.states.slice(-4))}`, `errors: ${JSON.stringify(record?.errors.slice(-3))}`, ...told.slice(-5).map((line) => line.slice(0, 500)));
  }
  return { name, wrong, diagnosis, record, connections: adversary.connections };
}
