// @ts-check
/**
 * One token before one router: scores, shares, the cut and the weights, and what the chosen experts write.
 *
 * @import { RoutingDecision } from "../../../types/architectures"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 */

import { legend } from "../../../kit/drawing/legend.js";
import { counted } from "../../../kit/numbers/format.js";
import { baseNote } from "../../../kit/runs/beside.js";
import { token } from "../../../kit/text/tokens.js";
import { sum } from "../../../vendor/d3.js";
import { html, nothing } from "../../../vendor/lit.js";
import { choiceChart } from "./choice_chart.js";
import { certainty, formula, outputs } from "./outputs.js";
import { same } from "./routes.js";
import { weighted } from "./scores.js";
import { inWords } from "./wording.js";

const WIDE = 900;
/** The picture's share of a wide page, and the space beside it. */
const PICTURE = { share: 0.636, space: 44 };

/** @type {View<RoutingDecision>} */
export function decision(data, ctx) {
  const wide = ctx.width >= WIDE;
  const width = wide ? Math.floor((ctx.width - PICTURE.space) * PICTURE.share) : ctx.width;
  return html`
    <div class="bar">
      <p class="readout lead">${said(data, ctx)}</p>
      ${legend([
        ["value", "logit and probability"],
        ["dark", "kept"],
        ["hollow", "cut"],
        ctx.there && ["outline", ctx.beside.name],
      ])}
    </div>
    ${baseNote(ctx, ctx.there, compared(data, ctx))}
    <div class="choice-and-outputs ${wide ? "beside" : ""}">
      <div>${choiceChart(data, ctx, width)}</div>
      <div>${certainty(data)} ${outputs(data)} ${formula(data)}</div>
    </div>`;
}

/**
 * Each expert's score, share and weight, and what it wrote.
 * @param {RoutingDecision} data
 * @param {ViewContext<object, RoutingDecision>} ctx
 * @returns {Row[]}
 */
export function rows(data, { there, beside }) {
  const written = Array.from(data.outputs?.experts.a ?? []);
  return Array.from(data.logits.a, (logit, expert) => {
    const at = written.indexOf(expert);
    return {
      layer: data.layer,
      position: data.position,
      expert,
      logit,
      shut_out: Boolean(data.shut.a[expert]),
      probability: data.probs.a[expert],
      weight: data.weights.a[expert],
      length: at < 0 ? null : data.outputs?.lengths.a[at],
      part: at < 0 ? null : data.outputs?.parts.a[at],
      [`${beside.column}_logit`]: there?.logits.a[expert],
      [`${beside.column}_probability`]: there?.probs.a[expert],
      [`${beside.column}_weight`]: there?.weights.a[expert],
    };
  });
}

/**
 * @param {RoutingDecision} data
 * @param {ViewContext<object, RoutingDecision>} ctx
 */
function said(data, ctx) {
  const shut = sum(data.shut.a, Number);
  const barred = shut ? `. An intervention forbids ${counted(shut, "expert")}` : "";
  return html`Block <b>${data.layer}</b> at ${token(ctx.run.ids[data.position])} uses
    ${inWords(weighted(data))}${barred}`;
}

/** @param {RoutingDecision} data @param {ViewContext<object, RoutingDecision>} ctx */
function compared(data, { there, beside }) {
  if (!there) return nothing;
  const before = weighted(there);
  const alike = same(before, weighted(data)) ? "the same experts" : "other experts";
  return html`${beside.The} uses ${alike} here: ${inWords(before)}.`;
}
