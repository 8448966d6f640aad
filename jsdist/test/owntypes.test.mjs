// `amalgam types --wasm` for a Go module of a user's own, outside of this
// repository: what it writes, that the package's loader runs it, and that it
// judges as the user's Go does.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { booking, writeInn } from "./inn.mjs";
import { internals } from "./internals.mjs";
import { sendFile, startSite } from "./site.mjs";

const here = fileURLToPath(new URL("..", import.meta.url));
let inn, written, goMod, site, module;

before(async () => {
  inn = writeInn();
  goMod = readFileSync(join(inn.folder, "go.mod"), "utf8");
  written = await inn.amalgam("types", "./bookings", "-o", "dist", "--wasm");
  assert.equal(written.status, 0, written.err);
  site = await startSite({ routes: { "/own.wasm": (_request, response) => sendFile(response, "sdk.wasm", undefined, join(inn.folder, "dist")) } });
  const { Module } = await internals("module");
  module = await Module.load(`${site.url}/own.wasm`);
});
after(async () => {
  await site?.close();
  inn?.remove();
});

const read = (name) => readFileSync(join(inn.folder, "dist", name));

test("it writes the module with its encodings and its hash, and tells the steps and the size", () => {
  const bytes = read("sdk.wasm");
  const names = ["schema.json", "events.d.ts", "sdk.wasm", "integrity.json", "sdk.wasm.gz", "sdk.wasm.br"];
  assert.equal(written.out, names.map((name) => `dist/${name}\n`).join(""));
  assert.deepEqual(readdirSync(join(inn.folder, "dist")).sort(), names.sort());
  assert.ok(gunzipSync(read("sdk.wasm.gz")).equals(bytes));
  assert.ok(brotliDecompressSync(read("sdk.wasm.br")).equals(bytes));
  assert.deepEqual(JSON.parse(read("integrity.json")), { "sdk.wasm": `sha384-${createHash("sha384").update(bytes).digest("base64")}` });
  const kilobytes = (name) => `${(read(name).length / 1000).toFixed(1)} KB`;
  assert.equal(
    written.err,
    "example.com/inn/bookings: compiling it for the browser (some seconds, a minute the first time)\n" +
      "sdk.wasm: gzip and brotli (some ten seconds)\n" +
      `sdk.wasm: ${kilobytes("sdk.wasm")}, ${kilobytes("sdk.wasm.gz")} with gzip, ${kilobytes("sdk.wasm.br")} with brotli\n`,
  );
});

test("nothing of the user's module changes, and nothing of this machine is told but its replace", () => {
  assert.equal(readFileSync(join(inn.folder, "go.mod"), "utf8"), goMod);
  assert.deepEqual(readdirSync(inn.folder).sort(), ["bookings", "dist", "go.mod", "internal", "verdicts"]);
  assert.deepEqual(readdirSync(join(inn.folder, "bookings")), ["bookings.go"]);
  const text = read("sdk.wasm").toString("latin1").replaceAll(join(here, ".."), ""); // which may be a temporary folder itself
  assert.ok(!text.includes(tmpdir()), "the module names the folder of its sources, or a temporary one");
});

test("the declarations keep the Go comments, each those of its own package", () => {
  const text = read("events.d.ts").toString();
  for (const wanted of [
    "/** Booking is a stay that somebody has asked for. */\nexport interface Booking {",
    "/** Person is who stays. */\nexport interface Person {\n  /** Name is on the bill. At least 1 character. */\n  name: string;\n}\n",
    "/** Person is who has the keys. */\nexport interface Person2 {\n  /** Name is on the door. At least 1 character. */\n  name: string;\n  /** For the night. */\n  phone?: string;\n}\n",
  ]) {
    assert.ok(text.includes(wanted), `there is no\n${wanted}in\n${text}`);
  }
});

const payloads = {
  "one that holds": booking(),
  "one with all there is": booking({ host: { name: "Bo", phone: "1" }, extras: [{ kind: "meal", hour: 8 }, { kind: "parking", plate: "G-1" }], notes: { de: 2 } }),
  "a property that is missing": booking({ guest: {} }),
  "a state that is none of the constants": booking({ state: "lost" }),
  "a tuple that is too short": booking({ place: [47] }),
  "a union's case that is none": booking({ extras: [{ kind: "sauna" }] }),
  "a union's case that does not hold": booking({ extras: [{ kind: "meal", hour: 3 }] }),
  "a map with another value": booking({ notes: { de: "two" } }),
  "what only Validate refuses": booking({ stay: { from: 5, until: 5 } }),
  "an id of another form": booking({ id: "5" }),
  "another thing altogether": [1],
};

test("the package's loader runs it, and it judges as the user's Go does, byte for byte", async () => {
  assert.deepEqual(module.schemas("").names, ["booking", "booking.changed"]);
  const texts = Object.values(payloads).map((payload) => JSON.stringify(payload));
  const natively = await inn.verdicts(texts);
  assert.equal(natively.length, texts.length);
  Object.keys(payloads).forEach((what, n) => assert.equal(module.judge("", "booking", texts[n]), natively[n], what));
  assert.equal(natively[0] + natively[1], "");
  assert.ok(natively.slice(2).every((issues) => issues !== ""));
});

test("a Validate method of the user's is compiled in, and names its place", () => {
  const issues = module.judge("", "booking.changed", JSON.stringify(booking({ stay: { from: 5, until: 4 } })));
  assert.deepEqual(JSON.parse(issues), [{ path: "/stay/until", keyword: "validate", message: "must be after from" }]);
});

test("it reads documents as the module that ships does", () => {
  const document = JSON.stringify({ properties: { order: { type: "object", required: ["total"] } } });
  assert.match(module.judge(document, "order", "{}"), /required/);
  assert.equal(module.judge(document, "booking", "{}"), "");
});

const use = `
import MercureClient, { type MercureEvent } from "amalgam-sdk";
import type { Booking, Extra } from "./dist/events.js";

const client = new MercureClient("/.well-known/mercure", { topics: ["https://example.com/bookings"], wasm: new URL("./dist/sdk.wasm", import.meta.url) });
client.on("booking", ({ detail }) => {
  const place: [number, number] = detail.place;
  const state: "asked" | "confirmed" = detail.state;
  const phone: string | undefined = detail.host?.phone;
  // @ts-expect-error: a guest has none
  void detail.guest.phone;
  void [place, state, phone, detail.notes?.["de"]];
});
// @ts-expect-error: misspelt
client.on("bookng", () => {});
// @ts-expect-error: an event of the module that ships
client.on("new_message", () => {});
document.addEventListener("mercure-booking.changed", (event: MercureEvent<Booking>) => void event.detail.stay.until);
export const what = (extra: Extra): string | number => (extra.kind === "meal" ? extra.hour : extra.plate);
`;

for (const [resolution, kind] of [["NodeNext", "NodeNext"], ["Bundler", "ESNext"]]) {
  test(`a page that uses it compiles under strict with moduleResolution ${resolution}`, () => {
    writeFileSync(join(inn.folder, "package.json"), '{"type": "module"}');
    mkdirSync(join(inn.folder, "node_modules"), { recursive: true });
    try {
      symlinkSync(here, join(inn.folder, "node_modules/amalgam-sdk"));
    } catch (error) {
      assert.equal(error.code, "EEXIST");
    }
    writeFileSync(join(inn.folder, "page.ts"), use);
    const args = [
      join(here, "node_modules/typescript/bin/tsc"), "page.ts", "dist/events.d.ts", "--strict", "--exactOptionalPropertyTypes", "--noUncheckedIndexedAccess", "--noEmit",
      "--target", "ES2022", "--lib", "ES2022,DOM", "--module", kind, "--moduleResolution", resolution,
    ];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: inn.folder, encoding: "utf8", timeout: 60_000 });
    assert.equal(status, 0, stdout + stderr);
  });
}
