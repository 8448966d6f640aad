// Firefox, driven by WebDriver BiDi.
import puppeteer from "puppeteer-core";
import { which } from "./child.mjs";

const executable = () => which(process.env.FIREFOX, "firefox-esr", "firefox");

/** Why there is no Firefox here; undefined if there is. */
export function firefoxMissing() {
  if (!executable()) return "no Firefox found: apt-get install firefox-esr, or set FIREFOX to its path";
}

/** Starts Firefox with `home` for its profile and whatever else it writes. */
export async function startFirefox(home) {
  return puppeteer.launch({
    browser: "firefox",
    executablePath: executable(),
    headless: true,
    userDataDir: `${home}/profile`,
    env: { ...process.env, HOME: home, XDG_CACHE_HOME: home, XDG_CONFIG_HOME: home, TMPDIR: home, MOZ_CRASHREPORTER_DISABLE: "1" },
    // It would ask its makers for updates, settings and lists of bad sites.
    extraPrefsFirefox: {
      "app.update.enabled": false,
      "app.normandy.enabled": false,
      "browser.safebrowsing.malware.enabled": false,
      "browser.safebrowsing.phishing.enabled": false,
      "dom.min_background_timeout_value": 4, // pages behind another are not to be slower
      "dom.min_background_timeout_value_without_budget_throttling": 4,
      "dom.timeout.enable_budget_timer_throttling": false,
      "datareporting.policy.dataSubmissionEnabled": false,
      "extensions.update.enabled": false,
      "network.captive-portal-service.enabled": false,
      "network.connectivity-service.enabled": false,
      "services.settings.server": "data:,#remote-settings-dummy/v1",
      "toolkit.telemetry.enabled": false,
    },
    timeout: 60_000,
    protocolTimeout: 130_000,
  });
}
