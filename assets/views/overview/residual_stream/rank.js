// @ts-check
/**
 * Where the target stands among all tokens as the stream deepens, and when it first leads.
 *
 * @import { ResidualRank } from "../../../types/overview"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 * @import { Axis } from "./rank_chart.js"
 */

import { segmented } from "../../../kit/controls/controls.js";
import { legend } from "../../../kit/drawing/legend.js";
import { percent, whole } from "../../../kit/numbers/format.js";
import { baseNote } from "../../../kit/runs/beside.js";
import { token, tokenText } from "../../../kit/text/tokens.js";
import { minIndex, range } from "../../../vendor/d3.js";
import { html, nothing } from "../../../vendor/lit.js";
import { depthName } from "./depths.js";
import { rankChart } from "./rank_chart.js";

/** @type {View<ResidualRank, { axis: Axis }>} */
export function rank(data, ctx) {
  const axis = ctx.kept.axis ?? "rank";
  return html`
    <div class="bar">
      ${segmented({
        label: "Axis",
        choices: [
          ["rank", "Rank"],
          ["prob", "Probability"],
        ],
        chosen: axis,
        choose: (chosen) => ctx.keep({ axis: chosen }),
      })}
      ${legend([
        ["line target", "target"],
        ["line", "likeliest others"],
        ctx.there && ["line other-run", ctx.beside.name],
      ])}
    </div>
    <p class="readout lead">${token(data.ids[0], { className: "mono tokword strong" })}${course(data)}</p>
    ${baseNote(ctx, ctx.there, compared(data, ctx))}
    <div class="figure">
      ${rankChart({
        data,
        there: ctx.there,
        axis,
        width: ctx.width,
        beside: ctx.beside.short,
        select: (block) => ctx.select({ layer: block }),
      })}
    </div>`;
}

/**
 * @param {ResidualRank} data
 * @param {ViewContext<any, ResidualRank>} ctx
 * @returns {Row[]}
 */
export function rows({ position, ids, depths, ranks, probs }, { there, beside }) {
  return ids.flatMap((id, at) =>
    range(depths).map((depth) => ({
      position,
      token: tokenText(id),
      depth: depthName(depth),
      rank: ranks.a[at * depths + depth],
      probability: probs.a[at * depths + depth],
      ...(at === 0 && there
        ? { [`${beside.column}_rank`]: there.ranks.a[depth], [`${beside.column}_probability`]: there.probs.a[depth] }
        : {}),
    })),
  );
}

/** When it leads, in words. @param {ResidualRank} data */
function course({ depths, ranks, first, stays }) {
  const own = ranks.a.subarray(0, depths);
  const [begins, ends] = [whole(own[0]), whole(own[depths - 1])];
  if (first === null) {
    const best = minIndex(own);
    const there = `its best rank is ${whole(own[best])}, ${depthName(best)}`;
    return ` never ranks 1: ${there}; rank ${begins} at the embedding, ${ends} at the end.`;
  }
  const lasts = stays === null ? `, but ends at rank ${ends}` : `, and stays at rank 1 from ${depthName(stays)} on`;
  const lost = first === stays ? "" : lasts;
  if (first === 0) return ` is rank 1 at the embedding already${lost}.`;
  return ` first ranks 1 ${depthName(first)}${lost}; it was rank ${begins} at the embedding.`;
}

/** Where the target ends in both runs. @param {ResidualRank} data @param {ViewContext<any, ResidualRank>} ctx */
function compared({ depths, ranks, probs }, { there, beside }) {
  if (!there) return nothing;
  const last = depths - 1;
  const both = (/** @type {ResidualRank["ranks"]} */ rank, /** @type {ResidualRank["probs"]} */ p) =>
    `rank ${whole(rank.a[last])}, ${percent(p.a[last])}`;
  const led =
    there.first === null
      ? "never ranks 1"
      : `first ranks 1 ${there.first ? depthName(there.first) : "at the embedding"}`;
  return html`${beside.start}, the target ends at <b>${both(there.ranks, there.probs)}</b>; ${beside.now} at
    <b>${both(ranks, probs)}</b>. ${beside.start} it ${led}.`;
}
