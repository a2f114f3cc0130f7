// @ts-check
/**
 * What the sidebar says that the run on the page is not of yet: the button Run names it.
 *
 * @typedef {object} Said
 * @property {string} text
 * @property {string} model its title, or its name where it has none
 * @property {boolean} chat
 * @property {string} seed
 * @property {string} newTokens
 * @property {Record<string, number>} sampler
 *
 * @typedef {object} Run
 * @property {string} text
 * @property {{ name: string, title: string }} model
 * @property {boolean} chat
 * @property {number} seed
 * @property {number} newTokens
 * @property {Record<string, number>} sampler
 *
 * @typedef {{ name: string, label: string }} Setting
 */
import { moved } from "../state.js";

/** What decides how many tokens a prompt has. */
export const TEXTUAL = ["model", "prompt", "chat template"];

/** A text as a text field gives it back. @param {string} text */
const asTyped = (text) => text.replace(/\r\n?/g, "\n");

/** Whether a number field says another number; an empty one says none. @param {string} field @param {number} number */
const says = (field, number) => field !== "" && Number(field) !== number;

/**
 * The names of the fields that differ, in the order in which they stand.
 * @param {Said} said
 * @param {Run} run
 * @param {Setting[]} settings
 */
export function differences(said, run, settings) {
  /** @type {[boolean, string][]} */
  const fields = [
    [said.model !== run.model.title && said.model !== run.model.name, "model"],
    [asTyped(said.text) !== asTyped(run.text), "prompt"],
    [said.chat !== run.chat, "chat template"],
    ...moved(said.sampler, run, settings).map(
      ({ label }) => /** @type {[boolean, string]} */ ([true, label.toLowerCase()]),
    ),
    [says(said.seed, run.seed), "seed"],
    [says(said.newTokens, run.newTokens), "new tokens"],
  ];
  return fields.filter(([differs]) => differs).map(([, name]) => name);
}

/** The button Run names it. @param {string[]} names */
export function showUnrun(names) {
  const button = document.getElementById("run");
  if (!button) return;
  if (names.length) button.dataset.unrun = `not run yet: ${names.join(", ")}`;
  else delete button.dataset.unrun;
  button.title = names.length ? `Not run yet: ${names.join(", ")}` : "";
}
