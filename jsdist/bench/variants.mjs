// The ways of a page to receive, each with the same handler on document.

/** Options of the SDK by the variant's name; plain is what a page does without it. */
export const variants = {
  plain: undefined,
  worker: {},
  page: { worker: false },
  "worker, EventSource": { source: "eventsource" },
  "page, EventSource": { source: "eventsource", worker: false },
};

/** Opens a stream in the page and waits until the hub has answered. */
export async function connect(page, variant, topic, wasm) {
  const options = variants[variant];
  await page.evaluate(
    async (topic, options) => {
      window.count = 0;
      window.arrived ??= {};
      if (!window.counting) {
        window.counting = (event) => {
          window.count++;
          if (window.count === window.want) window.done();
          window.stamp?.(event);
        };
        document.addEventListener("mercure-new_message", window.counting);
      }
      const url = `/bench?topic=${topic}`;
      if (options) {
        const { default: MercureClient } = await import("/sdk/index.js");
        const client = new MercureClient(url, options);
        const open = new Promise((resolve) => client.addEventListener("open", resolve));
        await client.build().ready;
        await open;
        window.client = client;
      } else {
        const source = new EventSource(url);
        source.addEventListener("new_message", ({ data }) => document.dispatchEvent(new CustomEvent("mercure-new_message", { detail: JSON.parse(data) })));
        await new Promise((resolve) => (source.onopen = resolve));
        window.source = source;
      }
    },
    topic,
    options && { ...options, ...(wasm && { wasm }) },
  );
}

/** Has the page wait for n events more; call what it returns to wait with it. */
export async function expect(page, n) {
  await page.evaluate((n) => {
    window.want = window.count + n;
    window.finished = new Promise((resolve) => (window.done = resolve));
  }, n);
  return () => page.evaluate(() => window.finished);
}
