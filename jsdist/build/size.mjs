// `make size`: what each Go package adds to the module that was built last,
// beside an empty program built the same way; and what there is to spend.
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants } from "node:zlib";
import { budgets, format, overweight } from "./budget.mjs";
import { buildModule } from "./module.mjs";
import { dist, fail, go, work } from "./run.mjs";

const sdk = join(dist, "sdk.wasm");
const empty = join(work, `empty-${process.pid}.wasm`);
if (!existsSync(sdk)) fail("There is no dist/sdk.wasm: run make sdk first.");
try {
  buildModule("./wasm/testdata/empty", empty);
  report();
} finally {
  rmSync(empty, { force: true });
}

function report() {
  const weights = JSON.parse(go(["run", "./wasm/cmd/size", sdk, empty]));
  const [its, bare] = [weights[sdk], weights[empty]];
  const packed = { code: growth(10), data: growth(11) };
  const total = brotli(readFileSync(sdk)) - brotli(readFileSync(empty));

  // Code and data compress differently, so each has a rate of its own.
  const rows = [...new Set([...Object.keys(its.packages), ...Object.keys(bare.packages)])].map((name) => {
    const [now, before] = [its, bare].map(({ packages }) => packages[name] ?? { code: 0, tables: 0 });
    return { name, code: now.code - before.code, data: now.tables - before.tables };
  });
  rows.push({ name: "(data of no one package: types, strings, variables, maps of stacks)", code: 0, data: its.data - bare.data });
  const rate = (kind) => packed[kind] / rows.reduce((sum, row) => sum + row[kind], 0);
  const rates = { code: rate("code"), data: rate("data") };
  for (const row of rows) row.packed = row.code * rates.code + row.data * rates.data;
  rows.sort((a, b) => b.packed - a.packed);

  console.log(`${format(brotli(readFileSync(empty)))} bytes (brotli -11) are an empty program's. Above that:\n`);
  print(["code", "tables", "≈ brotli"], "");
  let rest = { code: 0, data: 0, packed: 0 };
  for (const row of rows) {
    if (Math.abs(row.packed) >= 500) print([row.code, row.data, row.packed].map(format), row.name);
    else for (const kind in rest) rest[kind] += row[kind];
  }
  print([rest.code, rest.data, rest.packed].map(format), "(each of the other packages less than 500)");
  print(["", "", format(total)], "together, of which the runtime's is what an empty program does not use of it");

  console.log();
  for (const { what, files, most } of budgets) {
    const size = files.reduce((sum, file) => sum + readFileSync(`${join(dist, file)}.br`).length, 0);
    console.log(`${format(size).padStart(9)} of ${format(most)} bytes: ${what}, ${files.join(" and ")}`);
  }
  for (const sentence of overweight()) console.log(`\n${sentence}`);
}

function print(cells, name) {
  console.log(cells.map((cell) => cell.padStart(11)).join("") + "  " + name);
}

/** How much more a section of the module takes than that of the empty one, compressed by itself. */
function growth(id) {
  const [now, before] = [sdk, empty].map((file) => brotli(section(readFileSync(file), id)));
  return now - before;
}

function section(module, wanted) {
  for (let at = 8; at < module.length; ) {
    const id = module[at++];
    let length = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = module[at++];
      length += (byte & 127) * 2 ** shift;
      if (byte < 128) break;
    }
    if (id === wanted) return module.subarray(at, at + length);
    at += length;
  }
  return new Uint8Array(0);
}

function brotli(bytes) {
  const params = { [constants.BROTLI_PARAM_LGWIN]: 24, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
  return brotliCompressSync(bytes, { params }).length; // its quality is 11 unless told otherwise
}
