// @ts-check
/**
 * The same long prompt in the model of the run beside this one: in words, as lines of the chart, for the export.
 *
 * @import { ChunkedPrefill, PromptReading } from "../../../types/inference"
 * @import { Row, ViewContext } from "../../../kit/view"
 */
import { counted, decimal } from "../../../kit/numbers/format.js";
import { timed } from "../../../kit/numbers/magnitude.js";
import { asLong, clause } from "../../../kit/numbers/timing.js";
import { html, nothing } from "../../../vendor/lit.js";

/** @param {ChunkedPrefill} data @param {number} chunk */
export const thereOf = ({ base }, chunk) => base?.ways.find((way) => way.chunk === chunk);

/** @param {ChunkedPrefill} data @param {ViewContext} ctx @param {number} chunk the one that is compared */
export function besideWords(data, { beside }, chunk) {
  const { base, long } = data;
  const [whole, cut] = [thereOf(data, 0), thereOf(data, chunk)];
  if (!base || !whole || !cut) return nothing;
  const times = (/** @type {number} */ of) => base.times.find((way) => way.chunk === of);
  const length = base.long === long ? "the same prompt" : `a prompt of ${counted(base.long, "token")}`;
  return html`<p class="readout basenote">${beside.start} ${base.model} reads ${length}. Decoding requests pause for
    <b data-pause=${whole.longest_gap.ms}>${timed(whole.longest_gap.ms)}</b> while it is read whole,
    ${asLong(times(0)?.longest_gap ?? null)}, and for <b>${timed(cut.longest_gap.ms)}</b> in chunks of ${chunk},
    ${asLong(times(chunk)?.longest_gap ?? null)}. The whole prompt’s pause, compared with that in chunks: there
    ${against(cut)}, here ${against(data.ways.find((way) => way.chunk === chunk))}. The prompt’s own first token comes
    after ${timed(whole.first_token.ms)} and ${timed(cut.first_token.ms)}.</p>`;
}

/** The prompt read whole against this. @param {PromptReading | undefined} way */
function against(way) {
  if (!way?.whole_over) return "still being measured";
  return clause(way.whole_over, ({ median }) => `${decimal(median, 1)} times as long`);
}

/**
 * @param {ChunkedPrefill} data
 * @param {"longest_gap" | "first_token"} of
 * @param {string} name
 * @param {ViewContext} ctx
 */
export function lineThere({ base, chunks }, of, name, { beside }) {
  const ways = base?.ways.filter(({ chunk }) => chunks.includes(chunk)) ?? [];
  if (!ways.length) return [];
  return [
    {
      x: ways.map(({ chunk }) => chunks.indexOf(chunk)),
      y: ways.map((way) => way[of].ms),
      mode: "lines+markers",
      color: of === "longest_gap" ? "river-deep" : "prob",
      symbol: of === "longest_gap" ? "circle-open" : "square-open",
      dash: "dash",
      width: 1.2,
      hover: `%{y:.1f} ms<extra>${name}, ${beside.short}</extra>`,
    },
  ];
}

/** @param {ChunkedPrefill} data @param {number} chunk @param {ViewContext} ctx @returns {Row} */
export function columnsThere(data, chunk, { beside }) {
  const way = thereOf(data, chunk);
  return data.base
    ? {
        [`longest_gap_ms_in_${beside.column}`]: way?.longest_gap.ms ?? null,
        [`gap_p50_ms_in_${beside.column}`]: way?.gap_p50 ?? null,
        [`ttft_ms_in_${beside.column}`]: way?.first_token.ms ?? null,
      }
    : {};
}
