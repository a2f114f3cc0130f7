// @ts-check
/**
 * Which coordinates of a head are pairs in each layout, and what the same weights say next when read with it.
 *
 * @import { ErrataRope, RopeWay } from "../../../types/overview"
 * @import { Content } from "../../../kit/numbers/table"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 */

import { counted, decimal, percent } from "../../../kit/numbers/format.js";
import { baseNote } from "../../../kit/runs/beside.js";
import { token, tokenText } from "../../../kit/text/tokens.js";
import { mean } from "../../../vendor/d3.js";
import { html, nothing, styleMap } from "../../../vendor/lit.js";
import { pairs } from "./pairs.js";

export const follows = true;

const BESIDE = 760;
const GAP = 28;

/** @type {[title: string, adjacent: boolean, says: string][]} */
const WAYS = [
  ["Halves, as in the checkpoint", false, "i rotates with i + d/2"],
  ["Adjacent pairs, same rows", true, "2i rotates with 2i + 1"],
  ["Adjacent pairs, rows reordered", true, "2i rotates with 2i + 1"],
];

/** @type {View<ErrataRope>} */
export function rope(data, ctx) {
  const [, adjacent, reordered] = data.ways;
  const columns = ctx.width >= BESIDE ? 3 : 1;
  const width = (ctx.width - (columns - 1) * GAP) / columns;
  const read = adjacent.kl.a.length;
  const positions = `${read < ctx.run.ids.length ? "the first " : ""}${counted(read, "position")}`;
  return html`
    <p class="readout">With adjacent pairs, the same weights give logits that differ by up to
      <b>${percent(adjacent.error)}</b> of the largest logit. The likeliest next token changes at
      <b>${adjacent.changed}</b> of ${positions}. With the rows reordered it
      ${reordered.changed ? `changes at ${reordered.changed}` : "changes nowhere"}.</p>
    ${ctx.there ? baseNote(ctx, ctx.there, otherLayout(ctx)) : nothing}
    <div class="ways" style=${styleMap({ gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))` })}>
      ${data.ways.map((way, at) => oneWay({ way, at, data, ctx, width }))}
    </div>
    <p class="hint">The lists show the likeliest tokens after ${token(ctx.run.ids[data.position], { most: 18 })}. A head
      has ${data.d_head} coordinates; ${data.d_rotary} of them rotate. Meta’s files and GGUF files use adjacent pairs,
      as the
      paper does: a converter reorders the rows.</p>`;
}

/** @param {ViewContext<object, ErrataRope>} ctx @returns {Content} */
function otherLayout(ctx) {
  if (!ctx.there) return nothing;
  const [, { error, changed, kl: each }, { changed: reordered }] = ctx.there.ways;
  const [read, kl] = [each.a.length, mean(each.a) ?? 0];
  return html`${ctx.beside.start}, the logits differ by up to <b data-error=${error}>${percent(error)}</b>, the
    likeliest token changes at <b>${changed}</b> of ${counted(read, "position")}, and the mean KL
    divergence is ${decimal(kl, 2)} nats; with the rows reordered it
    ${reordered ? `changes at ${reordered}` : "changes nowhere"}.`;
}

/** @param {ErrataRope} data @returns {Row[]} */
export function rows({ ways }) {
  return ways.flatMap((way, at) =>
    Array.from(way.ids.a, (id, rank) => ({
      layout: WAYS[at][0],
      rank: rank + 1,
      token: tokenText(id),
      probability: way.p.a[rank],
      largest_change: way.error,
      mean_kl: mean(way.kl.a),
    })),
  );
}

/** @param {{ way: RopeWay, at: number, data: ErrataRope, ctx: ViewContext, width: number }} one */
function oneWay({ way, at, data, ctx, width }) {
  const [title, adjacent, says] = WAYS[at];
  const kl = mean(way.kl.a) ?? 0;
  const told = at === 0 ? "the model itself" : `mean KL divergence from the model ${decimal(kl, 2)} nats`;
  return html`
    <section class="way ${at === 1 ? "other" : ""}" aria-label=${title}>
      <h3 class="sub3">${title} <small>${says}</small></h3>
      ${pairs({ coordinates: data.d_rotary, adjacent, reordered: at === 2, low: width === ctx.width, width })}
      <ol class="next">
        ${Array.from(
          way.ids.a,
          (id, rank) => html`
            <li>${token(id, { most: 16 })}
              <span class="share"><i style=${styleMap({ width: `${100 * way.p.a[rank]}%` })}></i></span>
              <b>${percent(way.p.a[rank])}</b></li>`,
        )}
      </ol>
      <p class="hint">${told}</p>
    </section>`;
}
