// @ts-check
/**
 * Lanes through the depth: how much of the text's weight goes from each expert to each of the next layer.
 *
 * @import { RoutingLanes } from "../../../types/architectures"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 * @import { At } from "./flows.js"
 * @import { Chosen } from "./routes.js"
 *
 * @typedef {{ pointed: At | null }} Kept
 * @typedef {ViewContext<Kept, RoutingLanes>} Context
 */
import { control } from "../../../kit/controls/declared.js";
import { legend } from "../../../kit/drawing/legend.js";
import { percent, whole } from "../../../kit/numbers/format.js";
import { token } from "../../../kit/text/tokens.js";
import { range, sum } from "../../../vendor/d3.js";
import { html, nothing } from "../../../vendor/lit.js";
import { flowsOf, independent, loadOf, mostly, tokensOf } from "./flows.js";
import { isWide, partOf } from "./lanes_layout.js";
import { lanesPicture } from "./lanes_picture.js";
import { chosenIn, visitsOf } from "./routes.js";
import { moved, shownOf } from "./wording.js";

/** Experts of a layer that the line above names. */
const NAMED = 3;

/** @type {View<RoutingLanes, Kept>} */
export function lanes(data, ctx) {
  const chosen = chosenIn(data, ctx);
  const one =
    ctx.kept.pointed ?? (ctx.controls.isolate === "expert" ? { row: chosen.row, expert: chosen.expert } : null);
  return html`
    <div class="bar">
      ${control(ctx, "isolate")}
      ${legend([
        ["river", "all tokens"],
        ["dark", "tokens of one expert"],
        ["solid", "selected token (not to scale)"],
        ctx.there && ["outline", `its path, ${ctx.beside.short}`],
      ])}
    </div>
    <p class="readout lead">${one ? expertSaid(data, one) : pathSaid(data, ctx, chosen)}</p>
    ${moved(data, ctx)}
    <div class="figure">${lanesPicture(data, ctx, { chosen, one })}</div>
    <p class="hint">${method(data, ctx, chosen)}</p>`;
}

/**
 * The flows that are drawn.
 * @param {RoutingLanes} data
 * @returns {Row[]}
 */
export function rows(data) {
  return flowsOf(data).map((flow) => ({
    layer: data.layers[flow.row],
    expert: flow.from,
    next_layer: data.layers[flow.row + 1],
    next_expert: flow.to,
    weight: flow.weight,
    share: flow.weight / data.n,
    independent: independent(data, flow),
    tokens: flow.tokens,
  }));
}

/**
 * The selected token's experts, layer by layer.
 * @param {RoutingLanes} data
 * @param {Context} ctx
 * @param {Chosen} chosen
 */
function pathSaid(data, ctx, chosen) {
  const { first, shown } = partOf(data, ctx.width, chosen);
  const last = first + shown - 1;
  const path = range(first, last + 1).map((row, at) => {
    const visits = visitsOf(data, row, chosen.position);
    const named = visits.slice(0, NAMED).map(([expert]) => expert);
    return html`${at ? " → " : ""}<b>${named.join("+") || "none"}${visits.length > NAMED ? "+…" : ""}</b>`;
  });
  const where =
    shown < data.layers.length ? ` from block ${data.layers[first]} to ${data.layers[last]}` : ", block by block";
  return html`${token(ctx.run.ids[chosen.position])} goes through the experts ${path}${where}.`;
}

/**
 * @param {RoutingLanes} data
 * @param {At} one
 */
function expertSaid(data, one) {
  const load = loadOf(data, one);
  const tokens = `${tokensOf(data, one).length} of ${data.n} tokens`;
  const from = load > 0 && one.row > 0 ? html`. Most of it comes from expert ${neighbour(data, one, -1)}` : nothing;
  const to =
    load > 0 && one.row < data.layers.length - 1
      ? html`. Most of it goes on to expert ${neighbour(data, one, 1)}`
      : nothing;
  return html`Expert <b>${one.expert}</b> of block <b>${data.layers[one.row]}</b>: ${tokens},
    <b>${percent(load / data.n, 1)}</b> of the weight${from}${to}.`;
}

/**
 * @param {RoutingLanes} data
 * @param {At} one
 * @param {number} step to the layer before or after
 */
function neighbour(data, one, step) {
  const found = mostly(data, one, one.row + step);
  return found ? html`<b>${found.expert}</b> (${percent(found.share)})` : "none";
}

/**
 * @param {RoutingLanes} data
 * @param {Context} ctx
 * @param {Chosen} chosen
 */
function method(data, ctx, chosen) {
  const size = isWide(ctx.width) ? "Height" : "Width";
  const share = percent(sum(data.rest.a) / (data.n * Math.max(1, data.layers.length - 1)));
  const others = sum(data.others.a);
  const left = `${whole(others)} smaller flows (${share} of the weight) are not drawn: the bare edges. `;
  return (
    `${shownOf(data, partOf(data, ctx.width, chosen))}${size}: weight of the text’s ${data.n} tokens; ` +
    `a ribbon is Σ w(this block) · w(next block). ${others ? left : ""}Click an expert to see only its tokens.`
  );
}
