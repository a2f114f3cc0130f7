// @ts-check
/**
 * The head in two sentences: what it reads and writes at the selected position, and by what it stands out among all.
 *
 * @import { HeadRoles } from "../../../types"
 * @import { Content } from "../../../kit/table"
 * @import { ViewContext } from "../../../kit/view"
 */
import { decimal, headName, percent, signed } from "../../../kit/format.js";
import { token } from "../../../kit/tokens.js";
import { greatest, maxIndex } from "../../../vendor/d3.js";
import { html } from "../../../vendor/lit.js";

/** What a head does that has much of a score. @type {Record<string, string>} */
const DOES = {
  previous: "Over the whole text it looks at the token just before",
  sink: "Over the whole text it rests on the first token",
  induction: "In random tokens said twice it looks at what followed last time",
};
/** A score stands out where it is larger than that of so many of the other heads. */
const MANY = 0.95;

/** @param {HeadRoles} data @param {ViewContext} ctx */
export function sentence(data, ctx) {
  const at = maxIndex(data.read.a);
  const where = at === data.position ? "itself" : token(ctx.run.ids[at], { most: 18 });
  return html`<p class="readout told">At ${token(ctx.run.ids[data.position], { most: 18 })},
    ${headName(data.layer, data.head)} reads <b>${where}</b> most, with ${percent(data.read.a[at])} of its weight, and
    what it writes pushes <b>${token(data.up_ids.a[0], { most: 18 })}</b> up most (${signed(data.up.a[0])} logits) and
    <b>${token(data.down_ids.a[0], { most: 18 })}</b> down most (${signed(data.down.a[0])}).
    ${standing(data)}</p>`;
}

/** @param {HeadRoles} data @returns {Content} */
function standing({ roles, n_layers, n_heads }) {
  const others = n_layers * n_heads - 1;
  const below = (/** @type {HeadRoles["roles"][number]} */ { larger }) =>
    larger === null || !others ? 0 : (others - larger) / others;
  const best = greatest(
    roles.filter(({ name }) => name in DOES),
    below,
  );
  if (!best || below(best) < MANY)
    return "By none of the scores below for known kinds of reading does it stand out among all heads.";
  return html`${DOES[best.name]} more than ${percent(below(best))} of the other heads do (${decimal(best.value)}).`;
}
