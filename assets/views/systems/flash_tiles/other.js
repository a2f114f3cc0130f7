// @ts-check
/**
 * The head of the same number in the run beside this one: what it moves and how often a row is rescaled, in words, and
 * each algorithm's sums under this run's.
 *
 * @import { FlashTiles, TilesBeside, TileSums } from "../../../types/systems"
 * @import { Row, ViewContext } from "../../../kit/view"
 */

import { legend } from "../../../kit/drawing/legend.js";
import { counted, decimal, headName, percent, scientific, whole } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { under } from "../../../kit/runs/beside.js";
import { html, nothing } from "../../../vendor/lit.js";
import { bytes, SHORT } from "./run.js";

/** @typedef {FlashTiles | TilesBeside} Side */

/** @param {TileSums} sums */
const moved = ({ read, written }) => read + written;

/** @param {FlashTiles} data @param {Side} side */
const chosen = ({ algorithm }, { sums }) => sums.find((each) => each.algorithm === algorithm) ?? sums[0];

/** @param {FlashTiles} data @param {ViewContext} ctx */
export function compared(data, { beside }) {
  const { base } = data;
  if (!base) return nothing;
  const [here, there] = [chosen(data, data), chosen(data, base)];
  const [n, d_head] = data.q.shape;
  const share = (/** @type {Side} */ { sums }, /** @type {TileSums} */ each) => percent(moved(each) / moved(sums[0]));
  const of_all =
    data.algorithm === "standard"
      ? ""
      : `. That is ${share(base, there)} of what standard attention moves there; here it is ${share(data, here)}`;
  return html`<p class="readout basenote">${beside.start} ${headName(base.layer, base.head)} has ${taken(base)} of
    ${whole(base.d_head)} numbers each${reach(base, data)}; here it has ${whole(n)} of ${whole(d_head)}. Both are cut
    into tiles of ${data.rows} × ${data.columns}. ${SHORT[data.algorithm]} moves
    <b data-moved=${moved(there)}>${bytes(moved(there))}</b> there, ${decimal(moved(there) / moved(here))} times as many
    as here${of_all}.${rescaled(data, base, n)} The largest difference from torch’s attention is
    ${scientific(base.error)} there and ${scientific(base.here)} here.</p>`;
}

/** @param {TilesBeside} base */
function taken({ n, n_tokens }) {
  return n < n_tokens ? `${whole(n)} of its ${whole(n_tokens)} positions` : counted(n, "position");
}

/** @param {TilesBeside} base @param {FlashTiles} here */
function reach({ sliding }, here) {
  if (sliding === here.sliding) return "";
  return sliding === null ? ", without a window" : `, in a window of ${whole(sliding)}`;
}

/** @param {FlashTiles} data @param {TilesBeside} base @param {number} n */
function rescaled({ algorithm, rises }, base, n) {
  if (algorithm === "standard") return "";
  const each = (/** @type {number} */ count, /** @type {number} */ rows) => `${decimal(count / rows)} a row`;
  return html` After the first tile the rows’ maxima rise <b data-rises=${base.rises}>${counted(
    base.rises,
    "time",
  )}</b> there, ${each(base.rises, base.n)}, and ${counted(rises, "time")} here, ${each(rises, n)}.`;
}

/** @type {["read" | "written" | "extra" | "flops" | "steps", string][]} */
const SUMS = [
  ["read", "bytes read"],
  ["written", "bytes written"],
  ["extra", "extra, at peak"],
  ["flops", "FLOPs"],
  ["steps", "steps"],
];

/** The whole run of each algorithm on both heads. @param {FlashTiles} data @param {ViewContext} ctx */
export function both(data, { beside }) {
  const { base } = data;
  if (!base) return nothing;
  return html`
    <h3 class="sub3 both">Whole runs on both heads</h3>
    ${legend([["dot", `${beside.name}, ${headName(base.layer, base.head)}`]])}
    ${table({
      label: "What each algorithm moves and computes on both heads",
      columns: [
        { name: "Algorithm", cell: ({ algorithm }) => SHORT[algorithm] },
        {
          name: "moved, ratio",
          number: true,
          title: `Bytes read and written in ${beside.the}, over those here`,
          cell: (sums, at) => decimal(moved(base.sums[at]) / moved(sums)),
        },
        ...SUMS.map(([key, name]) => ({
          name,
          number: true,
          cell: (/** @type {TileSums} */ sums, /** @type {number} */ at) =>
            under(whole(sums[key]), beside, whole(base.sums[at][key])),
        })),
      ],
      rows: data.sums,
      selected: ({ algorithm }) => algorithm === data.algorithm,
    })}`;
}

/** Those sums, each algorithm's of both runs. @param {FlashTiles} data @param {ViewContext} ctx @returns {Row[]} */
export function sumRows(data, { beside }) {
  const { base } = data;
  if (!base) return [];
  const of = (/** @type {string} */ run, /** @type {Side} */ { sums, rises }) =>
    sums.map(({ algorithm, read, written, extra, flops, steps }) => ({
      ...{ run, phase: `whole run of ${SHORT[algorithm]}`, steps, bytes_read: read, bytes_written: written },
      ...{ bytes_beside: extra, flops, rises: algorithm === data.algorithm ? rises : null },
    }));
  return [...of("this run", data), ...of(beside.name, base)];
}
