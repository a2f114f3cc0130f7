// @ts-check
/**
 * The experts of every token in every layer, the selected token's way through them, and the load that comes of it.
 *
 * @import { RoutingMatrix } from "../../../types/architectures"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 * @import { Bands } from "./bands.js"
 * @import { Chosen } from "./routes.js"
 *
 * @typedef {{ pointed: { row: number, position: number } | null }} Kept
 * @typedef {ViewContext<Kept, RoutingMatrix>} Context
 */
import { matrix as cells } from "../../../kit/cells/matrix.js";
import { sided } from "../../../kit/cells/sides.js";
import { token, tokenText } from "../../../kit/text/tokens.js";
import { html, nothing } from "../../../vendor/lit.js";
import { bandsOf, cellOf, placeOf } from "./bands.js";
import { loads } from "./loads.js";
import { next, point, select, told, walk } from "./matrix_keys.js";
import { namesBeside } from "./names.js";
import { inkOf, painted } from "./paint.js";
import { routeButtons } from "./route_buttons.js";
import { chosenIn, partsOf, same, visitsOf, visitsThere, weightOf } from "./routes.js";
import { taken } from "./taken.js";
import { before, inWords, moved, NAMED, partPercent, shownOf } from "./wording.js";

/** @type {View<RoutingMatrix, Kept>} */
export function matrix(data, ctx) {
  const chosen = chosenIn(data, ctx);
  const bands = bandsOf(data, ctx.width, chosen);
  const shown = shownOf(data, bands);
  return html`
    <p class="readout lead told">${said(data, ctx, ctx.kept.pointed ?? chosen)}</p>
    ${moved(data, ctx)}
    ${key(data, ctx)}
    ${routeButtons(data, ctx, chosen)}
    <div class="bands ${bands.wide ? "lying" : "standing"}">
      ${picture(data, ctx, { chosen, bands })} ${loads(data, ctx, { chosen, bands })}
    </div>
    ${shown ? html`<p class="hint">${shown}</p>` : nothing}
    ${taken(data, ctx, chosen)}`;
}

/**
 * What each token's experts were given and what they made of it, the unchanged run's beside them.
 * @param {RoutingMatrix} data
 * @param {Context} ctx
 * @returns {Row[]}
 */
export function rows(data, ctx) {
  const { run, beside } = ctx;
  return data.layers.flatMap((layer, row) =>
    Array.from({ length: data.n }, (_, position) => {
      const [visits, parts] = [visitsOf(data, row, position), partsOf(data, row, position)];
      const there = visitsThere(ctx, row, position);
      const experts = new Set([...visits, ...(there ?? [])].map(([expert]) => expert));
      return Array.from(experts, (expert) => ({
        layer,
        position,
        token: tokenText(run.ids[position]),
        expert,
        weight: weightOf(visits, expert),
        part: data.contribution ? weightOf(parts, expert) : null,
        [beside.column]: there && weightOf(there, expert),
      }));
    }).flat(),
  );
}

/**
 * @param {RoutingMatrix} data
 * @param {Context} ctx
 */
function key(data, ctx) {
  const ink = data.contribution ? "share of the block’s output" : "router’s weight";
  return html`
    <ul class="legend marks">
      <li>cell: ${ink}, 0 <i class="mark ink"></i> 1</li>
      <li><i class="mark solid"></i>selected token</li>
      <li><i class="mark value"></i>load of this text</li>
      ${ctx.there ? html`<li><i class="mark ghost"></i>choice in ${ctx.beside.the}</li>` : nothing}
    </ul>`;
}

/**
 * @param {RoutingMatrix} data
 * @param {Context} ctx
 * @param {{ row: number, position: number }} at
 */
function said(data, ctx, { row, position }) {
  const visits = visitsOf(data, row, position);
  const there = visitsThere(ctx, row, position);
  const other = there && !same(there, visits) ? html`; ${ctx.beside.short}: ${inWords(there)}` : nothing;
  const layer = data.layers[row];
  return html`${token(ctx.run.ids[position])} in block ${layer} uses
    ${inWords(visits)}${made(data, row, position)}${other}`;
}

/**
 * What comes of the weights.
 * @param {RoutingMatrix} data
 * @param {number} row
 * @param {number} position
 */
function made(data, row, position) {
  const parts = data.contribution ? partsOf(data, row, position) : [];
  if (parts.length < 2 || parts.length > NAMED) return nothing;
  const words = parts.map(([, part], at) => html`${before(at, parts.length)}<b>${partPercent(part)}</b>`);
  return html`; they make ${words} of what the block writes`;
}

/**
 * @param {RoutingMatrix} data
 * @param {Context} ctx
 * @param {{ chosen: Chosen, bands: Bands }} place
 */
function picture(data, ctx, { chosen, bands }) {
  const { rows, columns, width, height, margin } = bands;
  const at = { row: chosen.row, expert: chosen.expert, token: chosen.position };
  const layers = `${data.layers.length} layers of ${data.n_experts} experts`;
  const content = cells({
    rows,
    columns,
    width,
    height,
    colour: inkOf(data, bands, chosen.position),
    over: (context) => painted(context, { data, other: ctx, bands, here: chosen.position }),
    of: [data, chosen.position, bands.first],
    label: `Experts used: ${data.n} tokens, ${layers}. Arrow keys move over tokens and experts.`,
    told: (cell) => told(data, ctx, bands, cell),
    point: (cell) => point(ctx, bands, cell),
    select: (cell) => select(data, ctx, bands, cell),
    walked: (cell) => walk(data, ctx, bands, { to: placeOf(bands, cell), from: at }),
    next: (cell, step) => next(data, bands, cell, step),
    selected: cellOf(bands, at),
  });
  const own = bands.wide ? { column: chosen.position } : { row: chosen.position };
  return sided({
    content,
    rows,
    columns,
    width,
    height,
    margin,
    slanted: bands.wide,
    ...namesBeside(data, ctx, { chosen, bands }),
    marks: [{ ...own, className: "chosen-row" }],
  });
}
