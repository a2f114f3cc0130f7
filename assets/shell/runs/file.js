// @ts-check
/**
 * Runs as a file, and back: what comes from outside is read field by field, and refused with a reason.
 *
 * @import { Tables } from "../protocol"
 * @import { Kept } from "./history"
 */
import { readLink } from "../address/link.js";
import { LONGEST, MOST, shortened } from "./history.js";

const FORMAT = "llm-explorer-runs";
const VERSION = 1;
/** Bytes of a file that is read at all. */
export const LARGEST = 2_000_000;
export const TOO_LARGE = "The file is too large: a list of runs may have 2 MB.";
/** Before it, no run was made. */
const FIRST = Date.UTC(2024, 0);

/** @param {Kept[]} runs */
export const written = (runs) => JSON.stringify({ format: FORMAT, version: VERSION, runs }, null, 1);

/**
 * The runs of a file. Throws an Error whose message says kindly what is wrong with it.
 * @param {string} text
 * @param {Tables} tables
 * @returns {{ runs: Kept[], unread: number }}
 */
export function read(text, tables, now = Date.now()) {
  if (text.length > LARGEST) throw new Error(TOO_LARGE);
  const found = parsed(text);
  if (found?.format !== FORMAT) throw new Error("This file holds no runs. The explorer did not write it.");
  if (!(found.version <= VERSION))
    throw new Error("A newer version of the explorer wrote this file. This version cannot read it.");
  if (!Array.isArray(found.runs)) throw new Error("The list of runs in this file is damaged.");
  const runs = found.runs.slice(0, MOST).flatMap((/** @type {any} */ each) => run(each, tables, now));
  if (!runs.length && found.runs.length) throw new Error("The page can read none of the file's runs.");
  return { runs, unread: found.runs.length - runs.length };
}

/** @param {string} text */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error("This file holds no runs. It is not JSON.");
  }
}

/**
 * One run, or nothing where it is none.
 * @param {any} each
 * @param {Tables} tables
 * @param {number} now
 * @returns {Kept[]}
 */
function run(each, tables, now) {
  const link = each?.link;
  if (typeof link !== "string" || !link.startsWith("?") || link.length > LONGEST.link) return [];
  const query = new URLSearchParams(readLink(link, tables).query);
  const text = query.get("text");
  if (!text?.trim()) return [];
  const said = (/** @type {"name" | "model" | "panel" | "answer" | "text"} */ part, other = "") =>
    typeof each[part] === "string" ? shortened(each[part].replace(/\s+/g, " ").trim(), LONGEST[part]) : other;
  return [
    {
      link,
      at: Number.isFinite(each.at) && each.at > FIRST ? Math.min(each.at, now) : now,
      name: said("name"),
      model: said("model", query.get("model") ?? ""),
      text: said("text") || shortened(text.trim(), LONGEST.text),
      panel: said("panel"),
      answer: said("answer"),
    },
  ];
}

/** A file of this computer. @param {(file: File) => void} take */
export function pick(take) {
  const field = Object.assign(document.createElement("input"), { type: "file", accept: ".json,application/json" });
  field.addEventListener("change", () => field.files?.[0] && take(field.files[0]));
  field.click();
}
