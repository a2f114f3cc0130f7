// @ts-check
/**
 * How long each patch's stream is after every block.
 *
 * @import { PatchNorms } from "../../../types/frontier"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 * @import { Brought } from "../../../kit/pictures/own_picture.js"
 *
 * @typedef {{ patch: number | null, image: HTMLImageElement } & Brought} Kept
 */
import { plot } from "../../../kit/chart/plot.js";
import { control } from "../../../kit/controls/declared.js";
import { decimal, percent, whole } from "../../../kit/numbers/format.js";
import { loadedPicture } from "../../../kit/pictures/loaded.js";
import { cellOf, shadedPicture } from "../../../kit/pictures/shaded.js";
import { max, median, min, range } from "../../../vendor/d3.js";
import { html } from "../../../vendor/lit.js";
import { pictures } from "./pictures.js";

const LARGEST = 448;
const HEIGHT = 300;

/** @type {View<PatchNorms, Kept>} */
export function norms(data, ctx) {
  const image = loadedPicture(data.image, ctx, { patch: null });
  const depth = depthOf(data, ctx);
  const times = Number(ctx.controls.times ?? 2);
  const lengths = patchesAt(data, depth);
  const [least, most] = [min(lengths) ?? 0, max(lengths) ?? 1];
  const patch = ctx.kept.patch ?? null;
  const width = Math.min(LARGEST, ctx.width > 700 ? Math.floor((ctx.width - 36) / 2) : ctx.width);
  const last = data.norms.shape[0] - 1;
  return html`
    ${pictures(data, ctx)}
    <p class="readout lead">${said(data, times)}</p>
    <div class="settings-row">
      ${control(ctx, "depth", {
        as: "slider",
        live: true,
        own: data.depth,
        value: depth,
        most: last,
        format: (at) => (at ? `${at} of ${last}` : "embedding"),
      })}
      ${control(ctx, "times", { format: (value) => `${value} × median` })}
    </div>
    <div class="pair-of-pictures">
      <figure>
        <figcaption class="sub3">Norms <small>from ${decimal(least, 1)}, uncoloured, to ${decimal(most, 1)}</small>
        </figcaption>
        ${shadedPicture({
          ...{ data, image, width, asked: patch, strength: 1, colour: "prob" },
          share: (at) => (lengths[at] - least) / (most - least || 1),
          label: `Norm of each patch after block ${depth}; arrow keys choose one`,
          select: ({ row, column }) => ctx.keep({ patch: row * data.grid[1] + column }),
          told: ({ row, column }) => told(data, depth, row * data.grid[1] + column),
        })}
      </figure>
      <figure>
        <figcaption class="sub3">Patches longer than ${times} × the median</figcaption>
        ${shadedPicture({
          ...{ data, image, width, asked: patch, strength: 1, colour: "neg" },
          share: (at) => Number(lengths[at] > times * (median(lengths) ?? 0)),
          label: `Patches longer than ${times} times the median after block ${depth}`,
          told: ({ row, column }) => told(data, depth, row * data.grid[1] + column),
        })}
      </figure>
    </div>
    ${byDepth(data, depth, patch, ctx)}`;
}

/** @param {PatchNorms} data @returns {Row[]} */
export const rows = (data) =>
  range(data.norms.shape[0]).flatMap((depth) =>
    patchesAt(data, depth).map((norm, at) => ({
      depth,
      row: Math.floor(at / data.grid[1]) + 1,
      column: (at % data.grid[1]) + 1,
      norm,
    })),
  );

/** @param {PatchNorms} data @param {ViewContext<any>} ctx */
function depthOf(data, ctx) {
  const asked = ctx.controls.depth;
  const none = asked === undefined || asked === null || asked === "";
  return none ? data.depth : Math.min(data.norms.shape[0] - 1, Number(asked));
}

/** Without CLS, which stands first. @param {PatchNorms} data @param {number} depth */
function patchesAt(data, depth) {
  const [, places] = data.norms.shape;
  return Array.from(data.norms.a.slice(depth * places + 1, (depth + 1) * places));
}

/** @param {PatchNorms} data @param {number} times */
function said(data, times) {
  const last = data.norms.shape[0] - 1;
  const ratio = (/** @type {number} */ depth) => {
    const lengths = patchesAt(data, depth);
    return (max(lengths) ?? 0) / (median(lengths) ?? 1);
  };
  const lengths = patchesAt(data, last);
  const long = lengths.filter((each) => each > times * (median(lengths) ?? 0)).length;
  const depths = range(1, last + 1);
  const furthest = depths.reduce((best, at) => (ratio(at) > ratio(best) ? at : best), 1);
  const found = patchesAt(data, furthest).filter((each, _, all) => each > times * (median(all) ?? 0)).length;
  return html`After the last block the longest patch is ${decimal(ratio(last), 1)} times as long as the median one. The
    two are furthest apart after block ${furthest}: ${decimal(ratio(furthest), 1)} times. There <b>${whole(found)}</b>
    of ${whole(lengths.length)} patches (${percent(found / lengths.length)}) are longer than ${times} times the median,
    and <b>${whole(long)}</b> after the last block.`;
}

/** @param {PatchNorms} data @param {number} depth @param {number} at */
function told(data, depth, at) {
  const { row, column } = cellOf(data, at);
  const lengths = patchesAt(data, depth);
  return {
    title: `row ${row + 1}, column ${column + 1}`,
    details: /** @type {[string, string][]} */ ([
      ["norm", decimal(lengths[at], 2)],
      ["of the median", `${decimal(lengths[at] / (median(lengths) ?? 1), 2)} times`],
    ]),
  };
}

/** @param {PatchNorms} data @param {number} depth @param {number | null} patch @param {ViewContext<any>} ctx */
function byDepth(data, depth, patch, ctx) {
  const depths = range(data.norms.shape[0]);
  const of = (/** @type {(lengths: number[]) => number | undefined} */ what) =>
    depths.map((at) => what(patchesAt(data, at)) ?? 0);
  const traces = [
    { name: "longest patch", y: of((each) => max(each)), color: "neg" },
    { name: "median patch", y: of((each) => median(each)), color: "prob" },
    { name: "shortest patch", y: of((each) => min(each)), color: "pos" },
    { name: "CLS", y: depths.map((at) => data.norms.a[at * data.norms.shape[1]]), color: "ink3", dash: "5px,4px" },
    patch !== null && { name: "chosen patch", y: of((each) => each[patch]), color: "ink" },
  ];
  return html`
    <h3 class="sub3">Norms by depth</h3>
    ${plot({
      label: "Norms of the stream by depth: longest, median and shortest patch, and CLS",
      height: HEIGHT,
      traces: traces.flatMap((each) => (each ? [{ ...each, x: depths }] : [])),
      x: { title: "after block" },
      y: { title: "norm" },
      marks: [{ x: depth, color: "ink3", dash: "dot" }],
      onClick: (point) => point && ctx.control("depth", point.index),
    })}`;
}
