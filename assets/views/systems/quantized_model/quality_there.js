// @ts-check
/**
 * What the same formats cost the other run's model: in words, and below the numbers of this one's.
 *
 * @import { QualityPoint, QuantizedQuality } from "../../../types/systems"
 * @import { ViewContext } from "../../../kit/view"
 *
 * @typedef {ViewContext<any, QuantizedQuality>} Context
 */

import { counted, decimal } from "../../../kit/numbers/format.js";
import { under } from "../../../kit/runs/beside.js";
import { html, nothing } from "../../../vendor/lit.js";
import { nats } from "./words.js";

/** The other run's model in the same format. @param {string} name @param {Context} ctx */
export const pointThere = (name, { there }) => there?.points.find((point) => point.name === name);

/** @param {QuantizedQuality} data @param {Context} ctx */
export function qualityThere({ points }, ctx) {
  const { there: model, beside, other } = ctx;
  if (!model) return nothing;
  const pairs = points.flatMap((point) => {
    const found = pointThere(point.name, ctx);
    return found ? [{ title: point.title, here: point.kl, there: found.kl }] : [];
  });
  if (!pairs.length) return nothing;
  const worse = pairs.filter(({ here, there }) => there > here);
  const most = pairs.reduce((a, b) =>
    Math.abs(Math.log(b.there / b.here)) > Math.abs(Math.log(a.there / a.here)) ? b : a,
  );
  return html`<p class="readout basenote">${beside.start}, ${other?.model?.title} has a perplexity of
    ${decimal(model.perplexity)}
    unchanged, by its own tokens. ${counted(pairs.length, "format")} suit both models; <b
      data-worse=${worse.length}>${worse.length}</b> of them cost that model more KL per token than this one. The
      largest
    ratio is in ${most.title}: <b>${nats(most.there)}</b> nats there, ${nats(most.here)} nats here.</p>`;
}

/**
 * A cell with the other run's number below this one's.
 * @param {Context} ctx
 */
export const both =
  (ctx) =>
  /**
   * @param {QualityPoint} point
   * @param {string} here
   * @param {(point: QualityPoint) => string} said
   */
  (point, here, said) => {
    const other = pointThere(point.name, ctx);
    return under(here, ctx.beside, other && said(other));
  };
