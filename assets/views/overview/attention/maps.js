// @ts-check
/**
 * All heads' maps on one canvas: painted once a theme, then copied to where their tiles stand.
 *
 * @import { AttentionWall } from "../../../types/overview"
 * @import { ViewContext } from "../../../kit/view"
 * @import { Colour } from "../../../kit/colour/theme"
 * @import { Layout } from "./tiles.js"
 */
import { diverging, ramp } from "../../../kit/colour/ramp.js";
import { css } from "../../../kit/colour/theme.js";

const SHARPEST = 2.5;
/** The largest byte of a map. */
export const WHOLE = 255;
const LABELS = "11px Inter, sans-serif";

/** Ink of a weight from 0 to 1: the root, so that small weights can be seen. */
export function inked() {
  const colours = ramp("ink", "sunken");
  return (/** @type {number} */ weight) => colours(Math.sqrt(weight));
}

/**
 * Colour of a difference from −1 to 1: more here above nought, more in the other run below; the root, as for weights.
 */
export function differing() {
  const colours = diverging("neg", "pos", "sunken");
  return (/** @type {number} */ by) => colours(Math.sign(by) * Math.sqrt(Math.abs(by)));
}

/** What the colours of a difference mean. @param {ViewContext<any>} ctx @returns {[string, string]} */
export const differenceKey = ({ beside }) => [
  "apart-ramp",
  `smaller … larger weight than in ${beside.the}; colour = √difference`,
];

/** @typedef {{ theme: string, canvas: OffscreenCanvas }} Atlas */
/**
 * Of the maps, and of what they differ by from the other run's.
 * @type {{ own: WeakMap<AttentionWall, Atlas>, apart: WeakMap<AttentionWall, Atlas> }}
 */
const atlases = { own: new WeakMap(), apart: new WeakMap() };
/** What each canvas was last painted from. @type {WeakMap<Element, { data: AttentionWall, key: string }>} */
const painted = new WeakMap();

/**
 * @param {HTMLCanvasElement} canvas
 * @param {AttentionWall} data
 * @param {Layout} layout
 * @param {{ ablated: ReadonlySet<number>, apart: boolean }} shown heads that are struck through, for what was removed
 *   stays, marked; and whether the maps are the differences from the other run's
 */
export function paintWall(canvas, data, layout, { ablated, apart }) {
  const { width, height, order } = layout;
  const sharp = Math.min(devicePixelRatio || 1, SHARPEST);
  const key = [width, height, order, [...ablated], apart, css("ink"), css("sunken"), sharp].join();
  const before = painted.get(canvas);
  if (before?.data === data && before.key === key) return;
  painted.set(canvas, { data, key });
  canvas.width = Math.round(width * sharp);
  canvas.height = Math.round(height * sharp);
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  context.setTransform(sharp, 0, 0, sharp, 0, 0);
  writeLabels(context, layout);
  copyMaps(context, data, layout, { sharp, apart });
  strike(context, layout, ablated);
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Layout} layout
 */
function writeLabels(context, { labels }) {
  context.font = LABELS;
  context.fillStyle = css("ink3");
  context.textBaseline = "middle";
  for (const { text, x, y, anchor } of labels) {
    context.textAlign = anchor;
    context.fillText(text, x, y);
  }
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {AttentionWall} data
 * @param {Layout} layout
 * @param {{ sharp: number, apart: boolean }} shown
 */
function copyMaps(context, data, { places, size }, { sharp, apart }) {
  const { cells, n_heads } = data;
  const atlas = atlasOf(data, apart);
  context.imageSmoothingEnabled = size * sharp < cells;
  places.forEach(({ x, y }, at) => {
    const [block, head] = [Math.floor(at / n_heads), at % n_heads];
    context.drawImage(atlas, block * cells, head * cells, cells, cells, x, y, size, size);
  });
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Layout} layout
 * @param {ReadonlySet<number>} ablated
 */
function strike(context, { places, size }, ablated) {
  context.strokeStyle = css("bad");
  context.lineWidth = 1.5;
  for (const at of ablated) {
    const { x, y } = places[at];
    context.beginPath();
    context.moveTo(x, y);
    context.lineTo(x + size, y + size);
    context.moveTo(x + size, y);
    context.lineTo(x, y + size);
    context.stroke();
  }
}

/**
 * Every map, one pixel a cell: blocks across, heads down.
 * @param {AttentionWall} data
 * @param {boolean} apart
 */
function atlasOf(data, apart) {
  const theme = css("ink") + css("sunken");
  const kept = apart ? atlases.apart : atlases.own;
  const known = kept.get(data);
  if (known?.theme === theme) return known.canvas;
  const { n_layers, n_heads, cells } = data;
  const canvas = new OffscreenCanvas(cells * n_layers, cells * n_heads);
  const context = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const image = context.createImageData(canvas.width, canvas.height);
  fill(new Uint32Array(image.data.buffer), data, canvas.width, apart ? colouredApart(data) : colouredOwn(data));
  context.putImageData(image, 0, 0);
  kept.set(data, { theme, canvas });
  return canvas;
}

/**
 * The maps come as lower triangles, row by row; the rest of a causal map is empty.
 * @param {Uint32Array} pixels
 * @param {AttentionWall} data
 * @param {number} across pixels of a line
 * @param {{ ground: number, at: (cell: number) => number }} colour of each cell of all maps
 */
function fill(pixels, { n_layers, n_heads, cells }, across, { ground, at: colour }) {
  let from = 0;
  for (let block = 0; block < n_layers; block++) {
    for (let head = 0; head < n_heads; head++) {
      for (let row = 0; row < cells; row++) {
        const at = (head * cells + row) * across + block * cells;
        for (let column = 0; column <= row; column++) pixels[at + column] = colour(from + column);
        pixels.fill(ground, at + row + 1, at + cells);
        from += row + 1;
      }
    }
  }
}

/** @param {AttentionWall} data */
function colouredOwn({ maps }) {
  const colours = packed(256, (byte) => inked()(byte / WHOLE));
  return { ground: colours[0], at: (/** @type {number} */ cell) => colours[maps.a[cell]] };
}

/**
 * By how many 255ths a cell differs from the other run's: of all maps, one after the other.
 * @param {AttentionWall} data
 */
export function differenceOf({ maps, base }) {
  const was = (base ?? { maps }).maps;
  return (/** @type {number} */ cell) => maps.a[cell] - was.a[cell];
}

/** @param {AttentionWall} data */
function colouredApart(data) {
  const colours = packed(2 * WHOLE + 1, (byte) => differing()(byte / WHOLE - 1));
  const difference = differenceOf(data);
  return { ground: colours[WHOLE], at: (/** @type {number} */ cell) => colours[difference(cell) + WHOLE] };
}

/**
 * Colours as a canvas stores them.
 * @param {number} count
 * @param {(at: number) => Colour} colour
 */
function packed(count, colour) {
  return Uint32Array.from({ length: count }, (_, at) => {
    const [red, green, blue] = colour(at);
    return ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;
  });
}
