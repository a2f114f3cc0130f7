// @ts-check
/**
 * The true nearest: which were found, and for each that was missed the link that was dropped and the list that is long
 * enough.
 *
 * @import { HnswMissed, HnswWalk } from "../../../types/context"
 */
import { decimal } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { html, nothing } from "../../../vendor/lit.js";

/** @param {HnswWalk} data */
export function missed(data) {
  const { missed: lost, titles } = data;
  if (!lost.length) return nothing;
  return html`
    <h3 class="sub3">Why neighbours were missed</h3>
    <ul class="missed">
      ${lost.map(
        (each) => html`<li><b>${titles[each.node]}</b> (distance ${decimal(data.far.a[each.node], 3)}).
          ${each.ef ? html`A list of <b>${each.ef}</b> finds it.` : "No list tried finds it."}
          ${
            each.offers.length
              ? each.offers.slice(0, 2).map((offer) => told(data, each, offer))
              : "No list was offered it and refused: it was too far from all that were inserted after it."
          }</li>`,
      )}
    </ul>`;
}

/** @param {HnswWalk} data @param {HnswMissed} each @param {HnswMissed["offers"][number]} offer */
function told({ titles }, each, { owner, by, owner_far: far, by_far: near, stood, seen, enough }) {
  const [from, instead, to] = [titles[owner], titles[by], titles[each.node]];
  const full = by === owner;
  const why = full
    ? "since its list was full of nearer ones"
    : html`since ${instead}, which is linked, is nearer to it (${decimal(near, 3)})`;
  const passed =
    stood && !full ? html`; ${instead} it ${seen ? "saw but did not read on from in time" : "never saw"}` : "";
  return html`The heuristic dropped the link <b>${from} → ${to}</b> (distance ${decimal(far, 3)}) ${why}. The walk
    ${stood ? html`read the list of ${from}${passed}` : html`did not come by ${from}`}.
    ${
      enough === null
        ? nothing
        : `With this link put back, the same search ${enough ? "finds" : "does not find"}
    it.`
    } `;
}

/** @param {HnswWalk} data */
export const found = ({ true: right, found: got, titles, far }) =>
  table({
    label: "The true nearest",
    className: "keeps-names",
    rows: right,
    columns: [
      { name: "true rank", number: true, cell: (_, at) => at + 1 },
      { name: "article", cell: (node) => titles[node] },
      { name: "distance", number: true, cell: (node) => decimal(far.a[node], 3) },
      { name: "found", cell: (node) => (got.includes(node) ? `at ${got.indexOf(node) + 1}` : html`<b>missed</b>`) },
    ],
  });
