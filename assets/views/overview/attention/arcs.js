// @ts-check
/**
 * One query's arcs over the text.
 *
 * @import { AttentionHead } from "../../../types/overview"
 * @import { ViewContext } from "../../../kit/view"
 * @import { State } from "./head.js"
 */

import { pressing, rove } from "../../../kit/controls/roving.js";
import { decimal, headName, signed } from "../../../kit/numbers/format.js";
import { cut, svgToken, tokenText } from "../../../kit/text/tokens.js";
import { spoken } from "../../../kit/tooltip.js";
import { range } from "../../../vendor/d3.js";
import { nothing, styleMap, svg } from "../../../vendor/lit.js";
import { heavyNames, LEAST, numbered } from "./arc_names.js";

const WIDEST = 96;
/** From these pitches on every token has its text: level, or read downwards. */
const LEVEL = 30;
const UPRIGHT = 11.5;
/** Up to this one the boxes have no line around them. */
const DENSE = 3;
/** Pixels of the highest arc, of a token's box, and of the whole below the arcs. */
const SIZES = {
  level: { arc: 112, box: 26, below: 54 },
  upright: { arc: 92, box: 72, below: 84 },
  none: { arc: 92, box: 12, below: 96 },
};
/** Pixels from arcs to boxes. */
const GAP = 5;

/**
 * @param {AttentionHead} data
 * @param {ViewContext<State>} ctx
 * @param {{ query: number, weights: Float64Array, apart: boolean }} row whether the weights are differences
 */
export function arcs(data, ctx, { query, weights, apart }) {
  const count = weights.length;
  const pitch = Math.min(WIDEST, ctx.width / count);
  const kind = pitch >= LEVEL ? "level" : pitch >= UPRIGHT ? "upright" : "none";
  const { arc, below } = SIZES[kind];
  const height = arc + below;
  const named = kind === "none" ? heavyNames(weights, query, pitch) : null;
  const numbers = kind === "level" ? numbered(weights, query, pitch) : null;
  const head = headName(data.layer, data.head);
  return svg`
    <svg class="fig arcs ${apart ? "apart" : ""}" viewBox="0 0 ${ctx.width} ${height}" height=${height} role="group"
      data-rove @keydown=${rove} @pointerleave=${() => ctx.keep({ query: null })}
      aria-label="Arcs from ${tokenText(ctx.run.ids[query])} to the tokens that ${head} reads">
      ${range(query).map((key) =>
        Math.abs(weights[key]) < LEAST.arc ? nothing : curve(key, query, weights[key], pitch, arc),
      )}
      ${Math.abs(weights[query]) > LEAST.arc ? loop(query, weights[query], pitch, arc) : nothing}
      ${range(count).map((at) =>
        box(
          { at, query, weight: weights[at], pitch, kind, named: named?.has(at), numbered: numbers?.has(at), apart },
          data,
          ctx,
        ),
      )}
    </svg>`;
}

/**
 * @param {number} key
 * @param {number} query
 * @param {number} weight
 * @param {number} pitch
 * @param {number} top pixels of the highest arc
 */
function curve(key, query, weight, pitch, top) {
  const [from, to] = [(key + 0.5) * pitch, (query + 0.5) * pitch];
  const longest = Math.max(pitch, query * pitch);
  const rise = 10 + ((top * 1.02 - 10) * (to - from) * Math.min(1, longest / 420)) / longest;
  const [foot, height] = [top + 3, top + 3 - rise * 1.33];
  const path = `M${from} ${foot}C${from} ${height} ${to} ${height} ${to} ${foot}`;
  const size = Math.abs(weight);
  return svg`<path class=${arcClass(weight)} d=${path} stroke-width=${Math.max(0.6, size * 13)}
    opacity=${0.16 + 0.6 * size} />`;
}

/** A difference below nought is less than in the other run. @param {number} weight */
const arcClass = (weight) => (weight < 0 ? "arc less" : "arc");

/**
 * What the query reads of itself.
 * @param {number} query
 * @param {number} weight
 * @param {number} pitch
 * @param {number} top
 */
function loop(query, weight, pitch, top) {
  const size = Math.abs(weight);
  const width = Math.max(0.8, size * 5);
  return svg`<circle class=${arcClass(weight)} cx=${(query + 0.5) * pitch} cy=${top - 4} r=${3 + 6 * Math.sqrt(size)}
    stroke-width=${width} opacity="0.7" />`;
}

/**
 * A token: pointed at, it shows its own arcs; pressed, it is selected.
 * @param {{ at: number, query: number, weight: number, pitch: number, kind: keyof typeof SIZES, named?: boolean,
 *   numbered?: boolean, apart: boolean }} place
 * @param {AttentionHead} data
 * @param {ViewContext<State>} ctx
 */
function box({ at, query, weight, pitch, kind, named, numbered, apart }, data, ctx) {
  const { arc, box } = SIZES[kind];
  const [x, y] = [at * pitch, arc + GAP];
  const gap = pitch > 6 ? 1 : 0;
  const ink = `${Math.round(22 * Math.sqrt(at <= query ? Math.abs(weight) : 0))}%`;
  const state = [
    at > query ? "later" : "",
    at >= ctx.run.nPrompt ? "generated" : "",
    at === query ? "query" : "",
    pitch > DENSE ? "" : "dense",
  ];
  const number = apart ? signed(weight) : decimal(weight);
  const select = () => ctx.select({ position: at });
  const show = () => ctx.kept.query !== at && ctx.keep({ query: at });
  const focus = (/** @type {FocusEvent} */ { target }) =>
    /** @type {Element} */ (target).matches(":focus-visible") && show();
  const id = ctx.run.ids[at];
  const name = spoken({
    written: [kind !== "none" || named ? cut(tokenText(id), most(kind, pitch)) : tokenText(id), numbered && number],
    called: tokenText(id),
    lines: [
      ["at", String(at)],
      ...(at <= query
        ? [/** @type {[string, string]} */ ([apart ? "difference of weight" : "weight", decimal(weight, 3)])]
        : []),
    ],
  });
  return svg`
    <g class="token ${kind} ${state.join(" ")}" role="button" tabindex=${at === data.position ? 0 : -1}
       aria-label=${name} @click=${select} @keydown=${pressing(select)}
       @pointerenter=${show} @focus=${focus} @blur=${() => ctx.keep({ query: null })}>
      <rect x=${x + gap} y=${y} width=${Math.max(0.8, pitch - 2 * gap)} height=${box} rx=${pitch > 6 ? 3 : 0}
        style=${styleMap({ "--ink-part": ink })} />
      ${kind === "none" && !named ? nothing : text(id, kind, pitch, { x: x + pitch / 2, y })}
      ${
        numbered
          ? svg`<text class=${Math.abs(weight) >= 0.1 ? "ink b" : "dim"} x=${x + pitch / 2} y=${y + box + 17}
            text-anchor="middle">${number}</text>`
          : nothing
      }
    </g>`;
}

/** Characters of a name. @param {keyof typeof SIZES} kind @param {number} pitch */
const most = (kind, pitch) => (kind === "level" ? Math.max(2, Math.floor((pitch - 2) / 6.25)) : 8);

/**
 * @param {number} id
 * @param {keyof typeof SIZES} kind
 * @param {number} pitch
 * @param {{ x: number, y: number }} place
 */
function text(id, kind, pitch, { x, y }) {
  if (kind === "level") {
    return svgToken(id, { x, y: y + 17, anchor: "middle", most: most(kind, pitch) });
  }
  const down = `translate(${x - 3.5} ${y + (kind === "upright" ? 6 : 17)}) rotate(90)`;
  return svg`<g transform=${down}>${svgToken(id, { x: 0, y: 0, most: most(kind, pitch) })}</g>`;
}
