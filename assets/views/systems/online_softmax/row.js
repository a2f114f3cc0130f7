// @ts-check
/**
 * One row of a head whose scores come in blocks, in any order: the running maximum rises, what was summed is corrected, and
 * the end stays.
 *
 * @import { OnlineRow } from "../../../types"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 * @import { Kept, Round, Shown } from "./rounds.js"
 */
import { player, segmented, slider } from "../../../kit/controls.js";
import { derivation } from "../../../kit/derivation.js";
import { counted, decimal, percent, scientific } from "../../../kit/format.js";
import { table } from "../../../kit/table.js";
import { token, tokenText } from "../../../kit/tokens.js";
import { html, nothing } from "../../../vendor/lit.js";
import { chips } from "./chips.js";
import { ends } from "./ends.js";
import { picture } from "./picture.js";
import { positions, shownOf } from "./rounds.js";

const PACE = 900;
const BESIDE = 860;
const GAP = 36;
/** @type {[string, string][]} */
const PRESETS = [
  ["text", "Text order"],
  ["reverse", "Reverse"],
  ["first", "Largest first"],
  ["last", "Largest last"],
];

/** @type {View<OnlineRow, Kept>} */
export function row(data, ctx) {
  const shown = shownOf(data, ctx);
  const { now, done, rounds } = shown;
  const half = ctx.width > BESIDE ? (ctx.width - GAP) / 2 : ctx.width;
  const keys = data.scores.a.length;
  return html`
    ${controls(shown)}
    <p class="readout" aria-live="polite">Row <b>${data.position}</b> ${token(ctx.run.ids[data.position])} sees ${counted(keys, "key")}${
      data.first ? `, from ${data.first} on` : ""
    }; after ${done} of ${counted(rounds.length, "block")} m is <b>${decimal(now.m, 3)}</b> and l <b>${decimal(now.l, 3)}</b></p>
    ${chips(shown, (order) => choose(shown, order.join(".")))}
    <p class="hint moved">Drag a block to another place, press its arrows, or focus it and use the arrow keys.</p>
    ${picture(shown)}
    <div class="split">
      <div>
        <h3 class="sub3">m and l, block by block</h3>
        ${rounded(shown)} ${why(shown)}
      </div>
      <div>${ends(shown, half)}</div>
    </div>`;
}

/**
 * Each block as it came: the running maximum and sum, the factor, and the sum made anew.
 * @param {OnlineRow} data
 * @param {ViewContext<Kept>} ctx
 * @returns {Row[]}
 */
export function rows(data, ctx) {
  const { rounds } = shownOf(data, ctx);
  return rounds.map((round, at) => ({
    query: tokenText(ctx.run.ids[data.position]),
    step: at + 1,
    block: round.block,
    keys: positions(data, round),
    m_before: Number.isFinite(round.before) ? round.before : null,
    m: round.m,
    factor: round.factor,
    added: round.added,
    l: round.l,
    l_made_anew: round.direct,
    l_without_factors: round.unscaled,
  }));
}

/** @param {Shown} shown @param {string} order */
function choose({ ctx }, order) {
  ctx.keep({ playing: false });
  ctx.control("order", order);
}

/** @param {Shown} shown */
function controls(shown) {
  const { data, rounds, done, ctx } = shown;
  const see = (/** @type {number} */ count) => ctx.control("seen", count);
  const size = (/** @type {number} */ block) => {
    ctx.keep({ playing: false });
    if (!data.preset) ctx.control("order", "text");
    ctx.control("seen", "");
    ctx.control("block", block);
  };
  return html`
    <div class="choices">
      <div class="control"><span class="label">Keys a block</span>
        ${segmented({ label: "Keys a block", choices: data.sizes.map((each) => [each, String(each)]), chosen: data.block, choose: size })}</div>
      <div class="control"><span class="label">Order</span>
        ${segmented({ label: "Order of the blocks", choices: PRESETS, chosen: data.preset, choose: (order) => choose(shown, order) })}</div>
      <div class="control"><span class="label">Blocks seen</span>
        <span class="within">
          ${player({ ctx, at: done - 1, count: rounds.length, choose: (at) => see(at + 1), label: "Step through the blocks", noun: "block", pace: PACE })}
          ${slider({
            label: "Blocks seen",
            value: done,
            least: 1,
            most: rounds.length,
            format: (count) => `${count} of ${rounds.length}`,
            move: (count) => {
              ctx.keep({ playing: false });
              see(count);
            },
          })}
        </span></div>
    </div>`;
}

/** @param {Shown} shown */
function rounded({ data, rounds, done, ctx }) {
  const wide = ctx.width > 600;
  const cell =
    (/** @type {(round: Round, at: number) => unknown} */ made) =>
    (/** @type {Round} */ round, /** @type {number} */ at) =>
      at < done ? /** @type {string} */ (made(round, at)) : "·";
  return table({
    label: "m and l after each block",
    columns: [
      {
        name: wide ? "block" : "keys",
        cell: (round) => `${wide ? `${round.block}, keys ` : ""}${positions(data, round)}`,
      },
      {
        name: "m old",
        number: true,
        cell: cell(({ before }) => (Number.isFinite(before) ? decimal(before, 3) : "−∞")),
      },
      { name: "m new", number: true, cell: cell(({ m }) => html`<b>${decimal(m, 3)}</b>`) },
      {
        name: wide ? "exp(m old − m new)" : "factor",
        number: true,
        cell: cell(({ factor }, at) =>
          at ? html`<span class=${factor < 1 ? "strong" : ""}>${decimal(factor, 3)}</span>` : "0",
        ),
      },
      { name: "Σ block", number: true, cell: cell(({ added }) => decimal(added, 3)) },
      { name: "l", number: true, cell: cell(({ l }) => html`<b>${decimal(l, 3)}</b>`) },
    ],
    rows: rounds,
    selected: (_, at) => at === done - 1,
    rowClass: (_, at) => (at < done ? "" : "coming"),
    select: (_, at) => ctx.control("seen", at + 1),
  });
}

/** Why the rescale is right: exp(s − m old) · exp(m old − m new) is exp(s − m new), term by term. @param {Shown} shown */
function why({ rounds, done, now }) {
  const last = rounds[rounds.length - 1];
  const seen = rounds.slice(0, done).reduce((sum, { keys }) => sum + keys.length, 0);
  const factor = done > 1 ? decimal(now.factor, 3) : "0";
  return html`
    <h3 class="sub3">Why the rescale is right</h3>
    <p class="hint">exp(s − m old) · exp(m old − m new) = exp(s − m new), for each term of the sum: so the factor may be taken once, on l (and on O).</p>
    ${derivation([
      {
        name: "rescaled",
        formula: `l ${decimal(now.was, 3)} × ${factor} + ${decimal(now.added, 3)}`,
        result: decimal(now.l, 4),
      },
      {
        name: "made anew",
        formula: `Σ exp(s − ${decimal(now.m, 3)}) over the ${counted(seen, "key")} so far`,
        result: decimal(now.direct, 4),
        note: `difference ${scientific(Math.abs(now.direct - now.l))}`,
      },
    ])}
    ${
      last.unscaled - last.l > 1e-4 * last.l
        ? html`<p class="hint wrong">Without the factor l would end at ${decimal(last.unscaled, 3)} instead of ${decimal(last.l, 3)}: the
            weights would add up to ${percent(last.l / last.unscaled)}, not to 100 %.</p>`
        : html`<p class="hint wrong">In this order m does not rise after the first block: every later factor is 1.</p>`
    }
    ${done < rounds.length ? nothing : html`<p class="hint">L = m + ln l = ${decimal(now.m, 3)} + ln ${decimal(now.l, 3)} = ${decimal(now.m + Math.log(now.l), 4)}, the one number a row that the backward pass keeps.</p>`}`;
}
