// One browser for a test file; what a test opens is closed after it.
import { after, afterEach, before } from "node:test";
import { startSite } from "../site.mjs";
import { launch, openPage } from "./harness.mjs";

/** To be called once in a test file, outside of the tests. */
export function visits() {
  let chromium;
  const open = [];
  const keep = (thing) => open.push(thing);

  before(async () => (chromium = await launch()));
  after(() => chromium?.close());
  afterEach(async () => {
    for (const thing of open.splice(0).reverse()) await thing.close();
  });

  return {
    /** Has something closed after the test. */
    keep,
    /** Starts a site and opens a page on it; see startSite for the options. */
    async visit(options) {
      const site = await startSite(options);
      keep(site);
      const view = await openPage(chromium.browser, site.url);
      keep(view);
      return { site, ...view };
    },
  };
}
