// @ts-check
/**
 * The probabilities at one position as bars: what draft and model have in common, and what either has more of.
 *
 * @import { Part, Stack } from "../../../kit/drawing/stacks.js"
 * @import { Line } from "../../../kit/tooltip.js"
 * @import { SpecBars } from "../../../types/inference"
 * @import { Opened } from "./verdict.js"
 */

import { legend } from "../../../kit/drawing/legend.js";
import { stacks } from "../../../kit/drawing/stacks.js";
import { decimal, percent } from "../../../kit/numbers/format.js";
import { tokenText } from "../../../kit/text/tokens.js";
import { max, scaleLinear } from "../../../vendor/d3.js";
import { html, nothing } from "../../../vendor/lit.js";

/** The scale does not go below this, so that nought looks like nought. */
const LEAST = 0.02;
const TICKS = 3;

/** A probability with three digits. @param {number} value */
const share = (value) => (value > 0 && value < 0.0005 ? "<0.001" : decimal(value, 3));

/**
 * What the model and the draft give one token, or all the others.
 * @typedef {{ both: number, model: number, draft: number }} Pair
 */

/** @param {{ opened: Opened, raw: boolean, width: number }} options */
export function chances({ opened, raw, width }) {
  const { round, step, id, own } = opened;
  const bars = round.bars[step];
  const drafted = step < round.ids.length;
  const pairs = pairsOf(bars, raw, drafted);
  const rest = raw ? [] : [{ name: "all others", pair: restOf(bars, drafted) }];
  const rows = [...bars.ids.map((token, at) => ({ token, name: tokenText(token), pair: pairs[at] })), ...rest].map(
    (row) => stackOf({ ...row, drafted, selected: "token" in row && row.token === id }),
  );
  const most = Math.max(
    LEAST,
    max([...pairs, ...rest.map(({ pair }) => pair)], ({ model, draft }) => Math.max(model, draft)) ?? 0,
  );
  const overlap = round.overlap[own ? round.accepted : opened.pick];
  return html`
    <div class="figure">
      ${stacks({
        rows,
        width,
        most: Math.min(1, scaleLinear([0, most], [0, 1]).nice(TICKS).domain()[1]),
        columns: drafted ? ["draft q", "model p"] : ["model p"],
        label: drafted
          ? "Probabilities of draft and model on the likeliest tokens"
          : "The model’s probabilities on the likeliest tokens",
        ticks: TICKS,
      })}
      ${drafted ? key(raw ? "in both" : `in both: ${percent(overlap)} kept`) : nothing}
    </div>`;
}

/** @param {string} both */
const key = (both) =>
  legend([
    ["solid", both],
    ["pale", "more in p"],
    ["dashed", "more in q"],
  ]);

/**
 * @param {SpecBars} bars
 * @param {boolean} raw
 * @param {boolean} drafted
 * @returns {Pair[]}
 */
function pairsOf({ p, q, own_p, own_q }, raw, drafted) {
  const [models, drafts] = raw ? [own_p, own_q ?? q] : [p, q];
  return models.map((model, at) => {
    const draft = drafted ? drafts[at] : 0;
    return { both: drafted ? Math.min(model, draft) : model, model, draft };
  });
}

/**
 * @param {SpecBars} bars
 * @param {boolean} drafted
 * @returns {Pair}
 */
function restOf({ rest: [both, more, less] }, drafted) {
  const model = both + more;
  return drafted ? { both, model, draft: both + less } : { both: model, model, draft: 0 };
}

/**
 * @param {{ token?: number, name: string, pair: Pair, drafted: boolean, selected: boolean }} row
 * @returns {Stack}
 */
function stackOf({ token, name, pair: { both, model, draft }, drafted, selected }) {
  /** @type {Part[]} */
  const parts = drafted
    ? [
        { from: 0, to: both, look: "solid" },
        { from: both, to: model, look: "pale" },
        { from: both, to: draft, look: "dashed" },
      ]
    : [{ from: 0, to: model, look: "pale" }];
  /** @type {Line[]} */
  const details = [
    ...(drafted ? [/** @type {Line} */ (["draft q", percent(draft)])] : []),
    ["model p", percent(model)],
  ];
  const numbers = drafted ? [share(draft), share(model)] : [share(model)];
  return { token, name, title: name, parts, details, numbers, selected };
}

/**
 * The number that decided: below the chance the drafted token is kept.
 * @param {{ chance: number, u: number | undefined, width: number }} options
 */
export function drawnNumber({ chance, u, width }) {
  const below = `kept below ${decimal(chance, 3)}`;
  const said = u === undefined ? `${below}, never drawn` : `u ${decimal(u, 3)}; ${below}`;
  return html`
    <div class="figure">
      ${stacks({
        rows: [
          {
            parts: [
              { from: 0, to: chance, look: "solid" },
              { from: chance, to: 1, look: "hollow" },
            ],
            tick: u,
            title: "The number drawn",
            details: [
              ["kept below", decimal(chance, 3)],
              ["u", u === undefined ? "never drawn" : decimal(u, 3)],
            ],
          },
        ],
        names: 0,
        width,
        most: 1,
        ticks: TICKS,
        label: `Accepted when u is below ${decimal(chance, 3)}`,
      })}
      <p class="hint">${said}</p>
    </div>`;
}
