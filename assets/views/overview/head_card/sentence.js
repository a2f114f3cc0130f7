// @ts-check
/**
 * The head in words: first what it does in plain terms and how many heads do more, then what it reads and writes at the
 * selected position. Of a head that the run ablates: that it is off, and what it would do.
 *
 * @import { HeadRoles } from "../../../types/overview"
 * @import { Content } from "../../../kit/numbers/table"
 * @import { ViewContext } from "../../../kit/view"
 */

import { adds } from "../../../kit/controls/over.js";
import { counted, decimal, headName, percent, signed, whole } from "../../../kit/numbers/format.js";
import { token } from "../../../kit/text/tokens.js";
import { greatest, maxIndex } from "../../../vendor/d3.js";
import { html, nothing } from "../../../vendor/lit.js";

/** What a head does that has much of a score. @type {Record<string, string>} */
const DOES = {
  previous: "Over the whole text it reads the token just before",
  sink: "Over the whole text it reads the first token",
  induction: "In random tokens said twice it reads what followed last time",
};
/** A score stands out where it is larger than that of so many of the other heads. */
const MANY = 0.95;
/** A head reads mostly what has so much of its weight. */
const MOSTLY = 0.5;
/** A head is ordinary where so large a share of the other heads does more. */
const ORDINARY = 0.1;

/** What a head that is off would do, in the other run; null where it is not known. @param {HeadRoles} data */
export const offThere = ({ off, base }) => (off === "zero" && base?.size ? base : null);

/** @param {HeadRoles} data @param {ViewContext} ctx */
export function sentence(data, ctx) {
  const name = headName(data.layer, data.head);
  return html`
    <p class="readout plain-answer">${data.off === "zero" ? off(data, ctx, name) : plain(data, name)}</p>
    <p class="readout told">${told(data, ctx, name)}</p>`;
}

/** @param {HeadRoles} data @param {string} name @returns {Content} */
function plain(data, name) {
  const mean = data.off === "mean" ? "This run replaces its output by its mean over the prompt. " : "";
  return html`<b>${name}</b> ${mostly(data)} ${mean}Here it ${adds(data.share, data.target, data.measured)}.
    ${among(data)} “The answer without it” measures what changes when the
    head is off.`;
}

/** @param {HeadRoles} data @param {ViewContext} ctx @param {string} name @returns {Content} */
function off(data, ctx, name) {
  const there = offThere(data);
  const would = there
    ? html`In ${ctx.beside.the} it ${adds(there.share, data.target, data.measured)}. ${among(data)} The tokens below are
        those that it raises and lowers there.`
    : "The page cannot show what it would write: no run to compare with has it on at this position.";
  return html`<b>${name}</b> is off in this run: it writes nothing. ${would}`;
}

/** What it reads over the whole text. @param {HeadRoles} data @returns {Content} */
function mostly({ roles }) {
  const of = (/** @type {string} */ name) => roles.find((role) => role.name === name && role.larger !== null)?.value;
  const [before, first] = [of("previous"), of("sink")];
  if (before === undefined || first === undefined) return "has one token to read: itself.";
  const shares = { "the token just before": before, "the first token": first };
  const [most, share] = Object.entries(shares).sort(([, a], [, b]) => b - a)[0];
  if (share >= MOSTLY) return `reads mostly ${most}: ${percent(share)} of its weight over the text.`;
  return `spreads its attention over the text: ${percent(before)} of its weight is on the token just before and
    ${percent(first)} on the first token.`;
}

/** How many heads do more. @param {HeadRoles} data @returns {string} */
function among({ more, n_layers, n_heads }) {
  const others = n_layers * n_heads - 1;
  if (more === null || !others) return "";
  const those = `of the ${counted(others, "other head")} ${more === 1 ? "moves" : "move"} it more.`;
  if (more === 0) return `None ${those.replace("move it", "moves it")}`;
  return more < ORDINARY * others ? `Only ${whole(more)} ${those}` : `It is ordinary here: ${whole(more)} ${those}`;
}

/**
 * What it reads and writes at the selected position.
 * @param {HeadRoles} data
 * @param {ViewContext} ctx
 * @param {string} name
 */
function told(data, ctx, name) {
  const at = maxIndex(data.read.a);
  const where = at === data.position ? "itself" : token(ctx.run.ids[at], { most: 18 });
  const pushed = data.off === "zero" ? offThere(data) : data;
  const writes = pushed
    ? html`${data.off === "zero" ? "Its output would raise" : "Its output raises"}
        <b>${token(data.up_ids.a[0], { most: 18 })}</b> most (${signed(pushed.up.a[0])} logits) and
        ${data.off === "zero" ? "lower" : "lowers"}
        <b>${token(data.down_ids.a[0], { most: 18 })}</b> most (${signed(pushed.down.a[0])}).`
    : nothing;
  return html`At ${token(ctx.run.ids[data.position], { most: 18 })}, ${name} reads <b>${where}</b> most, with
    ${percent(data.read.a[at])} of its weight. ${writes} ${standing(data)}`;
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
  if (!best || below(best) < MANY) return "None of the scores below stands out among all heads.";
  return html`${DOES[best.name]} more than ${percent(below(best))} of the other heads do (score
    ${decimal(best.value)}).`;
}
