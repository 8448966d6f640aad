/**
 * Waits until check returns something truthy and returns that. Rejects after
 * `ms` milliseconds with what it was waiting for and what it saw last.
 */
export async function until(what, check, ms = 10_000) {
  const end = performance.now() + ms;
  let last;
  for (;;) {
    last = await check();
    if (last) return last;
    if (performance.now() > end) throw new Error(`waited ${ms} ms for ${what}; last seen: ${JSON.stringify(last)}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
