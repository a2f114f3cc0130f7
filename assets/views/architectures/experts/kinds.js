// @ts-check
/**
 * Which kinds of text go to which expert: one block as a matrix of numbers, beside it all blocks small.
 *
 * @import { ExpertsByKind } from "../../../types/architectures"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 * @import { Chosen } from "./selection.js"
 */
import { control } from "../../../kit/controls/declared.js";
import { legend } from "../../../kit/drawing/legend.js";
import { percent } from "../../../kit/numbers/format.js";
import { max, range } from "../../../vendor/d3.js";
import { html } from "../../../vendor/lit.js";
import { kindsMatrix } from "./kinds_matrix.js";
import { against, bits, cell, chosenOf, corpus, hundredths, load, ownRouting, strongest, times } from "./selection.js";
import { smallBlock } from "./small_block.js";

/** From here on the small blocks stand beside the large one. */
const WIDE = 860;
const GAP = 40;
/** The large one's part of the width. */
const LARGE = 0.6;

/** @type {View<ExpertsByKind>} */
export function kinds(data, ctx) {
  const chosen = chosenOf(data, ctx, data.shares);
  const wide = ctx.width >= WIDE;
  const most = max(data.shares.a) ?? 0;
  const go = (/** @type {Chosen} */ to) => ctx.select({ layer: data.layers[to.block], expert: to.expert });
  return html`
    <div class="experts">
      <div class="bar">
        ${control(ctx, "count")}
        ${legend([
          ["shares", `share, 0 to ${(100 * most).toFixed(0)} %`],
          ["solid", "selected expert"],
          ["bold-number", "outside what chance gives"],
          ["shuffled", "95 % of shuffles lie below"],
        ])}
      </div>
      <p class="readout said" aria-live="polite">${said(data, chosen)}</p>
      <div class="kinds ${wide ? "wide" : ""}">
        <div>
          <h3 class="sub3">Block ${data.layers[chosen.block]} <small>% of each kind’s choices</small></h3>
          ${kindsMatrix({ data, chosen, most, go, width: wide ? Math.floor((ctx.width - GAP) * LARGE) : ctx.width })}
          <p class="hint">${note(data, ctx, chosen.block)}</p>
        </div>
        <div>
          <h3 class="sub3">All blocks <small>rows: experts; columns: kinds; below: bits about the kind</small></h3>
          <div class="small-blocks">
            ${data.layers.map((_, block) =>
              smallBlock({ data, block, chosen, most, select: () => ctx.select({ layer: data.layers[block] }) }),
            )}
          </div>
          ${strongestOnes(data, go)}
        </div>
      </div>
    </div>`;
}

/** The expert that each kind uses most, as a link. @param {ExpertsByKind} data @param {(to: Chosen) => void} go */
function strongestOnes(data, go) {
  const found = data.kinds.map((name, kind) => ({ name, kind, at: strongest(data, kind) }));
  return html`
    <p class="hint strongest">
      The expert that each kind uses most, as block.expert:
      ${found.map(({ name, kind, at }) =>
        at
          ? html`<button class="linkbtn" type="button"
            title="Select block ${data.layers[at.block]}, expert ${at.expert}"
            @click=${() => go(at)}>${name} ${data.layers[at.block]}.${at.expert}</button>
              <span>${hundredths(cell(data.shares, at, kind))} %</span>`
          : html`<span>${name}: none beyond chance</span>`,
      )}
    </p>`;
}

/**
 * @param {ExpertsByKind} data
 * @returns {Row[]}
 */
export function rows(data) {
  return data.layers.flatMap((layer, block) =>
    range(data.n_experts).flatMap((expert) =>
      data.kinds.map((kind, label) => ({
        block: layer,
        expert,
        kind,
        share: cell(data.shares, { block, expert }, label),
        of_all_choices: load(data, { block, expert }),
        shuffled_low: cell(data.low, { block, expert }, label),
        shuffled_high: cell(data.high, { block, expert }, label),
        beyond_chance: Boolean(cell(data.beyond, { block, expert }, label)),
      })),
    ),
  );
}

/** @param {ExpertsByKind} data @param {Chosen} chosen */
function said(data, chosen) {
  const share = (/** @type {number} */ kind) => cell(data.shares, chosen, kind);
  const kind = data.kinds.reduce((best, _, each) => (share(each) > share(best) ? each : best), 0);
  const all = load(data, chosen);
  return html`
    Expert <b>${chosen.expert}</b> of block <b>${data.layers[chosen.block]}</b> takes ${hundredths(all)} % of all
    choices. Of the choices of <b>${data.kinds[kind]}</b> it takes <b>${hundredths(share(kind))} %</b>,
    ${times(against(share(kind), all))} its share of all${
      cell(data.beyond, chosen, kind) ? "" : "; shuffled kinds give as large a share"
    }.`;
}

/** @param {ExpertsByKind} data @param {ViewContext} ctx @param {number} block */
function note(data, ctx, block) {
  const routing = percent(Math.max(0, data.of_routing.a[block]));
  return html`
    In this block the text kind and the expert share <b>${bits(data.bits.a[block])} bits</b>; with shuffled kinds
    ${bits(data.chance.a[block])}. Beyond chance the kind accounts for ${routing} of the routing. ${corpus(data)}. The
    kinds of whole passages are shuffled ${data.shuffles} times; by chance alone, one number in twenty would be
    bold.${ownRouting(ctx)}`;
}
