// @ts-check
/**
 * Tokens on the two directions in which their rows differ most; the chosen one and its neighbours are named.
 *
 * @import { VocabularyMap } from "../../../types/embeddings"
 * @import { Row, View } from "../../../kit/view"
 */
import { sharpened } from "../../../kit/cells/canvas.js";
import { css } from "../../../kit/colour/theme.js";
import { control } from "../../../kit/controls/declared.js";
import { placeLabels } from "../../../kit/drawing/labels.js";
import { textWidth } from "../../../kit/drawing/measure.js";
import { decimal, percent, whole } from "../../../kit/numbers/format.js";
import { cut, token, tokenText } from "../../../kit/text/tokens.js";
import { tip } from "../../../kit/tooltip.js";
import { extent, leastIndex, range, scaleLinear } from "../../../vendor/d3.js";
import { html, ref } from "../../../vendor/lit.js";
import { choose, pick } from "./chosen.js";

/** Kinds of tokens that are set apart by colour; all others are grey. */
const COLOURS = new Map([
  ["space and letters", "river-deep"],
  ["letters", "prob"],
  ["digits", "pos"],
  ["signs", "neg"],
  ["special", "bad"],
]);
const EDGE = 22;
/** Pixels within which pointing finds a point. */
const REACH = 18;

/** @type {View<VocabularyMap>} */
export function map(data, ctx) {
  const height = Math.round(Math.min(620, Math.max(360, ctx.width * 0.56)));
  const place = placed(data, ctx.width, height);
  const near = (/** @type {PointerEvent | MouseEvent} */ event) => nearest(event, place);
  const moved = (/** @type {PointerEvent} */ event) => {
    const at = near(event);
    if (at < 0) return tip.hide();
    tip.show(event.clientX, event.clientY, tokenText(data.ids.a[at]), [
      ["id", whole(data.ids.a[at])],
      ["made of", data.classes[data.kinds.a[at]]],
    ]);
  };
  const pressed = (/** @type {MouseEvent} */ event) => {
    const at = near(event);
    if (at >= 0) choose(ctx, data.ids.a[at]);
  };
  return html`
    <div class="bar">
      ${control(ctx, "scope")}
      ${legend(data)}
    </div>
    <p class="readout">${said(data)}</p>
    <canvas class="vocabulary-map" style="width:${ctx.width}px;height:${height}px" role="img" aria-label=${label(data)}
      @pointermove=${moved} @pointerleave=${tip.hide} @click=${pressed}
      ${ref(
        (canvas) => canvas && paint(/** @type {HTMLCanvasElement} */ (canvas), data, place, ctx.width, height),
      )}></canvas>
    <div class="names"><span class="hint">Nearest tokens by all ${whole(data.d_model)} coordinates:</span>
      ${data.near.map((id) => pick(id, ctx))}</div>`;
}

/** Kinds that are grey stand together. @param {VocabularyMap} data */
function legend({ classes, kinds }) {
  const here = classes.filter((_, at) => kinds.a.includes(at));
  const grey = here.filter((name) => !COLOURS.has(name)).join(", ");
  const marks = here.filter((name) => COLOURS.has(name));
  return html`
    <ul class="legend marks">
      ${[...marks, ...(grey ? [grey] : [])].map(
        (name) => html`<li><i class="mark" style="background:var(--${colourOf(name)})"></i>${name}</li>`,
      )}
    </ul>`;
}

/** @param {VocabularyMap} data @returns {Row[]} */
export const rows = ({ ids, x, y, kinds, classes }) =>
  range(ids.a.length).map((at) => ({
    token: tokenText(ids.a[at]),
    id: ids.a[at],
    x: x.a[at],
    y: y.a[at],
    made_of: classes[kinds.a[at]],
  }));

/** @param {string} name */
const colourOf = (name) => COLOURS.get(name) ?? "ink3";

/** @param {VocabularyMap} data */
function said({ explained, scope, rows, ids, d_model, d_vocab, id }) {
  const [one, two] = explained;
  const held = html`The first direction holds <b>${percent(one)}</b> of the variance, the second
    <b>${percent(two)}</b>; ${whole(d_model - 2)} others hold the rest.`;
  if (scope === "near")
    return html`${token(id)} and the ${whole(rows - 1)} rows nearest to it, on the two directions in which these rows
      differ most. ${held}`;
  return html`${held} They come from ${rows === d_vocab ? "all" : "a random"} ${whole(rows)} rows;
    the map shows ${whole(ids.a.length)} of them.`;
}

/** @param {VocabularyMap} data */
const label = ({ ids, explained, id }) =>
  `${whole(ids.a.length)} tokens on two principal components, which hold ${percent(explained[0])} and ` +
  `${percent(explained[1])} of the variance; ${tokenText(id)} is marked`;

/** @param {VocabularyMap} data @param {number} width @param {number} height */
function placed({ x, y }, width, height) {
  const [left, right] = extent(x.a);
  const [low, high] = extent(y.a);
  const across = scaleLinear([Number(left), Number(right)], [EDGE, width - EDGE]);
  const up = scaleLinear([Number(low), Number(high)], [height - EDGE, EDGE]);
  return { x: Float32Array.from(x.a, across), y: Float32Array.from(y.a, up) };
}

/** @param {PointerEvent | MouseEvent} event @param {{ x: Float32Array, y: Float32Array }} place */
function nearest({ offsetX, offsetY }, { x, y }) {
  const away = (/** @type {number} */ at) => (x[at] - offsetX) ** 2 + (y[at] - offsetY) ** 2;
  const at = leastIndex(range(x.length), (one, two) => away(one) - away(two)) ?? -1;
  return at >= 0 && away(at) < REACH ** 2 ? at : -1;
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {VocabularyMap} data
 * @param {{ x: Float32Array, y: Float32Array }} place
 * @param {number} width
 * @param {number} height
 */
function paint(canvas, { ids, kinds, classes, id, near, scope }, { x, y }, width, height) {
  const context = sharpened(canvas, { width, height });
  const size = scope === "near" ? 4 : 2.4;
  context.globalAlpha = scope === "near" ? 0.9 : 0.7;
  for (let at = 0; at < ids.a.length; at++) {
    context.fillStyle = css(colourOf(classes[kinds.a[at]]));
    context.fillRect(x[at] - size / 2, y[at] - size / 2, size, size);
  }
  context.globalAlpha = 1;
  context.font = "500 12px JetBrains Mono, monospace";
  const named = [id, ...near].map((each) => ids.a.indexOf(each)).filter((at) => at >= 0);
  const texts = named.map((at) => cut(tokenText(ids.a[at]), 16));
  const spots = named.map((at) => ({ x: x[at], y: y[at], r: 4 }));
  const labels = spots.map((spot, at) => ({ ...spot, width: textWidth(texts[at]) * 1.15 + 6, height: 15 }));
  const places = placeLabels({ labels, circles: spots, bounds: { left: 0, right: width, top: 0, bottom: height } });
  for (const [at, spot] of spots.entries()) {
    context.beginPath();
    context.arc(spot.x, spot.y, at ? 3.5 : 6, 0, 2 * Math.PI);
    context.fillStyle = css(at ? "ink" : "neg");
    context.fill();
    const where = places[at];
    if (!where) continue;
    context.textAlign = "center";
    context.lineWidth = 3;
    context.strokeStyle = css("surface");
    context.strokeText(texts[at], where.x, where.y + 4);
    context.fillStyle = css(at ? "ink" : "neg");
    context.fillText(texts[at], where.x, where.y + 4);
  }
  canvas.dataset.drawn = decimal(ids.a.length, 0);
}
