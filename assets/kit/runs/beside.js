// @ts-check
/**
 * What the views say about the other run: the one without interventions, or the one that was chosen.
 *
 * @import { Content } from "../numbers/table"
 * @import { BesideWords, ViewContext } from "../view"
 *
 * @typedef {object} TextBeside a text that was written for the other run, in its own model's tokens
 * @property {string[]} pieces
 * @property {number} shared so many tokens from the start are those of this run's text, byte for byte
 * @property {boolean} same_tokens whether both models write with one vocabulary: else nats a token are not quite of
 *   the same thing
 */
import { html, nothing } from "../../vendor/lit.js";
import { counted } from "../numbers/format.js";
import { piece } from "../text/tokens.js";
import { rawToken, spokenIn, tokenText, vocabularyOf } from "../text/vocabulary.js";

/** @type {BesideWords} */
export const UNCHANGED = {
  name: "unchanged run",
  the: "the unchanged run",
  The: "The unchanged run",
  start: "In the unchanged run",
  short: "unchanged",
  before: "before",
  now: "now",
  column: "unchanged_run",
};

/** @type {BesideWords} */
export const OTHER = {
  name: "other run",
  the: "the other run",
  The: "The other run",
  start: "In the other run",
  short: "other run",
  before: "other run",
  now: "this run",
  column: "other_run",
};

/** Why nothing is compared at a position. @param {ViewContext} ctx */
export const parted = ({ beside }) =>
  beside === OTHER
    ? "The other run has no token at this position."
    : "The unchanged run has other tokens up to this position, so the two cannot be compared here.";

/**
 * A line that is there while two runs are compared: the comparison in words, or why there is none.
 * @param {ViewContext} ctx
 * @param {unknown} base what the payload has of the other run
 * @param {Content} said
 */
export function baseNote(ctx, base, said) {
  return ctx.changed ? html`<p class="readout basenote">${base ? said : parted(ctx)}</p>` : nothing;
}

/**
 * A number in a cell, and below it that of the other run, after the legend's ring.
 * @param {Content} here
 * @param {BesideWords} beside
 * @param {string | undefined} other
 */
export const under = (here, beside, other) =>
  other === undefined
    ? here
    : html`${here}<small class="under"><i class="mark dot"></i><span class="unseen">${beside.name}</span>
        ${other}</small>`;

/**
 * The text of tokens that the other run's model has written, beside this one's.
 * @param {Pick<ViewContext, "other">} ctx
 * @param {number[]} ours
 * @param {number[]} theirs
 * @returns {TextBeside}
 */
export function textThere({ other }, ours, theirs) {
  const bytes = (/** @type {number} */ id) => JSON.stringify(rawToken(id) ?? id);
  const vocabulary = vocabularyOf(other?.strings);
  const { said, pieces } = spokenIn(vocabulary, () => ({ said: theirs.map(bytes), pieces: theirs.map(tokenText) }));
  const parted = said.findIndex((each, at) => at >= ours.length || each !== bytes(ours[at]));
  return { pieces, shared: parted < 0 ? said.length : parted, same_tokens: vocabulary === null };
}

/**
 * A token of the other run's text, as the page writes it.
 * @param {Pick<ViewContext, "other">} ctx
 * @param {number} at
 */
export const tokenThere = ({ other }, at) =>
  spokenIn(vocabularyOf(other?.strings), () => tokenText(other?.ids?.[at] ?? -1));

/**
 * A text that was written for the other run: what it shares with this one's is pale, and a line may break
 * between two tokens.
 * @param {TextBeside} text
 */
export const textBeside = ({ pieces, shared }) =>
  html`<span class="text-beside">${pieces.map(
    (text, at) => html`${piece(text, `mono tokword ${at < shared ? "shared" : ""}`)}<wbr />`,
  )}</span>`;

/**
 * How far it is this run's, in words that follow its name.
 * @param {TextBeside} text
 * @param {number} own tokens of this run's
 */
export function sharedWords({ pieces, shared }, own) {
  if (shared === own && shared === pieces.length) return "is the same";
  return shared ? `begins with the same ${counted(shared, "token")}` : "differs from the first token on";
}

/**
 * What to think of nats a token where the other model cuts texts otherwise; nothing where it does not.
 * @param {TextBeside} text
 */
export const otherTokens = ({ same_tokens }) =>
  same_tokens ? "" : "Its model has another vocabulary: its tokens are not this run’s tokens.";
