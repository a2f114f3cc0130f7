// @ts-check
/**
 * One row of a head whose scores come in blocks, in any order: the running maximum rises, what was summed is corrected,
 * and the end stays.
 *
 * @import { OnlineRow } from "../../../types/systems"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 * @import { Context, Kept, Shown } from "./rounds.js"
 */

import { chooseRescaled, whichHead } from "../../../kit/controls/choose_head.js";
import { player } from "../../../kit/controls/controls.js";
import { control } from "../../../kit/controls/declared.js";
import { legend } from "../../../kit/drawing/legend.js";
import { counted, decimal } from "../../../kit/numbers/format.js";
import { baseNote } from "../../../kit/runs/beside.js";
import { token, tokenText } from "../../../kit/text/tokens.js";
import { maxIndex } from "../../../vendor/d3.js";
import { html, nothing } from "../../../vendor/lit.js";
import { chips } from "./chips.js";
import { ends } from "./ends.js";
import { picture } from "./picture.js";
import { positions, shownOf } from "./rounds.js";
import { parts, rounded, why } from "./sums.js";

const PACE = 900;
const BESIDE = 860;
const GAP = 36;
/** Weights nearer to each other are the same. */
const SAME = 5e-4;
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
    ${whichHead(
      ctx,
      data,
      rounds.every(({ m }) => m === rounds[0].m),
    )}
    <p class="readout" aria-live="polite">Row <b>${data.position}</b> ${token(ctx.run.ids[data.position])} sees
      ${counted(keys, "key")}${data.first ? `, from position ${data.first} on` : ""}. After ${done} of
      ${counted(rounds.length, "block")}, the running maximum m is <b>${decimal(now.m, 3)}</b> and the running sum l is
      <b>${decimal(now.l, 3)}</b>.</p>
    ${baseNote(ctx, ctx.there, compared(shown))}
    ${shown.there ? legend([["dot", `scores of ${ctx.beside.the}`]]) : nothing}
    ${chips(shown, (order) => choose(shown, order.join(".")))}
    <p class="hint moved">To move a block, drag it, press its arrows, or focus it and use the arrow keys.</p>
    ${picture(shown)}
    <div class="split">
      <div>
        <h3 class="sub3">m and l, block by block</h3>
        ${rounded(shown)} ${why(shown)}
      </div>
      <div>${ends(shown, half)} ${parts(shown)}</div>
    </div>`;
}

/**
 * Each block as it came: the running maximum and sum, the factor, and the sum made anew.
 * @param {OnlineRow} data
 * @param {Context} ctx
 * @returns {Row[]}
 */
export function rows(data, ctx) {
  const { rounds, there } = shownOf(data, ctx);
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
    ...(there ? { [`m_${ctx.beside.column}`]: there.m.a[at], [`l_${ctx.beside.column}`]: there.l.a[at] } : {}),
  }));
}

/** Where the row of the other run ends, and the key whose weight differs most. @param {Shown} shown */
function compared({ data, there, ctx, quoted }) {
  if (!there)
    return html`${ctx.beside.start}, the row has other keys: that model’s window differs. Choose another block.`;
  const { softmax, lse } = data;
  const key = maxIndex(softmax.a, (p, at) => Math.abs(p - there.softmax.a[at]));
  const parted = Math.abs(softmax.a[key] - there.softmax.a[key]) < SAME;
  return html`${ctx.beside.start}, L ends at <b data-lse=${there.lse}>${decimal(there.lse, 3)}</b> in the same order;
    here it ends at ${decimal(lse, 3)}. ${
      parted
        ? "All keys have the same weights."
        : html`The weights differ most at ${quoted(key)}: ${decimal(there.softmax.a[key], 3)} there,
        ${decimal(softmax.a[key], 3)} here.`
    }`;
}

/** @param {Shown} shown @param {string} order */
function choose({ ctx }, order) {
  ctx.keep({ playing: false });
  ctx.control("order", order);
}

/** @param {Shown} shown */
function controls(shown) {
  const { data, rounds, done, ctx } = shown;
  const pause = () => ctx.keep({ playing: false });
  const anew = () => {
    pause();
    if (!data.preset) ctx.control("order", "text");
    ctx.control("seen", "");
  };
  const seen = {
    ctx,
    at: done - 1,
    count: rounds.length,
    choose: (/** @type {number} */ at) => ctx.control("seen", at + 1),
    label: "Step through the blocks",
    noun: "block",
    pace: PACE,
  };
  return html`
    <div class="choices">
      ${chooseRescaled(ctx, data)}
      ${control(ctx, "block", { choices: data.sizes, own: data.block, before: anew })}
      ${control(ctx, "order", { choices: PRESETS, value: data.preset, before: pause })}
      <div class="setting">
        ${player(seen)}
        ${control(ctx, "seen", {
          as: "slider",
          value: done,
          most: rounds.length,
          format: (count) => `${count} of ${rounds.length}`,
          live: true,
          before: pause,
        })}
      </div>
    </div>`;
}
