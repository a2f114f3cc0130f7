// @ts-check
/**
 * Rules as rows: the value as a bar, the threshold as a line, the margin in figures.
 *
 * @import { PassportRule } from "../../../types/pretraining"
 * @import { ViewContext } from "../../../kit/view"
 */
import { measured } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { ruleWords } from "../../../kit/text/rule_words.js";
import { html, nothing, svg } from "../../../vendor/lit.js";

const BAR = { width: 132, height: 12 };
/** The last digit that `measured` shows. */
const DIGITS = 1e4;
/** The threshold stands here, as a part of the bar's width. */
const AT = 0.5;

/**
 * @param {readonly PassportRule[]} rules
 * @param {string} label
 * @param {ViewContext<any, any>} ctx
 */
export const margins = (rules, label, ctx) =>
  table({
    label,
    className: "margins",
    columns: [
      { name: "rule", className: "mono", cell: named },
      { name: "value", number: true, cell: ({ value }) => measured(value) },
      { name: "stays with", number: true, cell: ({ side, threshold }) => `${side} ${measured(threshold)}` },
      { name: "margin", number: true, cell: ({ margin }) => signed(margin) },
      ...(ctx.width < 560 ? [] : [{ name: "value beside the threshold", className: "against", cell: bar }]),
    ],
    rows: [...rules],
    rowClass: ({ kept }) => (kept ? "" : "failed"),
  });

/** With what it measures, where it removes the document. @param {PassportRule} rule */
const named = ({ rule, kept }) =>
  html`<span title=${ruleWords(rule) || nothing}>${breakable(rule)}</span>${
    kept ? nothing : html` <small>${ruleWords(rule)}</small>`
  }`;

/** A name whose lines break behind its underscores. @param {string} rule */
const breakable = (rule) => html`${rule.split("_").map((part, at) => (at ? html`_<wbr />${part}` : part))}`;

/**
 * The threshold of four decimals that just lets the value pass: rounded away from it, not to the nearest.
 * @param {{ value: number, side: string }} rule
 */
export function just({ value, side }) {
  const least = side === "at least";
  const nearest = Math.round(value * DIGITS) / DIGITS;
  const passes = least ? value >= nearest : value <= nearest;
  return passes ? nearest : nearest + (least ? -1 : 1) / DIGITS;
}

/** @param {number} margin */
const signed = (margin) => `${margin < 0 ? "−" : margin > 0 ? "+" : ""}${measured(Math.abs(margin))}`;

/** From nought to twice the threshold; what is beyond is cut off. @param {PassportRule} rule */
function bar({ value, threshold, side, kept }) {
  const [low, high] = threshold > 0 ? [0, threshold / AT] : [0, 1];
  const x = (/** @type {number} */ number) => (BAR.width * Math.min(Math.max(number, low), high)) / high;
  const line = x(threshold);
  const [from, to] = side === "at least" ? [line, BAR.width] : [0, line];
  return svg`
    <svg class="margin" width=${BAR.width} height=${BAR.height} aria-hidden="true">
      <rect class="stays" x=${from} y="0" width=${to - from} height=${BAR.height} />
      <rect class=${kept ? "inside" : "beyond"} x="0" y="3" width=${x(value)} height=${BAR.height - 6} />
      <path class="limit" d="M${line},0V${BAR.height}" />
    </svg>`;
}
