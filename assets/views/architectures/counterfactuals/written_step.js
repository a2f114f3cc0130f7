// @ts-check
/**
 * One step of the two texts: the run's token, the changed run's below it, and how far their distributions lie apart.
 *
 * @import { CounterfactualContinuation, WrittenStep } from "../../../types/architectures"
 * @import { Line } from "../../../kit/tooltip.js"
 */
import { percent } from "../../../kit/numbers/format.js";
import { token, tokenText } from "../../../kit/text/tokens.js";
import { tooltip } from "../../../kit/tooltip.js";
import { max } from "../../../vendor/d3.js";
import { html, nothing, styleMap } from "../../../vendor/lit.js";
import { isNoise, nats } from "./changes.js";

/** Pixels of the largest divergence. */
const TALLEST = 18;

/** @param {CounterfactualContinuation} data */
export const count = ({ plain, changed }) => Math.max(plain.length, changed.length);

/** @param {CounterfactualContinuation} data */
export const isParted = ({ parting, plain, changed }) => parting < Math.min(plain.length, changed.length);

/** @param {{ data: CounterfactualContinuation, at: number, selected: boolean, open: (at: number) => void }} options */
export function step({ data, at, selected, open }) {
  const [plain, changed] = [data.plain[at], data.changed[at]];
  const same = plain && changed && plain.id === changed.id;
  const parts = isParted(data) && at === data.parting;
  const tip = tooltip(`Token ${at + 1}`, () => told(data, at));
  return html`
    <button type="button" class="written-step ${parts ? "parts" : ""}" tabindex=${selected ? 0 : -1}
      aria-pressed=${selected} data-step=${at} aria-label=${spoken(data, at)} @click=${() => open(at)}
      @pointermove=${tip.show} @pointerleave=${tip.hide} @blur=${tip.hide}>
      ${chip(plain, "plain", wordFor(data, data.plain, at))}
      ${chip(changed, same ? "same" : "other", wordFor(data, data.changed, at))}
      ${divergence(data, at)}
    </button>`;
}

/**
 * What stands where a text has no token: its end is said once.
 * @param {CounterfactualContinuation} data
 * @param {WrittenStep[]} text
 * @param {number} at
 */
const wordFor = ({ ended }, text, at) => (ended && at === text.length ? "end" : "\u00a0");

/** @param {WrittenStep | undefined} written @param {string} className @param {string} otherwise */
const chip = (written, className, otherwise) =>
  written ? token(written.id, { className: `tok ${className}` }) : html`<span class="tok end">${otherwise}</span>`;

/** @param {CounterfactualContinuation} data @param {number} at */
function divergence({ kl }, at) {
  const value = kl[at];
  if (value === undefined) return nothing;
  const height = isNoise(value) ? 0 : Math.max(0.8, (TALLEST * value) / (max(kl) || 1));
  return html`<span class="divergence"><i style=${styleMap({ height: `${height}px` })}></i></span>`;
}

/** @param {CounterfactualContinuation} data @param {number} at */
function words(data, at) {
  const text = (/** @type {WrittenStep[]} */ side) =>
    side[at] ? `${tokenText(side[at].id)} ${percent(side[at].p)}` : data.ended ? "end" : "not yet written";
  return [text(data.plain), text(data.changed)];
}

/** @param {CounterfactualContinuation} data @param {number} at */
function spoken(data, at) {
  const [plain, changed] = words(data, at);
  const same = data.plain[at] && data.plain[at].id === data.changed[at]?.id;
  const written = [data.plain, data.changed].map((text) =>
    text[at] ? tokenText(text[at].id) : wordFor(data, text, at),
  );
  const after = same ? "the same" : `with the change ${changed}`;
  return `${written.join(" ").trim()}: token ${at + 1}, ${plain}, ${after}`;
}

/**
 * @param {CounterfactualContinuation} data
 * @param {number} at
 * @returns {Line[]}
 */
function told(data, at) {
  const [plain, changed] = words(data, at);
  /** @type {Line[]} */
  const lines = [
    ["without the change", plain],
    ["with the change", changed],
  ];
  return data.kl[at] === undefined ? lines : [...lines, ["KL", `${nats(data.kl[at])} nats`]];
}
