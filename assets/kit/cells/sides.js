// @ts-check
/**
 * What stands around a matrix and upon it: names of rows at its left and right, of columns above and below, frames of
 * some of its cells, and numbers written in them.
 *
 * @import { TemplateResult } from "lit-html"
 *
 * @typedef {object} Name
 * @property {number} at the row or the column
 * @property {string} text
 * @property {string} [className] ink, dim, b, m for the fixed-width face, prob for the selected one
 * @property {number} [aside] pixels further away from the matrix
 * @property {() => void} [select] what a click on it does; the keyboard has another way there
 *
 * @typedef {object} Mark a box around some cells
 * @property {number} [row] its first; all rows if left out
 * @property {number} [rows]
 * @property {number} [column] its first; all columns if left out
 * @property {number} [columns]
 * @property {string} className
 *
 * @typedef {object} Sided
 * @property {TemplateResult} content the matrix, of just this size
 * @property {number} rows
 * @property {number} columns
 * @property {number} width of the matrix in pixels
 * @property {number} height
 * @property {{ left?: number, right?: number, top?: number, bottom?: number }} margin pixels for the names
 * @property {Name[]} [left]
 * @property {Name[]} [right]
 * @property {Name[]} [top] upright, where `upright` is said
 * @property {Name[]} [bottom]
 * @property {boolean} [upright]
 * @property {boolean} [slanted] names above rise to the right
 * @property {Mark[]} [marks]
 * @property {(row: number, column: number) => { text: string, fill: string } | null} [written] in the cell
 */
import { html, nothing, styleMap, svg } from "../../vendor/lit.js";

const GAP = 7;
/** Half the height of a digit: what brings a line of text to the middle of its row. */
const MIDDLE = 4;

/** @param {Sided} options */
export function sided(options) {
  const { content, width, height, margin, marks = [] } = options;
  const { left = 0, right = 0, top = 0, bottom = 0 } = margin;
  const [whole, tall] = [left + width + right, top + height + bottom];
  const style = styleMap({ width: `${whole}px`, height: `${tall}px`, "--left": `${left}px`, "--top": `${top}px` });
  return html`
    <div class="sided" style=${style}>
      <div class="inside">${content}${marks.map((mark) => box(mark, options))}</div>
      <svg class="names" width=${whole} height=${tall} aria-hidden="true">
        ${names(options, left, top)} ${options.written ? numbers(options, left, top) : nothing}
      </svg>
    </div>`;
}

/**
 * @param {Mark} mark
 * @param {Sided} options
 */
function box({ row, rows = 1, column, columns = 1, className }, options) {
  const [cellWidth, cellHeight] = [options.width / options.columns, options.height / options.rows];
  const place = {
    left: `${(column ?? 0) * cellWidth}px`,
    top: `${(row ?? 0) * cellHeight}px`,
    width: `${column === undefined ? options.width : columns * cellWidth}px`,
    height: `${row === undefined ? options.height : rows * cellHeight}px`,
  };
  return html`<i class="box ${className}" style=${styleMap(place)}></i>`;
}

/**
 * @param {Sided} options
 * @param {number} x of the matrix
 * @param {number} y
 */
function names(options, x, y) {
  const { rows, columns, width, height, left = [], right = [], top = [], bottom = [], upright, slanted } = options;
  const across = (/** @type {Name} */ { at }) => x + ((at + 0.5) * width) / columns;
  const down = (/** @type {Name} */ { at }) => y + ((at + 0.5) * height) / rows + MIDDLE;
  const away = (/** @type {Name} */ { aside = 0 }) => GAP + aside;
  return svg`
    ${left.map((name) => written(name, x - away(name), down(name), "end"))}
    ${right.map((name) => written(name, x + width + away(name), down(name), "start"))}
    ${top.map((name) =>
      upright || slanted
        ? standing(name, across(name) + (upright ? MIDDLE : 2), y - away(name), upright ? -90 : -45)
        : written(name, across(name), y - away(name), "middle"),
    )}
    ${bottom.map((name) => written(name, across(name), y + height + away(name) + 2 * MIDDLE, "middle"))}`;
}

/**
 * @param {Name} name
 * @param {number} x
 * @param {number} y
 * @param {"start" | "middle" | "end"} anchor
 */
const written = (name, x, y, anchor) =>
  svg`<text class=${kind(name)} x=${x} y=${y} text-anchor=${anchor}
    @click=${name.select ?? nothing}>${name.text}</text>`;

/** @param {Name} name */
const kind = ({ className = "", select }) => (select ? `${className} press` : className);

/**
 * @param {Name} name
 * @param {number} x
 * @param {number} y
 * @param {number} turn in degrees
 */
const standing = (name, x, y, turn) =>
  svg`<text class=${kind(name)} transform="translate(${x} ${y}) rotate(${turn})"
    @click=${name.select ?? nothing}>${name.text}</text>`;

/**
 * @param {Sided} options
 * @param {number} x of the matrix
 * @param {number} y
 */
function numbers({ rows, columns, width, height, written }, x, y) {
  const cells = Array.from({ length: rows * columns }, (_, at) => [Math.floor(at / columns), at % columns]);
  return cells.map(([row, column]) => {
    const cell = written?.(row, column);
    if (!cell) return nothing;
    const place = { x: x + ((column + 0.5) * width) / columns, y: y + ((row + 0.5) * height) / rows + MIDDLE };
    return svg`<text x=${place.x} y=${place.y} text-anchor="middle" style="fill:${cell.fill}">${cell.text}</text>`;
  });
}
