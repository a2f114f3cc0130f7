// @ts-check
/**
 * A text's pieces, and one of them merge by merge: at each step which pair of neighbours wins, and which lose.
 *
 * @import { BpeEncodingSteps, ContestPath, EncodedPiece } from "../../../types/tokenization"
 * @import { Drafts } from "../../../kit/controls/typed.js"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 *
 * @typedef {object} Kept
 * @property {{ of: string, at: number }} step merges that are done, of that word
 * @property {boolean} playing
 *
 * @typedef {ViewContext<Kept & Drafts>} Context
 */
import { player, slider } from "../../../kit/controls/controls.js";
import { stepping } from "../../../kit/controls/roving.js";
import { legend } from "../../../kit/drawing/legend.js";
import { symbolsAt } from "../../../kit/drawing/merges.js";
import { counted, whole } from "../../../kit/numbers/format.js";
import { html, nothing } from "../../../vendor/lit.js";
import { contestTree, nodesOf } from "./contest.js";
import { compared, otherTree, otherWords } from "./other.js";
import { chooser } from "./text_choice.js";
import { words } from "./words.js";

/** It is quick once the vocabulary is read. */
export const follows = true;

/** @type {View<BpeEncodingSteps, Kept & Drafts>} */
export function steps(data, ctx) {
  return html`
    ${chooser(data, ctx)}
    ${
      data.reason
        ? html`<p class="readout">${data.reason}</p>`
        : html`${compared(data, ctx)} ${words(data, ctx)} ${otherWords(data, ctx)} ${word(data, ctx)}
          ${otherTree(data, ctx)}`
    }`;
}

/**
 * A row for each pair of neighbours at each step.
 * @param {BpeEncodingSteps} data
 * @param {ViewContext} ctx
 * @returns {Row[]}
 */
export function rows({ path, base }, { beside }) {
  if (!base) return pairs(path);
  const of = (/** @type {string} */ run, /** @type {ContestPath | null} */ its) =>
    pairs(its).map((row) => ({ run, ...row }));
  return [...of("this run", path), ...of(beside.name, base.path)];
}

/** @param {ContestPath | null} path @returns {Row[]} */
function pairs(path) {
  if (!path) return [];
  const all = nodesOf(path);
  return path.steps.flatMap((step, at) => {
    const row = symbolsAt(all, at);
    return step.ranks.map((rank, i) => ({
      step: at + 1,
      left: row[i].label,
      right: row[i + 1].label,
      rank: rank < 0 ? null : rank,
      wins: i === step.index,
    }));
  });
}

/** @param {BpeEncodingSteps} data @param {Context} ctx */
function word(data, ctx) {
  const piece = data.pieces[data.word - data.first];
  if (!data.path)
    return html`<p class="readout">This piece is too long to draw: ${counted(
      piece.lengths.reduce((a, b) => a + b, 0),
      "byte",
    )},
      ${counted(piece.ids.length, "token")}. Choose a shorter one.</p>`;
  const { path } = data;
  const of = `${data.tokenizer} ${path.start.join("")}`;
  const at = Math.min(path.steps.length, ctx.kept.step?.of === of ? ctx.kept.step.at : 0);
  const choose = (/** @type {number} */ to) => ctx.keep({ step: { of, at: to } });
  const count = path.steps.length + 1;
  return html`
    <div class="walk-bar">
      ${player({ ctx: /** @type {any} */ (ctx), at, count, choose, label: "Merges" })}
      ${slider({
        label: "Merges done",
        value: at,
        least: 0,
        most: count - 1,
        format: (value) => `${value} of ${count - 1}`,
        move: choose,
      })}
      ${legend([
        ["solid", "merges now, or a token"],
        ["lost", "in the list, merges later or never"],
        ["inside", "part of a token"],
        ["later", "merged later"],
      ])}
    </div>
    <p class="readout">${said(data, path, at)}</p>
    <div class="figure scroll" tabindex="0" role="group" aria-label="The merges of this word; arrow keys step"
      @keydown=${stepping({ at, count, choose })}>
      ${contestTree({ path, at, width: ctx.width, label: labelOf(path), rank: (rank) => whole(rank), base: "bytes" })}
    </div>
    <p class="hint">${ranks(data)} ${looked(data, piece)}</p>`;
}

/** @param {ContestPath} path */
const labelOf = (path) => `${counted(path.steps.length, "merge")} from ${counted(path.start.length, "byte")}`;

/** What happens now, in words. @param {BpeEncodingSteps} data @param {ContestPath} path @param {number} at */
function said(data, path, at) {
  const row = symbolsAt(nodesOf(path), at);
  const name = (/** @type {number} */ i) =>
    html`<b class="mono">${row[i].label}</b> + <b class="mono">${row[i + 1].label}</b>`;
  const step = path.steps[at];
  if (!step) {
    const left = path.ids.length > 1 ? "no pair of neighbours is in the list" : "one token is left";
    return html`After ${counted(path.steps.length, "merge")} ${left}: ${counted(path.ids.length, "id")},
      ${path.ids.map((id, i) => html`${i ? ", " : ""}<b>${id}</b>`)}.`;
  }
  const unknown = step.ranks.filter((rank) => rank < 0).length;
  const [next, ...others] = step.lost;
  return html`
    ${name(step.index)} wins with rank
    <b>${whole(step.rank)}</b>${step.id >= 0 && !data.by_rank ? html` and becomes id ${step.id}` : nothing}.
    ${
      next === undefined
        ? "No other pair is in the list."
        : html`${name(next)} (${whole(step.ranks[next])}) has a
          higher rank and waits${
            others.length
              ? html`, and so ${others.length === 1 ? "does" : "do"} ${counted(others.length, "other")}`
              : nothing
          }.`
    }
    ${unknown ? `${counted(unknown, "pair")} of neighbours ${unknown === 1 ? "is" : "are"} not in the list.` : ""}`;
}

/** @param {BpeEncodingSteps} data */
const ranks = ({ by_rank, n_merges, title }) =>
  by_rank
    ? `A rank is the id of the token that the pair becomes: ${title} has no list of merges and keeps its ` +
      `${whole(n_merges)} tokens of two or more bytes in the order in which they were learned.`
    : `A rank is a pair’s place in the list of ${whole(n_merges)} merges that ${title}’s file holds.`;

/** What the tokenizer does before it merges. @param {BpeEncodingSteps} data @param {EncodedPiece} piece */
function looked({ whole_first, whole: id, path }, { ids }) {
  if (!whole_first || id < 0 || !path) return "";
  if (path.ids.length === 1)
    return (
      `The tokenizer first looks up the whole piece, finds id ${id}, and skips the merges; ` +
      "the merges lead to the same id."
    );
  return `The tokenizer first looks up the whole piece and finds id ${ids[0]}; the merges alone do not lead to it.`;
}
