// @ts-check
/**
 * One concept: where it stands ready by the Jacobian lens and by the logit lens, at one position with its error, and
 * how firm its directions are.
 *
 * @import { ConceptReady } from "../../../types/inside"
 * @import { Drafts } from "../../../kit/controls/typed.js"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 */
import { heat } from "../../../kit/cells/heat.js";
import { control } from "../../../kit/controls/declared.js";
import { typed, typedText } from "../../../kit/controls/typed.js";
import { halfWidth } from "../../../kit/layout.js";
import { counted, decimal, percent, signed } from "../../../kit/numbers/format.js";
import { cut, token, tokenText } from "../../../kit/text/tokens.js";
import { range } from "../../../vendor/d3.js";
import { html } from "../../../vendor/lit.js";
import { firmness, profile } from "./curves.js";

export const follows = true;
/** Standard deviations at the end of the colours, and from which a concept counts as ready. */
const MOST = 6;
const STANDS = 3;

/** @type {View<ConceptReady, Drafts>} */
export function ready(data, ctx) {
  const position = placeOf(data, ctx);
  return html`
    <div class="settings-row ruled">
      ${typed({ name: "concept", value: typedText("concept", undefined, ctx), single: true, named: true }, ctx)}
      ${control(ctx, "prompts")}</div>
    <p class="readout lead">Behind ${token(data.tokens.a[position])} the model gives ${token(data.token)}
      <b>${percent(data.p.a[position])}</b>. ${stands(data, position, "z", "Jacobian lens")}
      ${stands(data, position, "logit", "logit lens")}</p>
    <div class="side-by-side">
      <div><h3 class="sub3">Jacobian lens <small>${counted(data.prompts, "prompt")} of ${data.length}
      tokens</small></h3>
        ${map(data, "z", position, ctx)}</div>
      <div><h3 class="sub3">Logit lens <small>nothing to measure</small></h3>
        ${map(data, "logit", position, ctx)}</div>
    </div>
    <p class="hint"><span class="ramp"></span> −${MOST} to +${MOST} standard deviations from what the same direction
      reads on the prompts’ tokens behind the same block. The first token is left out: it is a sink.</p>
    <div class="side-by-side">
      <div><h3 class="sub3">At ${token(data.tokens.a[position])} <small>band: standard error over the
        prompts</small></h3>${profile(data, position, halfWidth(ctx.width))}</div>
      <div><h3 class="sub3">How firm its directions are <small>so many prompts against as many others</small></h3>
        ${firmness(data, halfWidth(ctx.width))}</div>
    </div>
    ${stack(data, ctx)}`;
}

/** The column; the first stands for nothing. @param {ConceptReady} data @param {ViewContext<any>} ctx */
const placeOf = (data, ctx) =>
  Math.max(1, Math.min(data.tokens.a.length - 1, (ctx.focus.position ?? data.tokens.a.length - 1) - data.start));

/** @param {ConceptReady} data @param {number} position @param {"z" | "logit"} of @param {string} name */
function stands(data, position, of, name) {
  const [layers, columns] = data[of].shape;
  const high = (/** @type {number} */ layer) => data[of].a[layer * columns + position] > STANDS;
  let from = layers;
  while (from && high(from - 1)) from--;
  return from === layers
    ? html`The ${name} does not have it ${STANDS} deviations high at the end. `
    : html`The ${name} has it more than ${STANDS} deviations high from block <b>${from}</b> to the end. `;
}

/** @param {ConceptReady} data @param {"z" | "logit"} of @param {number} position @param {ViewContext<any>} ctx */
function map(data, of, position, ctx) {
  const [rows, columns] = data[of].shape;
  const value = (/** @type {number} */ row, /** @type {number} */ column) => data[of].a[row * columns + column];
  return heat({
    label: `${of === "z" ? "Jacobian" : "Logit"} lens: ${rows} blocks by ${columns} tokens`,
    width: halfWidth(ctx.width),
    ...{ rows, columns, value, most: MOST, of: [data, of], head: 62, slanted: true },
    selected: { row: Math.min(rows - 1, ctx.focus.layer ?? Math.floor(rows / 2)), column: position },
    top: Array.from(data.tokens.a, (id, at) => ({
      at,
      text: cut(tokenText(id), 9),
      className: at === position ? "ink b" : "dim",
    })),
    select: ({ row, column }) => ctx.select({ layer: row, position: column ? data.start + column : 0 }),
    told: ({ row, column }) => ({
      title: `behind block ${row} at “${tokenText(data.tokens.a[column])}”`,
      details: [
        ["Jacobian lens", column ? `${signed(data.z.a[row * columns + column])} ± ${error(data, row, column)}` : "–"],
        ["logit lens", column ? signed(data.logit.a[row * columns + column]) : "–"],
      ],
    }),
  });
}

/** @param {ConceptReady} data @param {number} row @param {number} column */
function error({ error: of, z }, row, column) {
  const found = of.a[row * z.shape[1] + column];
  return Number.isFinite(found) ? decimal(found) : "unknown of one prompt";
}

/** The direction on the intervention stack. @param {ConceptReady} data @param {ViewContext<any>} ctx */
function stack(data, ctx) {
  const layer = Math.min(data.z.shape[0] - 1, ctx.focus.layer ?? Math.floor(data.z.shape[0] / 2));
  const amount = Number((Number(ctx.controls.strength) * data.stream.a[layer]).toPrecision(3));
  const text = `steer:lens-jacobian-${layer}-${data.token}:${layer}:all:${amount}`;
  const on = ctx.interventions.some((each) => each.on && each.text === text);
  return html`<div class="settings-row">${control(ctx, "strength")}
    <button class="btn ${on ? "on" : ""}" type="button" @click=${() => (on ? ctx.restore(text) : ctx.intervene(text))}>
      ${on ? "Take it off the interventions" : `Add ${amount} × its direction behind block ${layer} to the whole run`}
    </button></div>`;
}

/** @param {ConceptReady} data @returns {Row[]} */
export const rows = (data) =>
  range(data.z.shape[0]).flatMap((block) =>
    range(1, data.z.shape[1]).map((column) => {
      const at = block * data.z.shape[1] + column;
      const found = data.error.a[at];
      return {
        block,
        position: data.start + column,
        token: tokenText(data.tokens.a[column]),
        z: data.z.a[at],
        error: Number.isFinite(found) ? found : null,
        logit_lens: data.logit.a[at],
      };
    }),
  );
