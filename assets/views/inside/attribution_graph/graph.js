// @ts-check
/**
 * An attribution graph, its opened node, and how far what it predicts is what happens.
 *
 * @import { AttributionGraph } from "../../../types/inside"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 */
import { control } from "../../../kit/controls/declared.js";
import { legend } from "../../../kit/drawing/legend.js";
import { halfWidth } from "../../../kit/layout.js";
import { percent, signed, whole } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { token, tokenText } from "../../../kit/text/tokens.js";
import { html, nothing } from "../../../vendor/lit.js";
import { drawn } from "./drawn.js";
import { card } from "./node.js";
import { rText, scatter } from "./scatter.js";
import { drawnGraph, groupsOf, keyOf, LOGIT, nameOf } from "./shown.js";

/** Below so many pixels a list stands for the graph; nodes and edges named as the worst. */
const [NARROW, WORST] = [560, 10];

/** @type {View<AttributionGraph>} */
export function graph(data, ctx) {
  const chosen = String(ctx.controls.node ?? "");
  const open = (/** @type {string} */ key) => ctx.control("node", key);
  const narrow = ctx.width < NARROW;
  const shown = drawnGraph(data, Number(ctx.controls.drawn), groupsOf(data, String(ctx.controls.groups ?? "")));
  const wide = narrow ? ctx.width : ctx.width * Number(ctx.controls.zoom ?? 1);
  return html`
    <div class="attribution-graph">
      <div class="settings-row ruled">
        ${control(ctx, "kept")}
        ${control(ctx, "drawn", { live: true, most: Number(ctx.controls.kept), format: (of) => percent(of, 0) })}
        ${narrow ? "" : control(ctx, "zoom")}
      </div>
      <p class="readout lead">${worth(data, shown.drawn.length)}</p>
      ${
        narrow
          ? list(
              data,
              shown.drawn.flatMap(({ nodes }) => nodes),
              chosen,
              open,
            )
          : html`<div class="scroll" role="region" tabindex="0" aria-label="The graph">
              ${drawn(data, shown, { width: wide, chosen, open })}</div>`
      }
      ${legend([
        [{ color: "pos" }, "without it the answer’s logit falls"],
        [{ color: "neg" }, "it rises"],
        !narrow && ["pair", "left bar predicted, right bar measured live"],
        !narrow && [{ color: "pos", shape: "line" }, "raises its target"],
        !narrow && [{ color: "neg", shape: "line" }, "lowers it"],
      ])}
      ${card(data, ctx)}
      ${tried(data, ctx, chosen, open)}
    </div>`;
}

/** @param {AttributionGraph} data @param {number} drawnNodes */
function worth(data, drawnNodes) {
  const kept = data.kinds.a.filter((kind) => kind < LOGIT).length;
  const cut =
    data.of > data.ids.a.length ? ` The first ${data.ids.a.length} of ${whole(data.of)} tokens are read.` : "";
  return html`Behind ${token(data.ids.a[data.ids.a.length - 1])} the model says ${token(data.answer)}
    (${percent(data.probability)}). Replacement score <b>${percent(data.replacement)}</b>, completeness score
    <b>${percent(data.completeness)}</b> (${percent(data.of_inputs)} over nodes with inputs).
    ${whole(kept)} of ${whole(data.all_nodes)} nodes and ${whole(data.sources.a.length)} of ${whole(data.all_edges)}
    edges are kept, ${drawnNodes} nodes drawn.${cut} ${beginsAt(data)}`;
}

/** Where only the last MLPs have a transcoder. @param {AttributionGraph} data */
const beginsAt = ({ first, n_layers: blocks }) =>
  first
    ? html`Transcoders stand for the MLPs of the last ${blocks} of ${first + blocks} blocks, and only these are taken
        apart: the graph begins with the stream into block ${first}, one node a token, which holds all that the blocks
        before have written.`
    : nothing;

/** The nodes as a list. @param {AttributionGraph} data @param {number[]} nodes @param {string} chosen
 * @param {(key: string) => void} open */
function list(data, nodes, chosen, open) {
  const rows = nodes
    .filter((at) => data.kinds.a[at] < LOGIT && Number.isFinite(data.predicted.a[at]))
    .sort((one, other) => data.influence.a[other] - data.influence.a[one]);
  return table({
    label: "The drawn nodes by influence",
    rows,
    selected: (at) => keyOf(data, at) === chosen,
    select: (at) => open(keyOf(data, at)),
    columns: [
      { name: "node", cell: (at) => nameOf(data, at) },
      { name: "predicted", number: true, cell: (at) => said(data.predicted.a[at]) },
      { name: "live", number: true, cell: (at) => said(data.live.a[at]) },
    ],
  });
}

/** @param {number} value */
const said = (value) => (Number.isFinite(value) ? signed(value) : "–");

/**
 * @param {AttributionGraph} data @param {ViewContext} ctx @param {string} chosen
 * @param {(key: string) => void} open
 */
function tried(data, ctx, chosen, open) {
  const missed = (/** @type {number} */ at) => Math.abs(data.predicted.a[at] - data.live.a[at]);
  const nodes = Array.from(data.live.a, (_, at) => at)
    .filter((at) => Number.isFinite(data.live.a[at]))
    .sort((one, other) => missed(other) - missed(one));
  return html`
    <div class="side-by-side">
      <div>
        <h3 class="sub3">Every kept node taken out
          <small>change of the logit of “${tokenText(data.answer)}”</small></h3>
        ${scatter(data, halfWidth(ctx.width), chosen, open)}
        ${legend([
          [{ color: "river-deep", shape: "dot" }, `live: ${rText(data.by_live)}`],
          [{ color: "ink3", shape: "dot", hollow: true }, `attention and norms held: ${rText(data.by_frozen)}`],
        ])}
        <p class="hint">Edges, each taken out with the features between held: ${rText(data.by_edges)}. The intervals are
          Fisher’s, as if nodes were independent draws; those of one text are not.</p>
        ${explained(data)}
      </div>
      <div>
        <h3 class="sub3">The ten worst predictions of nodes</h3>
        ${table({
          label: "The ten worst predictions of nodes",
          rows: nodes.slice(0, WORST),
          selected: (at) => keyOf(data, at) === chosen,
          select: (at) => open(keyOf(data, at)),
          columns: [
            { name: "node", cell: (at) => nameOf(data, at) },
            { name: "predicted", number: true, cell: (at) => said(data.predicted.a[at]) },
            { name: "frozen", number: true, cell: (at) => said(data.frozen.a[at]) },
            { name: "live", number: true, cell: (at) => said(data.live.a[at]) },
          ],
        })}
        ${worstEdges(data)}
      </div>
    </div>`;
}

/** @param {AttributionGraph} data */
function worstEdges(data) {
  const missed = (/** @type {number} */ edge) => Math.abs(data.edge_predicted.a[edge] - data.edge_live.a[edge]);
  const rows = Array.from(data.edge_live.a, (_, edge) => edge)
    .filter((edge) => Number.isFinite(data.edge_live.a[edge]))
    .sort((one, other) => missed(other) - missed(one))
    .slice(0, WORST);
  return html`
    <h3 class="sub3">The ten worst predictions of edges <small>change of the target, as a part of its value</small></h3>
    ${table({
      label: "The ten worst predictions of edges",
      rows,
      columns: [
        {
          name: "edge",
          cell: (edge) => `${nameOf(data, data.sources.a[edge])} → ${nameOf(data, data.targets.a[edge])}`,
        },
        { name: "predicted", number: true, cell: (edge) => said(data.edge_predicted.a[edge]) },
        { name: "live", number: true, cell: (edge) => said(data.edge_live.a[edge]) },
      ],
    })}`;
}

/** @param {AttributionGraph} data */
const explained = (data) => html`
  <h3 class="sub3">What the transcoders explain <small>variance of each MLP’s output, held-out texts</small></h3>
  ${table({
    label: "What the transcoders explain of each MLP",
    rows: data.explained,
    columns: [
      { name: "MLP", cell: (_, at) => data.first + at },
      { name: "trained", number: true, cell: (share) => percent(share) },
      { name: "placebo", number: true, cell: (_, at) => percent(data.placebo[at]), title: "Random directions." },
    ],
  })}`;

/** @param {AttributionGraph} data @returns {Row[]} */
export const rows = (data) =>
  Array.from(data.kinds.a, (kind, at) => ({
    node: keyOf(data, at),
    name: nameOf(data, at),
    influence: data.influence.a[at],
    activation: Number.isFinite(data.acts.a[at]) ? data.acts.a[at] : null,
    predicted: kind < LOGIT && Number.isFinite(data.predicted.a[at]) ? data.predicted.a[at] : null,
    frozen: Number.isFinite(data.frozen.a[at]) ? data.frozen.a[at] : null,
    live: Number.isFinite(data.live.a[at]) ? data.live.a[at] : null,
  }));
