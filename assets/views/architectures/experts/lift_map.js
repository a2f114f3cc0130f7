// @ts-check
/**
 * How much more than the passages a text takes of each expert: a row a block, a column an expert.
 *
 * @import { OwnText } from "../../../types/architectures"
 * @import { Chosen } from "./selection.js"
 */
import { matrix } from "../../../kit/cells/matrix.js";
import { diverging } from "../../../kit/colour/ramp.js";
import { contrast, css, rgb, rgbs } from "../../../kit/colour/theme.js";
import { range } from "../../../vendor/d3.js";
import { against, hundredths, load, times } from "./selection.js";

const ROW = { least: 22, most: 40 };
const MARGIN = { top: 22, right: 0, bottom: 0, left: 58 };
/** A cell of at least so many pixels holds its number. */
const NUMBER = 30;
/** Pixels from one expert's name to the next. */
const APART = 24;
/** So many doublings are the deepest colour, and how deep that is. */
const DOUBLINGS = 2;
const DEEPEST = 0.85;

/** @param {{ data: OwnText, chosen: Chosen, go: (to: Chosen) => void, width: number }} options */
export function liftMap({ data, chosen, go, width }) {
  const [rows, columns] = [data.layers.length, data.n_experts];
  const inner = width - MARGIN.left;
  return matrix({
    rows,
    columns,
    width: inner,
    height: rows * Math.max(ROW.least, Math.min(ROW.most, inner / columns)),
    margin: MARGIN,
    label:
      `Your text’s share of ${rows * columns} experts divided by all passages’ share, blocks down ` +
      "and experts across; arrow keys select",
    colour: (row, column) => ground(data, { block: row, expert: column }),
    of: [data],
    selected: { row: chosen.block, column: chosen.expert },
    select: ({ row, column }) => go({ block: row, expert: column }),
    told: ({ row, column }) => told(data, { block: row, expert: column }),
    over: (context, cell) => written(context, cell, data),
  });
}

/** @param {OwnText} data @param {Chosen} at */
const liftOf = (data, { block, expert }, of = data.own) =>
  against(of.a[block * data.n_experts + expert], load(data, { block, expert }));

/** @param {OwnText} data @param {Chosen} at */
function ground(data, at) {
  const doublings = Math.log2(Math.max(liftOf(data, at), 1e-9)) / DOUBLINGS;
  return diverging("neg", "pos", "sunken")(DEEPEST * Math.max(-1, Math.min(1, doublings)));
}

/** Whether the interval leaves out 1. @param {OwnText} data @param {Chosen} at */
export const isSure = (data, at) => liftOf(data, at, data.low) > 1 || liftOf(data, at, data.high) < 1;

/** @param {CanvasRenderingContext2D} context @param {{ width: number, height: number }} cell @param {OwnText} data */
function written(context, { width, height }, data) {
  context.textBaseline = "middle";
  context.fillStyle = css("ink2");
  context.font = `12px ${css("sans")}`;
  data.layers.forEach((layer, row) => {
    context.fillText(`Block ${layer}`, -MARGIN.left, (row + 0.5) * height);
  });
  context.textAlign = "center";
  for (const expert of range(0, data.n_experts, Math.ceil(APART / width))) {
    context.fillText(String(expert), (expert + 0.5) * width, -11);
  }
  if (width < NUMBER) return;
  const [ink, surface] = ["ink", "surface"].map(rgb);
  for (const block of range(data.layers.length)) {
    for (const expert of range(data.n_experts)) {
      const colour = ground(data, { block, expert });
      context.font = `${isSure(data, { block, expert }) ? 650 : 400} 12px ${css("sans")}`;
      context.fillStyle = rgbs(contrast(colour, ink) >= contrast(colour, surface) ? ink : surface);
      context.fillText(
        liftOf(data, { block, expert }).toFixed(1),
        (expert + 0.5) * width,
        (block + 0.5) * height + 0.5,
      );
    }
  }
}

/** @param {OwnText} data @param {Chosen} at */
function told(data, at) {
  const index = at.block * data.n_experts + at.expert;
  const [low, high] = [data.low, data.high].map((each) => liftOf(data, at, each));
  return {
    title: `Block ${data.layers[at.block]}, expert ${at.expert}`,
    details: /** @type {[string, string][]} */ ([
      ["your text", `${hundredths(data.own.a[index])} %`],
      ["all passages", `${hundredths(load(data, at))} %`],
      ["lift", times(liftOf(data, at))],
      ["95 % interval", Number.isFinite(low) ? `${times(low)} to ${times(high)}` : "too few tokens"],
    ]),
  };
}
