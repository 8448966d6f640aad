// What judging a payload costs in a page: in the module that ships, and with
// JSON.parse and ajv's compiled check, in the same run. Both have the same
// document, and get what a network gives: bytes.
import Ajv from "ajv/dist/2020.js";
import standalone from "ajv/dist/standalone/index.js";
import formats from "ajv-formats";
import { build } from "esbuild";

const person = { type: "object", required: ["id", "name"], properties: { id: { type: "string", minLength: 1, maxLength: 128 }, name: { type: "string", maxLength: 100 } } };
const id = { type: "string", minLength: 1, maxLength: 128 };
const time = { type: "string", format: "date-time" };
const line = {
  type: "object",
  required: ["sku", "title", "count", "price", "state"],
  properties: { sku: id, title: { type: "string", maxLength: 200 }, count: { type: "integer", minimum: 1 }, price: { type: "number", minimum: 0 }, state: { enum: ["open", "sent", "back"] } },
};

/** What the messages hold to: a text in an envelope, and a list of small things. */
export const document = {
  properties: {
    text: { type: "object", required: ["id", "from", "text", "sentAt"], properties: { id, from: person, text: { type: "string", minLength: 1, maxLength: 4000 }, sentAt: time } },
    order: { type: "object", required: ["id", "from", "lines", "sentAt"], properties: { id, from: person, lines: { type: "array", minItems: 1, maxItems: 100, items: line }, sentAt: time } },
  },
};

const bytes = 4096;
const words = { "a text in ASCII": "the quick brown fox jumps over the lazy dog ", "a text in Cyrillic": "съешь же ещё этих мягких французских булок ", "a text with escapes": 'he said: "yes",\n' };

/** Messages of 4 KB, no two alike: by what they are, the event and some of it. */
export function messages(each) {
  const envelope = (n) => ({ id: `m${n}`, from: { id: `u${n % 7}`, name: "Ada Lovelace" }, sentAt: "2026-01-02T03:04:05.678Z" });
  const size = (value) => Buffer.byteLength(JSON.stringify(value));
  const list = (make) => Array.from({ length: each }, (_, n) => JSON.stringify(make(n)));
  const kinds = Object.entries(words).map(([kind, phrase]) => {
    const make = (n) => {
      const message = { ...envelope(n), text: "" };
      for (let i = n; size({ ...message, text: message.text + phrase }) <= bytes; i++) message.text += `${phrase}${i % 10} `;
      return message;
    };
    return [kind, { event: "text", list: list(make) }];
  });
  const order = (n) => {
    const message = { ...envelope(n), lines: [] };
    for (let i = 0; size(message) < bytes - 50; i++) message.lines.push({ sku: `sku-${n}-${i}`, title: `Thing number ${i}`, count: (i % 9) + 1, price: i * 1.25 + 0.5, state: ["open", "sent", "back"][i % 3] });
    return message;
  };
  return Object.fromEntries([...kinds, ["a list of small things", { event: "order", list: list(order) }]]);
}

/** ajv's checks as a script: what compile makes, without eval in the page. */
export async function checks() {
  const ajv = formats(new Ajv({ code: { source: true, esm: true } }));
  for (const [name, schema] of Object.entries(document.properties)) ajv.addSchema({ ...schema, type: "object" }, name);
  const contents = standalone(ajv, Object.fromEntries(Object.keys(document.properties).map((name) => [name, name])));
  const { outputFiles } = await build({ stdin: { contents, resolveDir: import.meta.dirname, loader: "js" }, bundle: true, write: false, format: "esm", minify: true });
  return outputFiles[0].contents;
}

/**
 * In the page. Returns, for each kind and way, what a message took in µs, a
 * figure for each round, the ways in turn and each for a few milliseconds, so
 * that some rounds are left alone by whatever else runs on the machine: `judge` writes the bytes into the module's buffer and
 * reads the verdict; `module` also takes the text out and parses it, which is
 * all that a page pays; `ajv` is TextDecoder, JSON.parse and the check; `parse`
 * is the same without the check.
 */
export async function measure({ document, kinds, rounds, ms }) {
  let exports;
  const start = WebAssembly.instantiateStreaming;
  WebAssembly.instantiateStreaming = async (...given) => {
    const made = await start.apply(WebAssembly, given);
    exports = made.instance.exports;
    return made;
  };
  const { Module } = await import("/sdk/worker.js");
  const checks = await import("/ajv.js");
  const module = await Module.load("/sdk/sdk.wasm");
  const { set } = module.schemas(JSON.stringify(document));
  const encoder = new TextEncoder();
  const decoder = new TextDecoder();
  const address = exports.mx_buffer(65_536);
  let memory;
  let view;
  let table;
  const fresh = () => {
    if (memory === exports.mem.buffer) return;
    memory = exports.mem.buffer;
    view = new Uint8Array(memory);
    table = new Uint32Array(memory);
  };
  const judge = (name, message) => {
    fresh();
    view.set(name, address);
    view.set(message, address + name.length);
    exports.mx_judge(set, name.length, message.length);
    fresh();
    return table[exports.mx_table() / 4 + 5];
  };
  const ways = {
    judge: ({ name }, message) => judge(name, message) === 1,
    module({ name }, message) {
      if (judge(name, message) !== 1) return false;
      const text = decoder.decode(new Uint8Array(memory, exports.mx_text(), exports.mx_length()));
      return JSON.parse(text.slice(name.length)) !== null;
    },
    ajv: ({ check }, message) => check(JSON.parse(decoder.decode(message))),
    parse: (_, message) => JSON.parse(decoder.decode(message)) !== null,
  };
  const result = {};
  for (const [kind, { event, list }] of Object.entries(kinds)) {
    const given = { name: encoder.encode(event), check: checks[event] };
    const all = list.map((message) => encoder.encode(message));
    const took = (result[kind] = Object.fromEntries(Object.keys(ways).map((way) => [way, []])));
    const wrong = encoder.encode(list[0].replace('"id":"m', '"id":true,"was":"m'));
    for (const way of ["judge", "module", "ajv"]) if (ways[way](given, wrong)) throw new Error(`${way} takes what does not hold`);
    const time = (way, ms) => {
      const run = ways[way];
      const begin = performance.now();
      let n = 0;
      do {
        for (const message of all) if (!run(given, message)) throw new Error(`${way} refuses ${kind}`);
        n += all.length;
      } while (performance.now() - begin < ms);
      return ((performance.now() - begin) / n) * 1000;
    };
    for (const way of Object.keys(ways)) time(way, 400); // for the compilers
    for (let round = 0; round < rounds; round++) for (const way of Object.keys(ways)) took[way].push(time(way, ms));
  }
  return result;
}
