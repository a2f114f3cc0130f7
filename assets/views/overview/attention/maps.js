// @ts-check
/**
 * All heads' maps on one canvas: painted once a theme, then copied to where their tiles stand.
 *
 * @import { AttentionWall } from "../../../types"
 * @import { Layout } from "./tiles.js"
 */
import { ramp } from "../../../kit/ramp.js";
import { css } from "../../../kit/theme.js";

const SHARPEST = 2.5;
const LABELS = "11px Inter, sans-serif";

/** Ink of a weight from 0 to 1: the root, so that small weights can be seen. */
export function inked() {
  const colours = ramp("ink", "sunken");
  return (/** @type {number} */ weight) => colours(Math.sqrt(weight));
}

/** @typedef {{ theme: string, canvas: OffscreenCanvas }} Atlas */
/** @type {WeakMap<AttentionWall, Atlas>} */
const atlases = new WeakMap();
/** What each canvas was last painted from. @type {WeakMap<Element, { data: AttentionWall, key: string }>} */
const painted = new WeakMap();

/**
 * @param {HTMLCanvasElement} canvas
 * @param {AttentionWall} data
 * @param {Layout} layout
 * @param {ReadonlySet<number>} ablated heads that are struck through: what was removed stays, marked
 */
export function paintWall(canvas, data, layout, ablated) {
  const { width, height, order } = layout;
  const sharp = Math.min(devicePixelRatio || 1, SHARPEST);
  const key = [width, height, order, [...ablated], css("ink"), css("sunken"), sharp].join();
  const before = painted.get(canvas);
  if (before?.data === data && before.key === key) return;
  painted.set(canvas, { data, key });
  canvas.width = Math.round(width * sharp);
  canvas.height = Math.round(height * sharp);
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  context.setTransform(sharp, 0, 0, sharp, 0, 0);
  writeLabels(context, layout);
  copyMaps(context, data, layout, sharp);
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
 * @param {number} sharp
 */
function copyMaps(context, data, { places, size }, sharp) {
  const { cells, n_heads } = data;
  const atlas = atlasOf(data);
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
 */
function atlasOf(data) {
  const theme = css("ink") + css("sunken");
  const known = atlases.get(data);
  if (known?.theme === theme) return known.canvas;
  const { n_layers, n_heads, cells } = data;
  const canvas = new OffscreenCanvas(cells * n_layers, cells * n_heads);
  const context = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const image = context.createImageData(canvas.width, canvas.height);
  fill(new Uint32Array(image.data.buffer), data, canvas.width);
  context.putImageData(image, 0, 0);
  atlases.set(data, { theme, canvas });
  return canvas;
}

/**
 * The maps come as lower triangles, row by row; the rest of a causal map is empty.
 * @param {Uint32Array} pixels
 * @param {AttentionWall} data
 * @param {number} across pixels of a line
 */
function fill(pixels, { n_layers, n_heads, cells, maps }, across) {
  const colours = packed();
  let from = 0;
  for (let block = 0; block < n_layers; block++) {
    for (let head = 0; head < n_heads; head++) {
      for (let row = 0; row < cells; row++) {
        const at = (head * cells + row) * across + block * cells;
        for (let column = 0; column <= row; column++) pixels[at + column] = colours[maps.a[from + column]];
        pixels.fill(colours[0], at + row + 1, at + cells);
        from += row + 1;
      }
    }
  }
}

/** The colour of each byte of a map, as a canvas stores it. */
function packed() {
  const colour = inked();
  return Uint32Array.from({ length: 256 }, (_, byte) => {
    const [red, green, blue] = colour(byte / 255);
    return ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;
  });
}
