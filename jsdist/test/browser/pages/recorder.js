// In the page: makes clients, and keeps what came, in the order in which it
// came. `window.runs[n]` is the n-th run's record.

const runs = (window.runs = []);

/**
 * Builds a client of `sdk`, and records. `token` is what getToken gives.
 * `limit` is how long an open stream may be silent, in milliseconds, while
 * events are being published; until the first has come, by `firstWithin` longer.
 * Returns the number of the run.
 */
window.start = async ({ sdk = "/sdk/index.js", url, options = {}, token, limit = Infinity, firstWithin = 0 }) => {
  const { default: Client } = await import(sdk);
  const target = new EventTarget();
  const run = {
    numbers: [],
    gaps: [], // {at, requested, received}: `at` numbers had come before it
    states: [], // {state, code, reason, wait, at}
    errors: [], // {code, message}
    close: undefined, // the code it was closed with, "" for none
    silences: [], // those of an open stream that were too long
    sign: performance.now(), // of life: an event or a change of state
    open: 0,
    tokens: 0,
  };
  const n = runs.push(run) - 1;
  target.addEventListener("mercure-message", ({ detail }) => {
    noteSilence(run, limit, firstWithin);
    run.numbers.push(detail);
    run.sign = performance.now();
  });
  const getToken = token && (() => (run.tokens++, token));
  const client = (run.client = new Client(url, { ...options, target, ...(getToken && { getToken }) }));
  client.addEventListener("gap", ({ detail }) => run.gaps.push({ at: run.numbers.length, ...detail }));
  client.addEventListener("error", ({ detail }) => run.errors.push({ code: detail.code, message: detail.message }));
  client.addEventListener("close", ({ detail }) => (run.close = detail?.code ?? ""));
  client.addEventListener("state", ({ detail: { state, previous, code = "", reason = "", until = 0 } }) => {
    if (previous === "open") noteSilence(run, limit, firstWithin);
    run.states.push({ state, code, reason, wait: until ? until - Date.now() : 0, at: run.numbers.length, time: Date.now() });
    run.sign = performance.now();
  });
  client.build();
  await client.ready;
  return n;
};

function noteSilence(run, limit, firstWithin) {
  const ms = performance.now() - run.sign;
  if (ms > limit + (run.numbers.length === 0 ? firstWithin : 0)) run.silences.push({ ms: Math.round(ms), after: run.numbers.length });
}

/** How far run n is. */
window.progress = (n = 0) => {
  const { numbers, gaps, client, sign, close } = runs[n];
  const { state, code = "", reason = "", until = 0 } = client.status ?? { state: client.state };
  return { count: numbers.length, last: numbers.at(-1) ?? null, gaps: gaps.length, close, state, code, reason, until, silent: Math.round(performance.now() - sign) };
};

/** All that run n has kept. */
window.record = (n = 0) => {
  const { client, ...kept } = runs[n];
  return { ...kept, state: client.state };
};
