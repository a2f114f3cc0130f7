// @ts-check
/**
 * The shelf of this session: what can be chosen, and after it the models that are made here and were opened in this tab
 * (checkpoints, adapters, number formats). Their names say all that they are made of.
 *
 * @import { RunModel } from "../protocol"
 */
import { MODELS } from "../server/tables.js";

const KEY = "explorer.shelf";
const MADE = /^(?:trained|adapter|quantized):/;
/** Of those, the last ones. */
const MOST = 12;

/** @returns {[string, string][]} titles and names */
function made() {
  try {
    const found = JSON.parse(sessionStorage.getItem(KEY) ?? "[]");
    return Array.isArray(found) ? found.filter((each) => Array.isArray(each) && MADE.test(String(each[1]))) : [];
  } catch {
    return []; // no storage, or another's
  }
}

/** A model is on the page: it stays on the shelf. @param {Pick<RunModel, "name" | "title">} model */
export function shelve({ name, title }) {
  if (!MADE.test(name)) return;
  const others = made().filter((each) => each[1] !== name);
  try {
    sessionStorage.setItem(KEY, JSON.stringify([...others, [title, name]].slice(-MOST)));
  } catch {
    // no storage: it is on the page, and not on the shelf
  }
}

/** All that can be chosen, as Gradio's list takes it. @returns {[string, string][]} */
export const choices = () => [
  .../** @type {[string, string][]} */ (MODELS.map((each) => [each.title, each.name])),
  ...made(),
];

/** The name of a model by its title, or the name itself. @param {string} said */
export const nameOf = (said) => choices().find(([title]) => title === said)?.[1] ?? said;
