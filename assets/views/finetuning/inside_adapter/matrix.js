// @ts-check
/**
 * One matrix and its update: pictures, singular values, angles.
 *
 * @import { AdapterMatrix, AdapterPicture } from "../../../types/finetuning"
 * @import { Row, View } from "../../../kit/view"
 */
import { matrix as cells } from "../../../kit/cells/matrix.js";
import { row } from "../../../kit/cells/tensor.js";
import { plot } from "../../../kit/chart/plot.js";
import { ramp } from "../../../kit/colour/ramp.js";
import { control } from "../../../kit/controls/declared.js";
import { counted, decimal, percent, scientific } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { range } from "../../../vendor/d3_first.js";
import { html } from "../../../vendor/lit.js";
import { byBlock, chooseAdapter } from "./parts.js";

const HEIGHT = 280;
/** Pixels of a picture's longest side, and of a side of few numbers. */
const SIDE = 150;
const THIN = 34;

/** @type {View<AdapterMatrix>} */
export function matrix(data, ctx) {
  const top = data.nearest.shape[0];
  const strange = Array.from(data.nearest.a).filter((each) => Number(each) < data.bound).length;
  return html`
    <div class="settings-row">
      ${chooseAdapter(data, ctx)} ${control(ctx, "block", { most: data.blocks - 1, value: data.block })}
      ${control(ctx, "role", { as: "select" })}
    </div>
    <p class="readout lead">The update has the norm <b>${decimal(norm(data, "s B A"), 2)}</b>, W has
      <b>${decimal(norm(data, "W"), 1)}</b>. Its effective rank is <b>${decimal(data.effective_rank, 2)}</b> of
      ${data.r}. Of the first ${top} directions of W + s B A, <b>${strange}</b>
      ${strange === 1 ? "is an intruder" : "are intruders"}.</p>
    <div class="small-multiples">${data.pictures.map((each) => drawn(each, ctx.width))}</div>
    <p class="hint">Each cell is the root mean square of a block of numbers; each picture has a scale of its own.</p>
    <h3 class="sub3">Singular values</h3>
    ${plot({
      label: "Singular values of W and of the update, the largest first",
      height: HEIGHT,
      traces: [
        { x: places(data.base), y: Array.from(data.base.a), mode: "lines", color: "river", name: "W" },
        { x: places(data.values), y: Array.from(data.values.a), mode: "markers", color: "prob", name: "s B A" },
      ],
      x: { title: "singular value, largest first", type: "log" },
      y: { title: "value", rangemode: "tozero" },
    })}
    <h3 class="sub3">The update’s directions among W’s first ${top}</h3>
    ${byBlock({
      label: `Cosines of the update’s ${data.r} directions to the first ${top} of W, without sign`,
      names: range(data.r).map((at) => String(at + 1)),
      columns: top,
      first: 1,
      width: ctx.width,
      top: 1,
      of: [data],
      value: (direction, at) => Number(row(data.cosines, direction)[at]),
      told: ({ row: direction, column }) => ({
        title: `direction ${direction + 1} of s B A, ${column + 1} of W`,
        details: [["cosine", decimal(row(data.cosines, direction)[column], 3)]],
      }),
    })}
    ${table({
      label: "Directions of the update",
      columns: [
        { name: "direction", number: true, cell: ({ at }) => at + 1 },
        { name: "singular value", number: true, cell: ({ value }) => decimal(value, 3) },
        { name: "share of the square", number: true, cell: ({ square }) => percent(square) },
        { name: `within W’s first ${top}`, number: true, cell: ({ within }) => percent(within) },
      ],
      rows: directions(data),
    })}
    <p class="hint">A direction at random lies within the first ${top} of W by ${percent(data.chance)}. An intruder is
      one of the first directions of W + s B A with no cosine of ${data.bound} or more to any of W’s (Shuttleworth et
      al. 2024). Of the first ${top}, the least resembling one has a cosine of
      ${decimal(Math.min(...Array.from(data.nearest.a, Number)), 3)} to its nearest.</p>`;
}

/** @param {AdapterMatrix} data @param {string} name */
const norm = (data, name) => data.pictures.find((each) => each.name === name)?.norm ?? Number.NaN;

/** @param {{ a: ArrayLike<unknown> }} values */
const places = ({ a }) => range(1, a.length + 1);

/** @param {AdapterPicture} shown @param {number} room */
function drawn({ name, shape, cells: of, norm }, room) {
  const [rows, columns] = of.shape;
  const most = Math.min(SIDE, room / 2);
  const longest = Math.max(...shape);
  const side = (/** @type {number} */ size) => Math.max(THIN, (most * size) / longest);
  const top = Math.max(...Array.from(of.a, Number)) || 1;
  const colour = ramp("prob");
  return html`
    <figure>
      <figcaption>${name}, ${shape[0]} × ${shape[1]}</figcaption>
      ${cells({
        rows,
        columns,
        width: side(shape[1]),
        height: side(shape[0]),
        label: `${name}: ${counted(rows, "row")} and ${counted(columns, "column")} of cells`,
        of: [of],
        pixels: true,
        colour: (at, column) => colour((0.9 * Number(row(of, at)[column])) / top),
        told: ({ row: at, column }) => ({
          title: `${name}, cell ${at}, ${column}`,
          details: [["root mean square", scientific(Number(row(of, at)[column]))]],
        }),
      })}
      <p class="hint">norm ${decimal(norm, 2)}</p>
    </figure>`;
}

/** @param {AdapterMatrix} data */
function directions(data) {
  const values = Array.from(data.values.a, Number);
  const all = values.reduce((sum, each) => sum + each ** 2, 0);
  return values.map((value, at) => ({
    at,
    value,
    square: all ? value ** 2 / all : 0,
    within: Array.from(row(data.cosines, at), Number).reduce((sum, each) => sum + each ** 2, 0),
  }));
}

/** @param {AdapterMatrix} data @returns {Row[]} */
export const rows = (data) => directions(data).map(({ at, ...rest }) => ({ direction: at + 1, ...rest }));
