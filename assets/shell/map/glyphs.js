// @ts-check
/** A small drawing for each chapter on the map. They show what kind of thing it is, and no data. */
import { html, nothing, svg } from "../../vendor/lit.js";

/** Rows of squares; `full` are the filled ones. @param {number} columns @param {number} rows @param {number[]} full */
const squares = (columns, rows, full, size = 7, left = 22 - (columns * size) / 2) =>
  Array.from({ length: columns * rows }, (_, at) => {
    const [x, y] = [left + (at % columns) * size, 14 - (rows * size) / 2 + Math.floor(at / columns) * size];
    return svg`<rect x=${x + 0.5} y=${y + 0.5} width=${size - 2} height=${size - 2} rx="1"
      class=${full.includes(at) ? "full" : ""}></rect>`;
  });
const path = (/** @type {string} */ d) => svg`<path d=${d}></path>`;
const dots = (/** @type {[number, number][]} */ ...places) =>
  places.map(([x, y]) => svg`<circle cx=${x} cy=${y} r="2.5" class="full"></circle>`);

/** @type {Record<string, () => unknown>} */
const DRAWN = {
  overview: () => [path("M3 21C12 21 12 8 22 8S32 20 41 20"), dots([3, 21], [22, 8], [41, 20])],
  tokenization: () => [
    svg`<rect x="3" y="9" width="9" height="10" rx="2"></rect>`,
    svg`<rect x="14" y="9" width="16" height="10" rx="2" class="full"></rect>`,
    svg`<rect x="32" y="9" width="9" height="10" rx="2"></rect>`,
  ],
  embeddings: () => [squares(1, 4, [0, 3], 6, 9), squares(1, 4, [1, 2], 6, 19), squares(1, 4, [0, 1, 3], 6, 29)],
  transformer: () => squares(4, 4, [0, 4, 5, 8, 10, 12, 13, 15], 6),
  architectures: () => [
    path("M6 14L26 5M6 14L26 11M6 14L26 17M6 14L26 23"),
    dots([6, 14]),
    squares(1, 4, [1, 3], 6, 27),
  ],
  inference: () => [
    svg`<rect x="6" y="5" width="5" height="18" class="full"></rect>`,
    svg`<rect x="14" y="13" width="5" height="10"></rect>`,
    svg`<rect x="22" y="17" width="5" height="6"></rect>`,
    svg`<rect x="30" y="20" width="5" height="3"></rect>`,
  ],
  pretraining: () => [path("M5 4V24H41"), path("M7 6C10 18 18 20 40 21")],
  finetuning: () => [
    svg`<rect x="5" y="5" width="18" height="18" rx="1"></rect>`,
    svg`<rect x="28" y="5" width="4" height="18" class="full"></rect>`,
    svg`<rect x="34" y="5" width="9" height="4" class="full"></rect>`,
  ],
  safety: () => [path("M22 4L34 8V14C34 20 29 23 22 25C15 23 10 20 10 14V8Z"), path("M16 14L21 18L28 10")],
  systems: () => squares(5, 3, [6, 7], 8),
  context: () => [
    svg`<rect x="4" y="4" width="13" height="9" rx="1" class="full"></rect>`,
    svg`<rect x="4" y="16" width="13" height="9" rx="1"></rect>`,
    path("M18 8L30 13M18 20L30 15"),
    dots([33, 14]),
  ],
  evaluation: () => [path("M6 8H30M6 5V11M30 5V11M16 20H40M16 17V23M40 17V23"), dots([18, 8], [28, 20])],
  inside: () => [path("M6 22L18 8L34 20M18 8L38 6M6 22L34 20"), dots([6, 22], [18, 8], [34, 20], [38, 6])],
  frontier: () => [path("M14 14a6 6 0 1 1 6 6"), path("M20 20L24 17M20 20L24 23M20 20H40"), dots([6, 14])],
};

/** @param {string} chapter */
export const glyph = (chapter) =>
  html`<svg class="glyph" viewBox="0 0 44 28" width="44" height="28" aria-hidden="true">
    ${DRAWN[chapter]?.() ?? nothing}</svg>`;
