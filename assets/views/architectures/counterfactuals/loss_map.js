// @ts-check
/**
 * The loss added by each forbidden expert: a row a block, a column an expert.
 *
 * @import { ForbiddenExperts } from "../../../types/architectures"
 * @import { ViewContext } from "../../../kit/view"
 * @import { Line } from "../../../kit/tooltip.js"
 * @import { Place } from "./losses.js"
 * @import { Kept } from "./over_texts.js"
 */

import { matrix } from "../../../kit/cells/matrix.js";
import { contrast, css, mix, rgb, rgbs } from "../../../kit/colour/theme.js";
import { decimal, percent } from "../../../kit/numbers/format.js";
import { max, range } from "../../../vendor/d3.js";
import { isKept, pickExpert, toggle } from "./changes.js";
import { addedOf, change, forbidding, isSure, nameOf, worstOf } from "./losses.js";

const ROW = { least: 22, most: 40 };
const MARGIN = { top: 22, right: 0, bottom: 0, left: 58 };
/** A cell of at least so many pixels holds its number, and with three digits. */
const NUMBER = 30;
const ROOMY = 48;
/** Pixels from one expert's name to the next. */
const APART = 24;
/** The darkest cell keeps some of the ground. */
const DARKEST = 0.92;

/** @param {{ data: ForbiddenExperts, ctx: ViewContext<Kept>, place: Place | null, width: number }} options */
export function lossMap({ data, ctx, place, width }) {
  const [rows, columns] = [data.layers.length, data.n_experts];
  const inner = width - MARGIN.left;
  const forbidden = cells(data).filter((each) => isKept(ctx, forbidding(data, each)));
  return matrix({
    rows,
    columns,
    width: inner,
    height: rows * Math.max(ROW.least, Math.min(ROW.most, inner / columns)),
    margin: MARGIN,
    label:
      `Loss added by each of ${rows * columns} experts forbidden, blocks down and experts ` +
      "across; arrow keys walk, Enter forbids",
    colour: (row, column) => ground(data, { block: row, expert: column }),
    of: [data, ...forbidden.map((each) => forbidding(data, each))],
    selected: place && { row: place.block, column: place.expert },
    told: ({ row, column }) => told(data, ctx, { block: row, expert: column }),
    walked: ({ row, column }) => ctx.keep({ place: { block: row, expert: column } }),
    select: ({ row, column }) => forbid(data, ctx, { block: row, expert: column }),
    over: (context, cell) => {
      names(context, cell, data);
      for (const each of cells(data)) number(context, cell, data, each);
      for (const each of forbidden) strike(context, cell, each);
    },
  });
}

/** @param {ForbiddenExperts} data @returns {Place[]} */
const cells = (data) =>
  range(data.layers.length * data.n_experts).map((at) => ({
    block: Math.floor(at / data.n_experts),
    expert: at % data.n_experts,
  }));

/**
 * Puts it on the intervention stack, or takes it away; all panels follow.
 * @param {ForbiddenExperts} data
 * @param {ViewContext<Kept>} ctx
 * @param {Place} place
 */
function forbid(data, ctx, place) {
  if (!Number.isFinite(addedOf(data, place))) return;
  ctx.keep({ place });
  pickExpert(ctx, place.expert, { layer: data.layers[place.block] });
  toggle(ctx, forbidding(data, place), `${nameOf(data, place)} forbidden`);
}

/** @param {ForbiddenExperts} data @param {Place} place */
function ground(data, place) {
  const value = addedOf(data, place);
  if (!Number.isFinite(value)) return null;
  const share = Math.sqrt(Math.max(0, value) / Math.max(max(data.added.a) ?? 0, 1e-9));
  return mix(rgb("sunken"), rgb("ink"), share * DARKEST);
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {{ width: number, height: number }} cell
 * @param {ForbiddenExperts} data
 */
function names(context, { width, height }, data) {
  context.fillStyle = css("ink2");
  context.font = `12px ${css("sans")}`;
  context.textBaseline = "middle";
  context.textAlign = "left";
  data.layers.forEach((layer, row) => {
    context.fillText(`Block ${layer}`, -MARGIN.left, (row + 0.5) * height);
  });
  context.textAlign = "center";
  const step = Math.ceil(APART / width);
  for (const expert of range(0, data.n_experts, step)) {
    context.fillText(width > ROOMY ? `e${expert}` : String(expert), (expert + 0.5) * width, -11);
  }
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {{ width: number, height: number }} cell
 * @param {ForbiddenExperts} data
 * @param {Place} place
 */
function number(context, { width, height }, data, place) {
  const colour = ground(data, place);
  if (width < NUMBER) return;
  const [ink, surface] = ["ink", "surface"].map(rgb);
  const sure = isSure(data, place);
  context.font = `${sure ? 650 : 400} ${width < ROOMY ? 11 : 12}px ${css("sans")}`;
  context.fillStyle = colour ? rgbs(contrast(colour, ink) >= contrast(colour, surface) ? ink : surface) : css("ink3");
  const text = colour ? decimal(addedOf(data, place), width < ROOMY ? 2 : 3) : "–";
  context.fillText(text, (place.expert + 0.5) * width, (place.block + 0.5) * height + 0.5);
}

/** @param {CanvasRenderingContext2D} context @param {{ width: number, height: number }} cell @param {Place} place */
function strike(context, { width, height }, { block, expert }) {
  context.strokeStyle = css("prob");
  context.lineWidth = 3;
  context.strokeRect(expert * width + 2, block * height + 2, width - 4, height - 4);
}

/**
 * @param {ForbiddenExperts} data
 * @param {ViewContext<Kept>} ctx
 * @param {Place} place
 * @returns {{ title: string, details: Line[] }}
 */
function told(data, ctx, place) {
  const { name, value } = worstOf(data, place);
  if (!Number.isFinite(addedOf(data, place))) return { title: nameOf(data, place), details: [["", "not measured"]] };
  const [low, high] = [data.low, data.high].map((bound) => change(addedOf(data, place, bound)));
  const kept = isKept(ctx, forbidding(data, place));
  return {
    title: nameOf(data, place),
    details: [
      ["loss added, nats a token", change(addedOf(data, place))],
      ["95 % interval", low === high ? low : `${low} to ${high}`],
      ["tokens that use it", percent(addedOf(data, place, data.share))],
      [`largest, ${name}`, change(value)],
      ["press", kept ? "allow it again" : "forbid it in this run"],
    ],
  };
}
