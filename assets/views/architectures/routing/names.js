// @ts-check
/**
 * Layers, experts and tokens named around the matrix; a click on a name selects what it names.
 *
 * @import { RoutingMatrix } from "../../../types/architectures"
 * @import { Name } from "../../../kit/cells/sides.js"
 * @import { ViewContext } from "../../../kit/view"
 * @import { Bands } from "./bands.js"
 * @import { Chosen } from "./routes.js"
 *
 * @typedef {{ chosen: Chosen, bands: Bands }} Where
 */
import { readable } from "../../../kit/drawing/readable.js";
import { cut, tokenText } from "../../../kit/text/tokens.js";
import { shownRows } from "./bands.js";

/** Pixels that a slanted name takes, and one beside its row. */
const SLANTED = 16.5;
const LINE = 12;
/** Characters of a token. */
const MOST = 10;
/** Pixels that the number of an expert takes above its column, and the word "Block" above a band. */
const NUMBER = 9;
const WORD = 44;

/**
 * @param {RoutingMatrix} data
 * @param {ViewContext<any>} ctx
 * @param {Where} where
 * @returns {{ left: Name[], top: Name[] }}
 */
export function namesBeside(data, ctx, where) {
  const { chosen, bands } = where;
  const [size, room] = bands.wide ? [bands.cell.width, SLANTED] : [bands.cell.height, LINE];
  const tokens = readable(data.n, size, chosen.position, room).map((at) => tokenName(ctx, at, at === chosen.position));
  if (bands.wide) return { left: shownRows(bands).flatMap((row) => lyingBand(data, ctx, where, row)), top: tokens };
  return { left: tokens, top: shownRows(bands).flatMap((row) => standingBand(data, ctx, where, row)) };
}

/**
 * @param {ViewContext<any>} ctx
 * @param {number} position
 * @param {boolean} chosen
 * @returns {Name}
 */
function tokenName({ run, select }, position, chosen) {
  const written = position >= run.nPrompt;
  return {
    at: position,
    text: cut(tokenText(run.ids[position]), MOST),
    className: chosen ? "m prob" : written ? "m written" : "m",
    select: () => select({ position, expert: null }),
  };
}

/**
 * @param {RoutingMatrix} data
 * @param {ViewContext<any>} ctx
 * @param {Where} where
 * @param {number} row
 * @returns {Name[]}
 */
function lyingBand(data, ctx, { chosen, bands }, row) {
  const start = (row - bands.first) * bands.band;
  const on = row === chosen.row;
  const numbers = readable(bands.experts, bands.cell.height, on ? chosen.expert : -1, LINE);
  const name = layerName(data, ctx, { row, on, word: "Block " });
  return [
    { ...name, at: start, aside: 30 },
    ...numbers.map((expert) => expertName(data, ctx, { row, expert, start, on: on && expert === chosen.expert })),
  ];
}

/**
 * @param {RoutingMatrix} data
 * @param {ViewContext<any>} ctx
 * @param {Where} where
 * @param {number} row
 * @returns {Name[]}
 */
function standingBand(data, ctx, { chosen, bands }, row) {
  const { experts, cell } = bands;
  const start = (row - bands.first) * bands.band;
  const on = row === chosen.row;
  const name = layerName(data, ctx, { row, on, word: experts * cell.width > WORD ? "Block " : "L" });
  const numbers = cell.width >= NUMBER ? readable(experts, cell.width, -1, NUMBER) : [0, experts - 1];
  return [
    { ...name, at: start + (experts - 1) / 2, aside: 18 },
    ...numbers.map((expert) => expertName(data, ctx, { row, expert, start, on: on && expert === chosen.expert })),
  ];
}

/**
 * @param {RoutingMatrix} data
 * @param {ViewContext<any>} ctx
 * @param {{ row: number, on: boolean, word: string }} layer
 */
function layerName(data, { select }, { row, on, word }) {
  const layer = data.layers[row];
  return {
    text: `${word}${layer}`,
    className: on ? "layer chosen" : "layer",
    select: () => select({ layer, expert: null }),
  };
}

/**
 * @param {RoutingMatrix} data
 * @param {ViewContext<any>} ctx
 * @param {{ row: number, expert: number, start: number, on: boolean }} place
 */
const expertName = (data, { select }, { row, expert, start, on }) => ({
  at: start + expert,
  text: String(expert),
  className: on ? "b ink" : "dim",
  select: () => select({ layer: data.layers[row], expert }),
});
