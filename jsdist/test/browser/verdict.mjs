// What a client may have seen of numbered events, and what not.

/**
 * Judges the record of a run (see pages/recorder.js) in which the numbers from
 * 1 to `total` were published and `dropped` of them were taken out on the way.
 * Returns what is wrong with it, in sentences; nothing if all is well.
 */
export function verdict({ numbers, gaps, silences, states }, { total, dropped = [], longestWait = Infinity }) {
  const wrong = [];
  const say = (sentence) => wrong.length < 12 && wrong.push(sentence);
  const missing = []; // {n, at}: at numbers had come when the next one came
  let next = 1;
  numbers.forEach((n, at) => {
    if (n < next) return say(`${n} came twice or late, as the ${at + 1}th event, when ${next} was due`);
    for (; next < n; next++) missing.push({ n: next, at });
    next = n + 1;
  });
  for (; next <= total; next++) missing.push({ n: next, at: numbers.length });
  if (next > total + 1) say(`${next - 1} came, but only ${total} were published`);

  const taken = new Set(dropped.map(Number));
  for (const range of ranges(missing.map(({ n }) => n).filter((n) => !taken.has(n)))) say(`${range} never came, though nobody took it out`);
  for (const n of taken) if (!missing.some((lost) => lost.n === n)) say(`${n} came, though it was taken out and never sent again`);
  // Each loss is announced by a gap of its own, after what shows it.
  const told = gaps.map(({ at }) => at);
  for (const { n, at } of missing) {
    const index = told.findIndex((gap) => gap >= at);
    if (index < 0) say(`${n} is missing, and no gap was raised after the ${at}th event`);
    else told.splice(index, 1);
  }
  if (told.length > 0) say(`gaps were raised for nothing, after events ${told.join(", ")}`);

  for (const { ms, after } of silences) say(`an open stream was silent for ${ms} ms after ${after} events, and the client did nothing`);
  for (const { state, code, reason, wait, at } of states) {
    if (state !== "waiting" && state !== "closed") continue;
    if (!code || !reason) say(`${state} after ${at} events without saying why`);
    if (wait > longestWait) say(`it wants to wait for ${wait} ms, longer than ${longestWait} ms, because of ${code}`);
  }
  return wrong;
}

/** 3, 4, 5, 9 → "3 to 5", "9". */
function ranges(numbers) {
  const found = [];
  for (const n of numbers) {
    if (found.at(-1)?.[1] === n - 1) found.at(-1)[1] = n;
    else found.push([n, n]);
  }
  return found.map(([from, to]) => (from === to ? `${from}` : `${from} to ${to}`));
}
