// Random numbers that can be had again: a test prints its seed, and
// AMALGAM_SEED repeats it.

/** The seed of this run: $AMALGAM_SEED, or another one each time. */
export const seed = Number(process.env.AMALGAM_SEED ?? Math.floor(Math.random() * 2 ** 31)) >>> 0;

/** A generator (mulberry32): each call returns an integer from `from` to `to`, both included. */
export function generator(seed) {
  let state = seed >>> 0;
  return (from, to) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return from + Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * (to - from + 1));
  };
}
