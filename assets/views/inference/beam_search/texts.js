// @ts-check
/**
 * The texts that the search found, beside greedy decoding's.
 *
 * @import { TextBeside } from "../../../kit/runs/beside.js"
 * @import { BeamTree } from "../../../types/inference"
 * @import { Content } from "../../../kit/numbers/table"
 * @import { BesideWords } from "../../../kit/view"
 */

import { counted, decimal, signed, whole } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { textBeside } from "../../../kit/runs/beside.js";
import { html } from "../../../vendor/lit.js";
import { words } from "./told.js";

/** @type {Record<string, string>} */
const WHY = {
  length: "The search ran to the limit of tokens.",
  full: "The search stopped with enough whole texts.",
  hopeless: "The search stopped early: no open text could beat the whole ones any more.",
};
/** Numbers above this are told by their power of ten. */
const HUGE = 1e9;

/**
 * @typedef {object} BestThere the best text of the same search from the other run's prompt
 * @property {TextBeside & { ids: number[] }} text
 * @property {number[]} totals
 * @property {number} score
 * @property {NonNullable<BeamTree["greedy"]>} greedy that run's greedy text
 *
 * @typedef {object} Found
 * @property {string} name
 * @property {"best-text" | "greedy" | "dot" | "none"} mark
 * @property {number[]} ids none of the run beside this one
 * @property {TextBeside} [beside] that run's text
 * @property {number} tokens
 * @property {number} total
 * @property {number} score
 * @property {number | null} end its last candidate in the tree
 */

/**
 * @param {BeamTree & { greedy: NonNullable<BeamTree["greedy"]> }} data
 * @param {BestThere | null} other
 * @param {BesideWords} beside
 * @returns {Found[]}
 */
export function foundTexts({ texts, greedy, length_penalty }, other, beside) {
  const total = greedy.totals[greedy.totals.length - 1];
  return [
    ...texts.map(({ ids, logprob, score, nodes }, at) => ({
      name: String(at + 1),
      mark: /** @type {"best-text" | "none"} */ (at ? "none" : "best-text"),
      ids,
      tokens: ids.length,
      total: logprob,
      score,
      end: nodes[nodes.length - 1],
    })),
    {
      name: "Greedy",
      mark: "greedy",
      ids: greedy.ids,
      tokens: greedy.ids.length,
      total,
      score: total / greedy.ids.length ** length_penalty,
      end: greedy.nodes.at(-1) ?? null,
    },
    ...(other
      ? [
          {
            name: `Best, ${beside.short}`,
            mark: /** @type {"dot"} */ ("dot"),
            ids: [],
            beside: other.text,
            tokens: other.totals.length,
            total: other.totals[other.totals.length - 1],
            score: other.score,
            end: null,
          },
        ]
      : []),
  ];
}

/**
 * @param {{ found: Found[], picked: number | null, pick: (end: number | null) => void,
 *   point: (end: number | null) => void, narrow: boolean }} options
 */
export function textTable({ found, picked, pick, point, narrow }) {
  const number = true;
  const rowUnder = (/** @type {Event} */ event) => {
    const row = /** @type {Element} */ (event.target).closest("tbody tr");
    return row ? found[/** @type {HTMLTableRowElement} */ (row).sectionRowIndex] : undefined;
  };
  return html`
    <div class="texts" @pointerover=${(/** @type {Event} */ event) => point(rowUnder(event)?.end ?? null)}
      @pointerleave=${() => point(null)}>
      ${table({
        label: "The texts it found",
        rows: found,
        columns: [
          { name: "Place", cell: ({ name, mark }) => html`<i class="mark ${mark}"></i>${name}`, className: "name" },
          {
            name: "Text",
            cell: (text, at) => written(text, at ? common(text.ids, found[0].ids) : 0),
            className: "text",
          },
          { name: "Total", title: "log-probability, nats", cell: ({ total }) => decimal(total), number },
          ...(narrow ? [] : [{ name: "Tokens", cell: (/** @type {Found} */ { tokens }) => tokens, number }]),
          { name: "Score", cell: ({ score }) => decimal(score, 3), number },
        ],
        selected: ({ end }) => picked !== null && end === picked,
        select: ({ end, beside }) => beside || pick(end === picked ? null : end),
      })}
    </div>`;
}

/**
 * @param {Found} text
 * @param {number} shared
 * @returns {Content}
 */
const written = ({ ids, beside }, shared) => (beside ? textBeside(beside) : words(ids, shared));

/**
 * So many tokens begin both texts.
 * @param {number[]} one
 * @param {number[]} other
 */
function common(one, other) {
  const parts = one.findIndex((id, at) => id !== other[at]);
  return parts < 0 ? one.length : parts;
}

/** @param {BeamTree & { greedy: NonNullable<BeamTree["greedy"]> }} data */
export function summary(data) {
  const { length_penalty, n_groups, nodes, rows, greedy, stopped, changed } = data;
  const diverse = n_groups > 1 ? ", minus the cost of diversity" : "";
  return [
    `Score: total ÷ tokens to the power ${decimal(length_penalty, 1)}${diverse}.`,
    compared(data),
    `The search compared ${counted(nodes.step.a.length, "candidate")} and sent ${counted(rows, "row")} through the ` +
      `model`,
    `after the prompt; greedy decoding sends ${greedy.ids.length - 1}.`,
    ...new Set(stopped.map((why) => WHY[why])),
    changed ? "Interventions do not act here: the search runs on the model without them." : "",
  ].join(" ");
}

/** @param {BeamTree & { greedy: NonNullable<BeamTree["greedy"]> }} data */
function compared(data) {
  const {
    greedy,
    texts: [best],
  } = data;
  if (best.ids.join() === greedy.ids.join()) {
    return "The search found the greedy text again: it has the highest score of all texts compared.";
  }
  const total = greedy.totals[greedy.totals.length - 1];
  const more = best.logprob - total;
  if (best.ids.length === greedy.ids.length) {
    const times = more >= 0 ? `${ratio(Math.exp(more))} times as probable as` : "less probable than";
    return `The best text is ${times} the greedy text of equal length: e to the power ${signed(more)}.`;
  }
  const means = [best.logprob / best.ids.length, total / greedy.ids.length].map((mean) => decimal(mean));
  const lengths = `The best text has ${counted(best.ids.length, "token")}, the greedy text has ${greedy.ids.length}`;
  return `${lengths}: their means are ${means[0]} and ${means[1]} nats a token.`;
}

/** @param {number} value */
function ratio(value) {
  if (value >= HUGE) return `10 to the power ${Math.round(Math.log10(value))}`;
  if (value >= 100) return whole(Number(value.toPrecision(3)));
  return decimal(value, value >= 10 ? 0 : 1);
}
