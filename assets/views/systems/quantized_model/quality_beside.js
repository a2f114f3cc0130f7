// @ts-check
/**
 * What the same formats cost the other run's model: in words, and below the numbers of this one's.
 *
 * @import { QualityPoint, QuantizedQuality } from "../../../types/systems"
 * @import { BesideWords } from "../../../kit/view"
 */

import { counted, decimal } from "../../../kit/numbers/format.js";
import { under } from "../../../kit/runs/beside.js";
import { html, nothing } from "../../../vendor/lit.js";
import { nats } from "./words.js";

/** @param {QuantizedQuality} data @param {string} name */
const there = ({ base }, name) => base?.points.find((point) => point.name === name);

/** @param {QuantizedQuality} data @param {BesideWords} beside */
export function qualityBeside(data, beside) {
  const { base, points } = data;
  if (!base) return nothing;
  const pairs = points.flatMap((point) => {
    const other = there(data, point.name);
    return other ? [{ title: point.title, here: point.kl, there: other.kl }] : [];
  });
  const worse = pairs.filter(({ here, there }) => there > here);
  const most = pairs.reduce((a, b) =>
    Math.abs(Math.log(b.there / b.here)) > Math.abs(Math.log(a.there / a.here)) ? b : a,
  );
  return html`<p class="readout basenote">${beside.start}, ${base.model} has a perplexity of ${decimal(base.perplexity)}
    unchanged, by its own tokens. ${counted(pairs.length, "format")} suit both models; <b
      data-worse=${worse.length}>${worse.length}</b> of them cost that model more KL per token than this one. The
      largest
    ratio is in ${most.title}: <b>${nats(most.there)}</b> nats there, ${nats(most.here)} nats here.</p>`;
}

/**
 * A cell with the other run's number below this one's.
 * @param {QuantizedQuality} data
 * @param {BesideWords} beside
 */
export const besides =
  (data, beside) =>
  /**
   * @param {QualityPoint} point
   * @param {string} here
   * @param {(point: QualityPoint) => string} said
   */
  (point, here, said) => {
    const other = there(data, point.name);
    return under(here, beside, other && said(other));
  };
