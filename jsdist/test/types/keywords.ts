// The types of payload/typescript/testdata/keywords.d.ts hold what the schema does.
import type { Both, Choice, Either, Json, Maps, Mixed, Nested, Rest, Shape, Tuple, Untyped } from "./events.js";

export const tuples: Tuple[] = [["a"], ["a", null], ["a", 1]];
// @ts-expect-error: too long
tuples.push(["a", 1, 2]);
export const rest: Rest = ["a", 1, true];
export const choice: Choice[] = ["a", 1, -2.5, null, true, { b: ["c"] }, []];
// @ts-expect-error: not among them
choice.push("b");
export const either: Either[] = [{ a: "a" }, { b: "b", a: "a" }];
// @ts-expect-error: neither
either.push({});
export const both: Both = { x: 1, y: 2, label: "here" };
export const mixed: Mixed = { id: "a", count: 3 };
export const nested: Nested = [1, [2, [3]]];
export const json: Json = { a: [1, "b", null, { c: true }] };
export const maps: Maps = { a: [{ b: [] }] };
export const untyped: Untyped = "a string holds to it, too";

export function area(s: Shape): number {
  return s.kind === "circle" ? s.r : s.side;
}
