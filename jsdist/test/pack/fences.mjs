// The examples and tables of a document in Markdown.
import { readFileSync } from "node:fs";

/** One fenced example. `use` hands its text out, once a test runs it. */
class Fence {
  used = false;
  #text;

  constructor(language, name, text) {
    this.language = language;
    this.name = name;
    this.#text = text;
  }

  use() {
    this.used = true;
    return this.#text;
  }
}

/** Reads a document: `sections` maps each heading to its fences in order, its tables' first cells, and its text. */
export function read(file) {
  const sections = new Map();
  let section, lines;
  let fence;
  for (const line of readFileSync(file, "utf8").split("\n")) {
    if (fence && line === "```") {
      section.fences.push(new Fence(fence.language, fence.name, `${lines.join("\n")}\n`));
      fence = undefined;
    } else if (fence) {
      lines.push(line);
    } else if (line.startsWith("```")) {
      const [language, name = ""] = line.slice(3).split(" ");
      fence = { language, name };
      lines = [];
    } else if (/^#+ /.test(line)) {
      section = { fences: [], rows: [] };
      sections.set(line.replace(/^#+ /, ""), section);
    } else if (line.startsWith("| `")) {
      section.rows.push(...[...line.split(" | ")[0].matchAll(/`(\w[\w-]*(?:\.\w+)?)/g)].map(([, name]) => name));
    }
  }
  return sections;
}

/** The members of an interface in TypeScript, or the strings of a union: what a table has to name. */
export function members(source, name) {
  const [, body] = new RegExp(`export (?:interface ${name}\\b[^{]*\\{|type ${name} =)\\n([\\s\\S]*?)(?:^\\}|;$\\n^$)`, "m").exec(source);
  return [...body.matchAll(/^ {2}(?:\| "([\w-]+)"|(?:readonly )?(\w+)\??:)/gm)].map(([, literal, member]) => literal ?? member);
}
