// @ts-check
/**
 * What of a link the page does not understand, in sentences above the picture. The rest of the link counts.
 *
 * @import { Tables } from "../../protocol"
 * @import { Directory } from "../../directory"
 */
import { OWN, RENAMED, TRIED } from "../link.js";

/** Of the run, beside the sampler's settings. */
const RUN = ["model", "text", "chat", "new", "seed", "order", "force", "do"];
/** What others hang on a link: short links, Gradio, and those who count visits. */
const OTHERS = /^(?:s|__\w+|utm_\w+|\w*clid|ref|deep_link)$/;
const LONGEST = 40;

/** @param {string} text */
const quoted = (text) => `“${text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text}”`;

/**
 * @param {string} search
 * @param {{ tables: Tables, directory: Pick<Directory, "chapterOf" | "find">, first: string }} page `first`: the title
 *   of the panel that is shown instead of one that there is not
 */
export function unread(search, { tables, directory, first }) {
  const parts = [...new URLSearchParams(search)];
  const said = [...repeated(parts)];
  const selection = tables.selection.map(({ link }) => link);
  const known = new Set([...RUN, ...tables.settings.map(({ link }) => link), ...selection, ...OWN]);
  for (const [name, value] of new Map(parts)) {
    if (name === "panel" && value && !directory.chapterOf(value))
      said.push(`There is no panel ${quoted(value)}: the page shows ${first}.`);
    else if (name === "view") said.push(...viewless(new Map(parts).get("panel") ?? "walk", value, directory));
    else if (selection.includes(name) && !/^\d{1,9}$/.test(value))
      said.push(`${quoted(`${name}=${value}`)} is not a whole number, and selects nothing.`);
    else if (name.includes(".")) said.push(...ofNobody(name, directory));
    else if (!known.has(name) && !OTHERS.test(name))
      said.push(`${quoted(name)} is not a part of a link, and changes nothing.`);
  }
  return said;
}

/** @param {[string, string][]} parts */
function repeated(parts) {
  const names = parts.map(([name]) => name);
  const twice = new Set(names.filter((name, at) => names.indexOf(name) !== at));
  const how = (/** @type {string} */ name) =>
    name === "do" ? " Put all interventions into one “do”, with commas." : "";
  return [...twice].map(
    (name) => `The link says ${quoted(name)} more than once: only the last one counts.${how(name)}`,
  );
}

/** @param {string} panel @param {string} view @param {Pick<Directory, "find">} directory */
function viewless(panel, view, directory) {
  const found = directory.find(panel);
  if (!found || found.views.some(({ name }) => name === view)) return [];
  return [`The panel ${found.title} has no view ${quoted(view)}.`];
}

/** A control of a panel that there is not. @param {string} part @param {Pick<Directory, "chapterOf">} directory */
function ofNobody(part, directory) {
  const [panel] = part.split(".");
  const known = panel === TRIED || part in RENAMED || directory.chapterOf(panel);
  return known ? [] : [`There is no panel ${quoted(panel)}: ${quoted(part)} changes nothing.`];
}
