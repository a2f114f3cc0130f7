// @ts-check
/**
 * What both runs are called, their controls, and what stopped one of them.
 *
 * @import { RunCurve, RunsDiffer } from "../../../types/pretraining"
 * @import { ViewContext } from "../../../kit/view"
 */
import { control, named } from "../../../kit/controls/declared.js";
import { counted, whole } from "../../../kit/numbers/format.js";
import { html, nothing } from "../../../vendor/lit.js";

/** @type {Record<string, { name: string, color: string, dash?: string, symbol?: string }>} */
export const LOOKS = {
  first: { name: "first run", color: "ink" },
  second: { name: "second run", color: "prob", dash: "dash", symbol: "square" },
};
/** Controls of the first run that always stand there. */
const SHOWN = ["optimizer", "rate", "seed"];

/** @param {RunsDiffer} differ @param {ViewContext<any>} ctx @param {unknown} [more] */
export function choices({ steps, fork }, ctx, more) {
  const change = String(ctx.controls.change);
  const own = (/** @type {string} */ name) =>
    control(ctx, name, name.endsWith("seed") ? { as: "number" } : { as: "select" });
  return html`
    <div class="settings-row">
      ${SHOWN.map(own)} ${control(ctx, "layers")} ${control(ctx, "steps")} ${more} ${control(ctx, "texts")}
    </div>
    <div class="settings-row ruled">
      ${control(ctx, "change", { as: "select" })} ${SHOWN.includes(change) ? nothing : own(change)}
      ${own(`to_${change}`)}
      ${control(ctx, "fork", { most: steps - 1, value: fork })}
    </div>`;
}

/** @param {RunsDiffer} differ @param {ViewContext<any>} ctx */
export function differs({ what, values, fork }, ctx) {
  const name = named(ctx, "change")[what]?.name ?? what;
  const said = (/** @type {string} */ value) => named(ctx, what)[value]?.name ?? value;
  if (values[0] === values[1]) return html`Both runs are the same: choose another value of the ${name}. `;
  return html`The ${name} is <b>${said(values[0])}</b> in the first run and <b>${said(values[1])}</b> in the
    second${fork ? `, which is forked from the first after ${counted(fork, "step")}` : ", from the first step on"}. `;
}

/** @param {RunCurve[]} curves */
export const stopped = (curves) => {
  const found = curves.filter((each) => each.stopped);
  return found.length
    ? html`<b>The ${LOOKS[found[0].name].name} has stopped:</b> ${found[0].stopped}. Its weights are those of the step
        before${found.length > 1 ? `; so did ${counted(found.length - 1, "other training")}` : ""}. `
    : nothing;
};

/** @param {RunsDiffer} differ */
export const method = ({ parameters, layers, width, rows, context, texts, held_tokens, what }) =>
  `Decoders of ${whole(parameters)} parameters (${counted(layers, "block")}, width ${width}) read bytes of ` +
  `${texts === "texts" ? "the six texts" : "the passages, read repeatedly"}, ${rows} windows of ${context} a step` +
  `${what === "rows" ? " in the first run: the other batch reads more or fewer bytes in as many steps" : ""}. Held ` +
  `out: ${whole(held_tokens)} bytes. With one seed both begin with the same weights` +
  `${what === "seed" ? ", unless the seed is the thing changed" : " and read the same windows"}.`;
