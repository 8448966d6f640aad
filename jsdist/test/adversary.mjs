// A proxy between a browser and a hub that does to the event stream what
// networks, proxies and hubs in trouble do. Everything else passes untouched.
import { createServer, request as send } from "node:http";
import { holdsBack, mannerNames, outlet } from "./outlet.mjs";
import { splitter } from "./pieces.mjs";
import { generator } from "./random.mjs";

/** Answers in place of the stream. */
const answers = {
  502: (response) => reply(response, 502, "text/html", "<h1>502 Bad Gateway</h1>"),
  503: (response) => reply(response, 503, "text/plain", "try later", { "Retry-After": "1" }),
  401: (response) => reply(response, 401, "application/problem+json", "{}"),
  403: (response) => reply(response, 403, "text/plain", "no"),
  404: (response) => reply(response, 404, "text/html", "not here"),
  204: (response) => (response.writeHead(204), response.end()),
  html: (response) => reply(response, 200, "text/html", "<!doctype html><title>Welcome to the hotel's network</title>"),
};

function reply(response, status, type, body, headers = {}) {
  response.writeHead(status, { "Content-Type": type, "Content-Length": Buffer.byteLength(body), ...headers });
  response.end(body);
}

/** Ends of a stream, in the middle of an event if it happens so. `pause` and `stall` say nothing first; only `pause` ends by itself. */
const ends = ["cut", "end", "half-close", "pause", "stall"];
/** Changes of what the stream says; it is ended some time later. */
const changes = ["repeat", "drop"];

export const faultNames = [...ends, ...changes, ...Object.keys(answers)];

/**
 * Starts the proxy before the hub at `hub`, a subscribe URL. Each connection of
 * the stream draws a fault out of `faults` and a manner of travelling out of
 * `manners`; names may be repeated to be drawn more often. It strikes at a
 * random moment within `within` milliseconds. `mute` allows
 * stalls before the first byte of a stream, which a browser that tells of an
 * answer only with its first byte (Firefox) does not notice as one: the client
 * waits its full 30 seconds for an answer. `bearer` is sent to the hub in
 * place of the browser's own. `routes` answers paths itself, as startSite does.
 */
export async function startAdversary({ hub, seed, faults = faultNames, manners = mannerNames, within = [20, 400], mute = false, bearer, routes = {} }) {
  const target = new URL(hub);
  const random = generator(seed);
  const streams = new Map();
  const adversary = {
    seed,
    /** The streams that browsers hold open, each with its plan. */
    streams,
    /** What each connection drew and did: {fault, manner, after, struck, cursor}. */
    connections: [],
    /** The data of the events that were dropped. */
    dropped: [],
    /** How many faults there have been. */
    get struck() {
      return adversary.connections.filter(({ struck }) => struck).length;
    },
    /** How many open streams still have a fault before them, or suffer from one. */
    get busy() {
      return [...streams.values()].filter(({ fault }) => fault).length;
    },
    /** From now on connections are left alone, or get these faults. */
    set(next) {
      faults = next;
    },
    /** Cuts every stream. */
    cut: () => [...streams.keys()].forEach((response) => response.socket?.resetAndDestroy()),
  };

  function draw(request) {
    const url = new URL(request.url, target);
    const cursor = request.headers["last-event-id"] ?? url.searchParams.get("lastEventID") ?? url.searchParams.get("last_event_id") ?? "";
    // A fixed number of draws, so that a seed gives the same row of faults
    // whatever happens within a connection.
    const [at, how, after, own] = [random(0, 2 ** 30), random(0, 2 ** 30), random(...within), random(0, 2 ** 30)];
    // Two 401 without an open stream between them mean something, whatever
    // proxies say meanwhile: the token that was just given is wrong.
    const opened = ({ fault, manner, after }) => !answers[fault] && !holdsBack(manner) && after >= 100;
    const last = adversary.connections.findLast((plan) => plan.fault === "401" || opened(plan))?.fault;
    const from = last === "401" && faults.some((name) => name !== "401") ? faults.filter((name) => name !== "401") : faults;
    const fault = from[at % from.length];
    // One that is to prove something later does not dawdle.
    const prompt = fault === "stall" && !mute ? manners.filter((name) => !holdsBack(name)) : manners;
    const manner = fault === undefined || fault === "drop" ? "plain" : (prompt[how % prompt.length] ?? "plain");
    const plan = { fault, manner, after, cursor, came: Date.now(), struck: false, random: generator(own) };
    adversary.connections.push(plan);
    return plan;
  }

  function stream(request, response) {
    const plan = draw(request);
    if (answers[plan.fault]) {
      plan.struck = true;
      return answers[plan.fault](response);
    }
    streams.set(response, plan);
    const upstream = pass(request, response, (from) => spoil(from, response, plan, adversary));
    response.once("close", () => {
      streams.delete(response);
      upstream.destroy();
    });
  }

  /** Sends a request to the hub; `take` gets a stream's answer. */
  function pass(request, response, take) {
    const headers = { ...request.headers, host: target.host };
    delete headers["accept-encoding"];
    if (bearer) headers.authorization = `Bearer ${bearer}`;
    const upstream = send({ host: target.hostname, port: target.port || 80, path: request.url, method: request.method, headers }, (from) => {
      if (take && from.statusCode === 200) return take(from);
      response.writeHead(from.statusCode, from.headers);
      from.pipe(response);
    });
    upstream.once("error", () => (response.headersSent ? response.destroy() : reply(response, 502, "text/plain", "the hub cannot be reached")));
    request.pipe(upstream);
    return upstream;
  }

  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url, target);
    const own = routes[pathname] ?? routes[pathname.replace(/[^/]*$/, "*")];
    if (own) return own(request, response);
    if (pathname === target.pathname && request.method !== "POST" && request.method !== "HEAD") return stream(request, response);
    pass(request, response);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  adversary.url = `http://127.0.0.1:${server.address().port}`;
  adversary.close = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return adversary;
}

/** Hands the hub's stream on, until the fault of the plan. */
function spoil(from, response, plan, adversary) {
  const { fault, random } = plan;
  const { "transfer-encoding": _, ...headers } = from.headers;
  response.writeHead(200, headers);
  response.flushHeaders();
  response.socket.setNoDelay(true);
  const out = outlet(response, plan.manner, random);
  const timers = new Set();
  const later = (ms, work) => timers.add(setTimeout(work, ms));
  const recent = []; // whole events, for repeat
  let phase = "before"; // then "armed", "struck" (and still going on), "silent"
  let beats = 0;

  response.once("close", () => {
    out.stop();
    timers.forEach(clearTimeout);
  });
  const finish = () => {
    phase = "silent";
    out.stop();
    response.end();
  };
  const strike = () => {
    plan.struck = true;
    phase = "silent";
    if (fault === "pause") return later(random(100, 1500), () => response.socket?.resetAndDestroy());
    if (fault === "stall") return out.stop();
    out.stop();
    if (fault === "cut") response.socket?.resetAndDestroy();
    if (fault === "half-close") response.socket?.end(); // without the chunk that ends the body
    if (fault === "end") response.end();
  };
  if (fault) {
    later(plan.after, () => {
      phase = "armed";
      // Nothing may come that could be cut in two.
      if (ends.includes(fault)) later(100, () => phase === "armed" && strike());
    });
  }

  const feed = splitter((piece) => {
    if (phase === "silent") return;
    if (phase === "armed" && ends.includes(fault)) {
      out.write(piece.bytes.subarray(0, random(0, piece.bytes.length)));
      phase = "silent";
      return later(5, strike); // once that is on its way
    }
    if (phase === "armed" && fault === "repeat" && recent.length > 0) {
      plan.struck = true;
      phase = "struck";
      recent.slice(-random(1, recent.length)).forEach((bytes) => out.write(bytes));
      later(random(50, 400), finish);
    }
    if (phase === "armed" && fault === "drop" && piece.event) {
      plan.struck = true;
      phase = "struck";
      adversary.dropped.push(piece.event.data);
      return;
    }
    out.write(piece.bytes);
    if (piece.event && recent.push(piece.bytes) > 20) recent.shift();
    // The second heartbeat after a loss: the client has had its chance.
    if (phase === "struck" && fault === "drop" && piece.comment !== undefined && ++beats === 2) later(20, finish);
  });
  from.on("data", feed);
  // The hub has ended it: so do we, as it did.
  from.once("end", () => phase !== "silent" && finish());
  from.once("error", () => phase !== "silent" && response.destroy());
}
