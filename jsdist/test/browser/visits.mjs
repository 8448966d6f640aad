// One browser for a test file; what a test opens is closed after it.
import { after, afterEach, before } from "node:test";
import { startSite } from "../site.mjs";
import { launch, openPage } from "./harness.mjs";

/** To be called once in a test file, outside of the tests. */
export function visits() {
  let chromium;
  const things = [];
  const keep = (thing) => things.push(thing);
  const open = async (url) => {
    const view = await openPage(chromium.browser, url);
    keep(view);
    return view;
  };

  before(async () => (chromium = await launch()));
  after(() => chromium?.close());
  afterEach(async () => {
    for (const thing of things.splice(0).reverse()) await thing.close();
  });

  return {
    /** Has something closed after the test. */
    keep,
    /** Opens a page, and keeps what its console says: see openPage. */
    open,
    /** Starts a site and opens a page on it; see startSite for the options. */
    async visit(options) {
      const site = await startSite(options);
      keep(site);
      return { site, ...(await open(site.url)) };
    },
  };
}
