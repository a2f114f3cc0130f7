// @ts-check
/**
 * Every definition's number, way by way.
 *
 * @import { PerplexityNumber, PerplexitySurprise, PerplexityWay } from "../../../types/evaluation"
 * @import { BesideWords } from "../../../kit/view"
 */

import { legend } from "../../../kit/drawing/legend.js";
import { decimal, whole } from "../../../kit/numbers/format.js";
import { figures } from "../../../kit/numbers/magnitude.js";
import { table } from "../../../kit/numbers/table.js";
import { under } from "../../../kit/runs/beside.js";
import { html, nothing } from "../../../vendor/lit.js";
import { wayName } from "./ways.js";

/**
 * @param {PerplexitySurprise} data
 * @param {number} chosen
 * @param {(name: string) => void} choose
 * @param {BesideWords} beside
 */
export function numbers(data, chosen, choose, beside) {
  /** @type {(name: string, title: string, of: (way: PerplexityWay) => PerplexityNumber) => any} */
  const column = (name, title, of) => ({
    name,
    title,
    number: true,
    cell: (/** @type {PerplexityWay} */ way) => said(of(way)),
  });
  return html`
    ${table({
      label: "Perplexity by each way and definition",
      className: "keeps-names",
      rows: [...data.ways],
      selected: (_, at) => at === chosen,
      select: ({ name }) => choose(name),
      columns: [
        { name: "Way", cell: (way) => html`<b>${wayName(way)}</b>` },
        { name: "passes", number: true, title: "Passes of the model.", cell: ({ passes }) => whole(passes) },
        { name: "tokens read", number: true, title: "Tokens read in all passes.", cell: ({ read }) => whole(read) },
        { name: "tokens scored", number: true, title: "Tokens scored.", cell: ({ scored }) => whole(scored) },
        column("perplexity per token", "exp(nats / tokens)", ({ token }) => token),
        column("per word", "exp(nats / words)", ({ word }) => word),
        column("per byte", "exp(nats / bytes)", ({ byte }) => byte),
        {
          name: "bits per byte",
          title: "nats / (bytes ln 2)",
          number: true,
          cell: ({ bits_per_byte: bits, there }) =>
            html`${under(decimal(bits.value, 3), beside, there === null ? undefined : decimal(there, 3))}
              ${error(bits, 3)}`,
        },
      ],
    })}
    ${data.beside ? legend([["dot", `${data.beside}, ${beside.name}`]]) : nothing}`;
}

/** @param {PerplexityNumber} number */
const said = (number) => html`${figures(number.value)} ${error(number)}`;

/** @param {PerplexityNumber} number @param {number} [digits] */
function error({ error }, digits) {
  if (error === null) return nothing;
  return html`<small>± ${digits ? decimal(error, digits) : figures(error)}</small>`;
}
