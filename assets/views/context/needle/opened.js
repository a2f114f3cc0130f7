// @ts-check
/**
 * One run: the answer token by token, where attention went, and what the cache takes.
 *
 * @import { NeedleCell, NeedleMap } from "../../../types/context"
 */
import { plot } from "../../../kit/chart/plot.js";
import { decimal, headName, percent, precise, whole } from "../../../kit/numbers/format.js";
import { memory } from "../../../kit/numbers/magnitude.js";
import { table } from "../../../kit/numbers/table.js";
import { token } from "../../../kit/text/tokens.js";
import { html } from "../../../vendor/lit.js";

/** @param {NeedleMap} data @param {NeedleCell} cell */
export function opened(data, cell) {
  const best = cell.heads.a.indexOf(Math.max(...cell.heads.a));
  const heads = cell.heads.shape[1];
  return html`
    <h3 class="sub3">The run at depth ${percent(cell.depth, 0)} of ${whole(cell.length)} tokens
      <small>${whole(cell.tokens)} tokens in the cache, ${memory(cell.nbytes)}</small></h3>
    <p class="readout">${verdict(cell)} The needle gets <b>${decimal(cell.lift, 1)}×</b> even attention; most of it by
      head ${headName(Math.floor(best / heads), best % heads)} (${percent(cell.heads.a[best])} of its own).</p>
    <div class="side-by-side">
      <div>${answer(data, cell)}</div>
      <div>${profile(cell)}</div>
    </div>`;
}

/** Which failure it is, where it is one. @param {NeedleCell} cell */
function verdict({ match, lift, logp, without }) {
  const sum = (/** @type {ArrayLike<number>} */ values) => Array.from(values).reduce((all, each) => all + each, 0);
  const gain = sum(logp.a) - sum(without.a);
  if (match) return "Found: greedy decoding writes the number.";
  if (gain > 1) return "Missed, though the needle made the number likelier.";
  return lift > 2 ? "Missed: attended to, and without effect." : "Missed: hardly attended to.";
}

/** @param {NeedleMap} data @param {NeedleCell} cell */
const answer = (data, cell) =>
  table({
    label: "The answer token by token",
    className: "keeps-names",
    rows: data.answer.map((id, at) => ({ id, at })),
    columns: [
      { name: "token", cell: ({ id }) => token(id, { className: "mono" }) },
      { name: "with the needle", number: true, cell: ({ at }) => precise(Math.exp(cell.logp.a[at])) },
      { name: "without", number: true, cell: ({ at }) => precise(Math.exp(cell.without.a[at])) },
      {
        name: "likeliest",
        cell: ({ at }) =>
          html`${token(cell.likeliest[at], { className: "mono" })} ${precise(Math.exp(cell.likeliest_logp.a[at]))}`,
      },
    ],
  });

/** @param {NeedleCell} cell */
function profile(cell) {
  const bins = cell.profile.a.length;
  return plot({
    label: "Attention along the prompt",
    height: 220,
    traces: [
      {
        type: "bar",
        x: Array.from({ length: bins }, (_, at) => Math.round(((at + 0.5) * cell.tokens) / bins)),
        y: cell.profile.a,
        color: "river-deep",
        hover: "around token %{x:,}: %{y:.1%}<extra></extra>",
      },
    ],
    x: { title: "tokens from the start", tickformat: ",d" },
    y: { title: "attention of the answer", tickformat: ".0%" },
    marks: [{ x: cell.at, color: "prob", label: "needle" }],
  });
}
