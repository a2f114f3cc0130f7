// @ts-check
/**
 * The ink of the matrix' cells, and what is drawn on them: the unchanged run's choices, the selected token's strands.
 *
 * @import { RoutingMatrix } from "../../../types/architectures"
 * @import { Colour } from "../../../kit/colour/theme"
 * @import { Cell } from "../../../kit/cells/matrix.js"
 * @import { Bands } from "./bands.js"
 * @import { OtherRoutes } from "./routes.js"
 * @import { Visit } from "./wording.js"
 *
 * @typedef {{ data: RoutingMatrix, other: OtherRoutes, bands: Bands, here: number }} Painting
 */
import { contrast, css, mix, rgb, rgbs } from "../../../kit/colour/theme.js";
import { greatest } from "../../../vendor/d3.js";
import { cellOf, cornerOf, placeOf, shownRows } from "./bands.js";
import { partsOf, visitsOf, visitsThere, weightOf } from "./routes.js";
import { share } from "./wording.js";

/** A visit is seen, however small. */
const LEAST = 0.08;
/** Pixels of a cell that holds an outline, a strand, a number. */
const ROOM = { outline: 3, strand: 9, number: { width: 27, height: 11 } };

/**
 * The colour of each cell: by the expert's part, violet for the selected token.
 * @param {RoutingMatrix} data
 * @param {Bands} bands
 * @param {number} here
 * @returns {(row: number, column: number) => Colour | null}
 */
export function inkOf(data, bands, here) {
  const [own, others] = [shade(true), shade(false)];
  const ground = { own: rgb("surface"), others: rgb("sunken"), between: bands.wide ? rgb("prob-soft") : null };
  /** @type {Map<number, number>} */
  const parts = new Map();
  const key = (/** @type {Cell} */ { row, column }) => row * bands.columns + column;
  for (const row of shownRows(bands))
    for (let token = 0; token < data.n; token++)
      for (const [expert, part] of partsOf(data, row, token))
        parts.set(key(cellOf(bands, { row, expert, token })), part);
  return (row, column) => {
    const { expert, token } = placeOf(bands, { row, column });
    const mine = token === here;
    if (expert >= bands.experts) return mine ? ground.between : null;
    const part = parts.get(key({ row, column }));
    if (part === undefined) return mine ? ground.own : ground.others;
    return (mine ? own : others)(part);
  };
}

/**
 * @param {boolean} mine
 * @returns {(part: number) => Colour}
 */
function shade(mine) {
  const [from, to] = mine ? [rgb("prob-soft"), rgb("prob")] : [rgb("sunken"), rgb("ink")];
  return (part) => mix(from, to, LEAST + (1 - LEAST) * Math.max(0, Math.min(1, part)));
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Painting} painting
 */
export function painted(context, painting) {
  const { width, height } = painting.bands.cell;
  if (Math.min(width, height) >= ROOM.outline) outlines(context, painting);
  if (!painting.bands.wide) return;
  if (width >= ROOM.strand) strands(context, painting);
  ownCells(context, painting);
}

/**
 * Around what the unchanged run chose and this one does not.
 * @param {CanvasRenderingContext2D} context
 * @param {Painting} painting
 */
function outlines(context, { data, other, bands }) {
  if (!other.there) return;
  const { width, height } = bands.cell;
  context.strokeStyle = css("ink2");
  context.lineWidth = 1.25;
  for (const row of shownRows(bands))
    for (let token = 0; token < other.shared; token++) {
      const now = visitsOf(data, row, token);
      for (const [expert] of visitsThere(other, row, token) ?? []) {
        if (weightOf(now, expert)) continue;
        const { x, y } = cornerOf(bands, { row, expert, token });
        context.strokeRect(x + 1.2, y + 1.2, Math.max(1, width - 3.2), Math.max(1, height - 2.8));
      }
    }
}

/**
 * The selected token's way: parted in a layer, joined at a dot between two, as thick as the cells are inked.
 * @param {CanvasRenderingContext2D} context
 * @param {Painting} painting
 */
function strands(context, { data, bands, here }) {
  const middle = (here + 0.5) * bands.cell.width;
  const gap = (bands.band - bands.experts) * bands.cell.height;
  context.strokeStyle = css("prob");
  context.fillStyle = css("prob");
  for (const row of shownRows(bands)) {
    const last = row === bands.first + bands.shown - 1;
    const top = cornerOf(bands, { row, expert: 0, token: here }).y;
    const bottom = top + bands.experts * bands.cell.height;
    const joined = { above: row > bands.first ? top - gap / 2 : top, below: last ? bottom : bottom + gap / 2 };
    context.globalAlpha = 0.4;
    fan(context, partsOf(data, row, here), { middle, top, bottom, ...joined, width: bands.cell.width });
    context.globalAlpha = 1;
    if (last) continue;
    context.beginPath();
    context.arc(middle, joined.below, 3.2, 0, 7);
    context.fill();
  }
}

/**
 * The strands of one layer.
 * @param {CanvasRenderingContext2D} context
 * @param {Visit[]} parts
 * @param {{ middle: number, above: number, top: number, bottom: number, below: number, width: number }} place
 */
function fan(context, parts, { middle, above, top, bottom, below, width }) {
  const step = Math.min(width * 0.4, 12) / Math.max(1, parts.length - 1);
  parts.forEach(([, part], at) => {
    const x = middle + (parts.length > 1 ? (at - (parts.length - 1) / 2) * step : 0);
    context.lineWidth = 0.8 + width * 0.28 * Math.max(0, part);
    context.beginPath();
    context.moveTo(middle, above);
    context.bezierCurveTo(middle, above + 8, x, above + 5, x, top + 3);
    context.lineTo(x, bottom - 3);
    context.bezierCurveTo(x, below - 5, middle, below - 8, middle, below);
    context.stroke();
  });
}

/**
 * The selected token's cells lie on its strands, with their numbers where there is room.
 * @param {CanvasRenderingContext2D} context
 * @param {Painting} painting
 */
function ownCells(context, { data, bands, here }) {
  const { width, height } = bands.cell;
  const numbered = width >= ROOM.number.width && height >= ROOM.number.height;
  const inks = ["ink", "surface", "on-prob"].map(rgb);
  const ground = shade(true);
  context.font = `600 11px ${css("sans")}`;
  context.textAlign = "center";
  for (const row of shownRows(bands))
    for (const [expert, part] of partsOf(data, row, here)) {
      const { x, y } = cornerOf(bands, { row, expert, token: here });
      const fill = ground(part);
      context.fillStyle = rgbs(fill);
      context.fillRect(x, y, width - 0.5, height - 0.5);
      if (!numbered) continue;
      context.fillStyle = rgbs(greatest(inks, (ink) => contrast(fill, ink)) ?? inks[0]);
      context.fillText(share(part), x + width / 2, y + height / 2 + 4);
    }
}
