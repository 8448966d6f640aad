import type { MercureErrorCode } from "./errors.js";

type Said = [MercureErrorCode, string];

/** What is said of a module that does not start; see failure.ts. */
export const prose = {
  /** It could not be fetched or instantiated. */
  load(cause: unknown, url: string, response?: Response, bytes?: ArrayBuffer): Said {
    return forbidden() ?? (response ? answered(cause, url, response, bytes) : unanswered(cause, url));
  },

  /** It lacks what this package calls. */
  foreign: (_: unknown, url: string): Said => [
    "version",
    `The module at ${url} is not one made with amalgam/wasm, or of another version than this package.`,
  ],

  ended: (_: unknown, url: string, reason: string): Said => ["start", `The module at ${url} ended when it was started: ${reason}.`],

  version: (_: unknown, url: string, its: number, ours: number): Said => [
    "version",
    `The module at ${url} speaks interface ${its}, this package ${ours}: deploy files of one version.`,
  ],
};

function forbidden(): Said | undefined {
  if (typeof WebAssembly !== "object") {
    return ["no-wasm", "This browser has no WebAssembly, or it is switched off (Lockdown Mode, an administrator's policy). The SDK cannot run in it."];
  }
  if (typeof fetch !== "function") return ["unsupported", "There is no fetch here to load the module with."];
  try {
    new WebAssembly.Module(Uint8Array.of(...magic, 1, 0, 0, 0));
    return undefined;
  } catch {
    return [
      "csp",
      "The page's Content-Security-Policy forbids WebAssembly. Add 'wasm-unsafe-eval' to its script-src " +
        "(or to default-src, if there is no script-src). It allows WebAssembly only, not eval.",
    ];
  }
}

function unanswered(cause: unknown, url: string): Said {
  const crossOrigin = typeof location === "object" && location.origin !== new URL(url).origin;
  return [
    "network",
    `The SDK's module could not be fetched from ${url}: no answer (${text(cause)}). ` +
      "Check that the server runs and that the page's Content-Security-Policy lists it in connect-src" +
      (crossOrigin ? `; as it is another origin, it must also send Access-Control-Allow-Origin.` : "."),
  ];
}

function answered(cause: unknown, url: string, response: Response, bytes?: ArrayBuffer): Said {
  const { ok, status } = response;
  if (!ok) {
    void response.body?.cancel();
    if (status === 404 || status === 410) {
      return ["not-found", `The SDK's module is not at ${url} (HTTP ${status}). Deploy sdk.wasm beside index.js, or name its place in the option wasm.`];
    }
    return ["http", `The SDK's module could not be fetched from ${url}: HTTP ${status}.`];
  }
  const type = response.headers.get("Content-Type")?.trim() || "none";
  const start = bytes && new Uint8Array(bytes, 0, Math.min(64, bytes.byteLength));
  if (start && !magic.every((byte, i) => start[i] === byte)) {
    if (/html/i.test(type) || /^\s*<(!doctype|html|\?xml|!--)/i.test(new TextDecoder().decode(start))) {
      return [
        "html",
        `${url} answered with a web page (Content-Type: ${type}) instead of the SDK's module. ` +
          "Usually a single-page application's fallback answers for files that do not exist: deploy sdk.wasm there, or name its place in the option wasm.",
      ];
    }
    return notWasm(url, type, `it starts with ${hex(start)} instead of ${hex(magic)}`);
  }
  if (cause instanceof WebAssembly.LinkError) {
    return ["version", `The module at ${url} was built by another Go toolchain than this index.js: ${text(cause)}. Deploy index.js and sdk.wasm of the same version.`];
  }
  if (cause instanceof WebAssembly.CompileError) return notWasm(url, type, text(cause));
  if (cause instanceof RangeError) return ["start", `The browser has no memory left for the SDK's module: ${text(cause)}.`];
  return ["network", `The download of the SDK's module from ${url} broke off: ${text(cause)}.`];
}

/** How every module starts. */
const magic = [0, 0x61, 0x73, 0x6d];

function notWasm(url: string, type: string, why: string): Said {
  return [
    "not-wasm",
    `${url} (Content-Type: ${type}) is not a WebAssembly module, or a damaged one: ${why}. ` +
      "Deploy the sdk.wasm of the same version as index.js, as binary and uncut.",
  ];
}

function hex(bytes: Iterable<number>): string {
  const list = [...bytes].slice(0, 4);
  return list.map((byte) => byte.toString(16).padStart(2, "0")).join(" ") || "nothing";
}

function text(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
