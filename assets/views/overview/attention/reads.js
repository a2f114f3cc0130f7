// @ts-check
/**
 * Every block's strongest link from the selected token to each token that it can see.
 *
 * @import { AttentionReads } from "../../../types"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 * @import { Cell } from "../../../kit/matrix.js"
 * @typedef {{ of: AttentionReads, cell: Cell }} State the cell that was chosen in a drawing
 * @typedef {{ head: Uint16Array, weight: Uint8Array }} Strongest
 */
import { headName, percent } from "../../../kit/format.js";
import { legend } from "../../../kit/legend.js";
import { matrix } from "../../../kit/matrix.js";
import { token, tokenText } from "../../../kit/tokens.js";
import { range } from "../../../vendor/d3.js";
import { html, styleMap, svg } from "../../../vendor/lit.js";
import { inked } from "./maps.js";
import { openHead } from "./opening.js";
import { above } from "./token_labels.js";

/** Pixels for the blocks' numbers, and for the tokens above. */
const LEFT = 40;
const TOP = 70;
const WIDEST = 90;
/** The height of a row: less where there are many. */
const ROW = { least: 9, most: 14, all: 420 };
/** From this height on every row bears its number. */
const READABLE = 12;
const WHOLE = 255;

/** @type {View<AttentionReads, State>} */
export function reads(data, ctx) {
  const best = strongest(data);
  const columns = data.position + 1;
  const pitch = Math.min(WIDEST, (ctx.width - LEFT) / columns);
  const row = Math.max(ROW.least, Math.min(ROW.most, ROW.all / data.n_layers));
  const [width, height] = [pitch * columns, row * data.n_layers];
  const colour = inked();
  const selected = ctx.kept.of === data ? ctx.kept.cell : null;
  const open = () => {
    const { of, cell } = ctx.kept; // as the matrix has just kept it
    if (of === data && cell) openHead(ctx, cell.row, best.head[cell.row * columns + cell.column]);
  };
  return html`
    <div class="bar">
      <p class="readout">${said(data, ctx, best, selected)}</p>
      ${legend([["ink-ramp", "weight 0 to 1, ink = √weight"]])}
    </div>
    <div class="reads" style=${styleMap({ width: `${LEFT + width}px`, height: `${TOP + height}px` })}>
      <svg width=${LEFT + width} height=${TOP + height} aria-hidden="true">
        ${above({ run: ctx.run, first: 0, count: columns, pitch, chosen: data.position, x: LEFT, y: TOP - 6 })}
        ${blockNumbers(data, ctx, row)}
      </svg>
      <div class="cells" style=${styleMap({ left: `${LEFT}px`, top: `${TOP}px` })}
        @click=${open} @keydown=${(/** @type {KeyboardEvent} */ event) => event.key === "Enter" && open()}>
        ${matrix({
          rows: data.n_layers,
          columns,
          width,
          height,
          colour: (block, key) => colour(best.weight[block * columns + key] / WHOLE),
          of: [data],
          label: `What each block reads from position ${data.position}; arrow keys move, Enter opens the head`,
          told: (cell) => told(cell, data, ctx, best),
          point: (cell) => point(cell, data, ctx, best),
          select(cell) {
            ctx.keep({ of: data, cell });
            point(cell, data, ctx, best);
          },
          selected,
        })}
        <i class="frame" style=${styleMap({
          top: `${chosenBlock(data, ctx) * row}px`,
          width: `${width}px`,
          height: `${row}px`,
        })}></i>
      </div>
    </div>`;
}

/**
 * In each block, for each token: the head with the largest weight on it, and that weight in bytes.
 * @param {AttentionReads} data
 * @returns {Strongest}
 */
function strongest(data) {
  const known = found.get(data);
  if (known) return known;
  const { n_layers, n_heads, rows, position } = data;
  const keys = position + 1;
  const best = { head: new Uint16Array(n_layers * keys), weight: new Uint8Array(n_layers * keys) };
  for (let row = 0; row < n_layers * n_heads; row++) {
    const block = Math.floor(row / n_heads);
    for (let key = 0; key < keys; key++) {
      const weight = rows.a[row * keys + key];
      const at = block * keys + key;
      if (weight <= best.weight[at]) continue;
      best.weight[at] = weight;
      best.head[at] = row % n_heads;
    }
  }
  found.set(data, best);
  return best;
}

/** @type {WeakMap<AttentionReads, Strongest>} */
const found = new WeakMap();

/** @param {AttentionReads} data @param {ViewContext<State>} ctx */
const chosenBlock = (data, { focus }) => Math.min(data.n_layers - 1, focus.layer ?? 0);

/**
 * @param {AttentionReads} data
 * @param {ViewContext<State>} ctx
 * @param {number} row pixels
 */
function blockNumbers(data, ctx, row) {
  const every = row < READABLE ? 2 : 1;
  const chosen = chosenBlock(data, ctx);
  const numbered = range(data.n_layers).filter(
    (at) => at === chosen || (at % every === 0 && Math.abs(at - chosen) >= every),
  );
  return svg`
    <text class="dim" x=${LEFT - 7} y=${TOP - 6} text-anchor="end">block</text>
    ${numbered.map(
      (at) =>
        svg`<text class=${at === chosen ? "ink b" : "dim"} x=${LEFT - 7} y=${TOP + (at + 0.5) * row + 4}
          text-anchor="end">${at}</text>`,
    )}`;
}

/**
 * @param {Cell} cell
 * @param {AttentionReads} data
 * @param {Strongest} best
 */
function reader({ row, column }, { position }, best) {
  const at = row * (position + 1) + column;
  return { head: best.head[at], name: headName(row, best.head[at]), weight: percent(best.weight[at] / WHOLE) };
}

/**
 * @param {AttentionReads} data
 * @param {ViewContext<State>} ctx
 * @param {Strongest} best
 * @param {Cell | null | undefined} cell
 */
function said(data, ctx, best, cell) {
  if (!cell)
    return (
      `From position ${data.position}: one row a block, one column a token that it can see; a ` +
      "cell shows the block’s strongest head."
    );
  const { name, weight } = reader(cell, data, best);
  const key = token(ctx.run.ids[cell.column]);
  return html`<b>${name}</b> reads ${key} at ${cell.column} with <b>${weight}</b>, the most of its block`;
}

/**
 * @param {Cell} cell
 * @param {AttentionReads} data
 * @param {ViewContext<State>} ctx
 * @param {Strongest} best
 */
function told(cell, data, ctx, best) {
  const { name, weight } = reader(cell, data, best);
  /** @type {[string, string][]} */
  const details = [
    ["weight, most of its block", weight],
    ["position", String(cell.column)],
  ];
  return { title: `${name} reads ${tokenText(ctx.run.ids[cell.column])}`, details };
}

/** The cell whose arcs are drawn, as it is drawn again only when it changes. */
let pointed = "";

/**
 * Arcs in the strip: the whole row of the head that the cell names.
 * @param {Cell | null} cell
 * @param {AttentionReads} data
 * @param {ViewContext<State>} ctx
 * @param {Strongest} best
 */
function point(cell, data, ctx, best) {
  const name = cell ? `${cell.row} ${cell.column}` : "";
  if (name === pointed) return;
  pointed = name;
  if (!cell) return ctx.arcs(null);
  const keys = data.position + 1;
  const from = (cell.row * data.n_heads + reader(cell, data, best).head) * keys;
  ctx.arcs(Float32Array.from({ length: keys }, (_, key) => data.rows.a[from + key] / WHOLE));
}

/**
 * What each block's strongest head puts on each token.
 * @param {AttentionReads} data
 * @param {ViewContext<State>} ctx
 * @returns {Row[]}
 */
export function rows(data, ctx) {
  const best = strongest(data);
  const keys = data.position + 1;
  return range(data.n_layers * keys).map((at) => ({
    block: Math.floor(at / keys),
    head: best.head[at],
    position: at % keys,
    token: tokenText(ctx.run.ids[at % keys]),
    weight: best.weight[at] / WHOLE,
  }));
}
