// @ts-check
/**
 * What stands in a field while it is being typed.
 *
 * @import { ViewContext } from "../view"
 *
 * @typedef {object} Draft what stands in a field
 * @property {string} text
 * @property {string} said as the link says it
 * @property {string} over what the link said before
 * @property {boolean} taken
 */

/** Pixels of a character, about. */
const CHARACTER = 8;

/**
 * What is being typed, as long as the link says nothing else; otherwise `value`, or what the link says.
 * @param {string} name
 * @param {string | undefined} value
 * @param {Pick<ViewContext<any>, "controls" | "kept">} ctx
 */
export function typedText(name, value, { controls, kept }) {
  const link = String(controls[name] ?? "");
  /** @type {Draft | undefined} */
  const draft = kept.drafts?.[name];
  return draft && (link === draft.said || (!draft.taken && link === draft.over)) ? draft.text : (value ?? link);
}

/** @param {string} text @param {number} width @param {number} least @param {number} most */
export function linesOf(text, width, least, most) {
  const lines = text.split("\n").map((line) => Math.max(1, Math.ceil((line.length * CHARACTER) / width)));
  return Math.min(
    most,
    Math.max(
      least,
      lines.reduce((sum, each) => sum + each, 0),
    ),
  );
}
