// @ts-check
/**
 * The longest patches taken away, against as many others drawn at random.
 *
 * @import { PatchesRemoved } from "../../../types/frontier"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 * @import { Brought } from "../../../kit/pictures/own_picture.js"
 *
 * @typedef {{ patch: number | null, image: HTMLImageElement } & Brought} Kept
 */
import { control } from "../../../kit/controls/declared.js";
import { intervals } from "../../../kit/drawing/intervals.js";
import { legend } from "../../../kit/drawing/legend.js";
import { counted, decimal, precise } from "../../../kit/numbers/format.js";
import { loadedPicture } from "../../../kit/pictures/loaded.js";
import { cellOf, shadedPicture } from "../../../kit/pictures/shaded.js";
import { max, mean, min } from "../../../vendor/d3.js";
import { html } from "../../../vendor/lit.js";
import { pictures } from "./pictures.js";

const LARGEST = 448;

/** @type {View<PatchesRemoved, Kept>} */
export function removed(data, ctx) {
  const image = loadedPicture(data.image, ctx);
  const width = Math.min(LARGEST, ctx.width > 700 ? Math.floor((ctx.width - 36) / 2) : ctx.width);
  const shown = (/** @type {number[]} */ chosen, /** @type {string} */ colour, /** @type {string} */ title) => html`
    <figure>
      <figcaption class="sub3">${title}</figcaption>
      ${shadedPicture({
        ...{ data, image, width, asked: null, strength: 1, colour },
        share: (at) => Number(chosen.includes(at)),
        label: title,
        told: ({ row, column }) => told(data, row * data.grid[1] + column),
      })}
    </figure>`;
  return html`
    ${pictures(data, ctx)}
    <div class="settings-row">
      ${control(ctx, "depth", {
        as: "slider",
        own: data.depth,
        most: data.n_layers,
        format: (at) => (at ? `${at} of ${data.n_layers}` : "embedding"),
      })}
      ${control(ctx, "count")} ${control(ctx, "draws")}
    </div>
    <p class="readout lead">${said(data)}</p>
    ${rowsOf(ctx, "CLS, the vector of the whole picture", data.cls, data.placebo_cls)}
    ${rowsOf(ctx, "The patches that were left, mean", data.others, data.placebo_others)}
    <div class="pair-of-pictures">
      ${shown(data.chosen, "neg", `The ${counted(data.chosen.length, "longest patch", "longest patches")}`)}
      ${shown(data.example, "pos", "As many at random, the first draw")}
    </div>
    ${legend([
      [{ color: "neg" }, "longest"],
      [{ color: "pos" }, "random"],
    ])}`;
}

/** @param {PatchesRemoved} data @returns {Row[]} */
export const rows = (data) => [
  { what: "longest", cls: data.cls, others: data.others },
  ...data.placebo_cls.map((cls, at) => ({ what: `random ${at + 1}`, cls, others: data.placebo_others[at] })),
];

/**
 * @param {ViewContext<any>} ctx
 * @param {string} title
 * @param {number} longest
 * @param {number[]} placebo
 */
function rowsOf(ctx, title, longest, placebo) {
  const [least, most] = [min(placebo) ?? 0, max(placebo) ?? 0];
  return html`
    <h3 class="sub3">${title} <small>1 − cosine of the final states</small></h3>
    ${intervals({
      rows: [
        { name: "longest", value: longest, low: null, high: null, words: precise(longest), color: "neg" },
        {
          name: "random",
          value: mean(placebo) ?? 0,
          low: least,
          high: most,
          words: `${precise(mean(placebo) ?? 0)}, ${precise(least)} to ${precise(most)}`,
          color: "pos",
          hollow: true,
        },
      ],
      width: Math.min(760, ctx.width),
      domain: [0, Math.max(longest, most) * 1.05 || 1],
      format: precise,
      title: "change: 1 − cosine",
      label: `${title}: change without the longest patches, and without random ones`,
    })}`;
}

/** @param {PatchesRemoved} data */
function said(data) {
  const more = data.placebo_cls.filter((each) => each < data.cls).length;
  const where = data.depth ? `after block ${data.depth}` : "at the embedding";
  return html`Taken away ${where}, the ${counted(data.chosen.length, "longest patch", "longest patches")} turn the
    vector of the whole picture (CLS) by <b>${precise(data.cls)}</b> (1 − cosine). That is more than ${more} of
    ${counted(data.placebo_cls.length, "random draw")} of as many patches, whose mean is
    ${precise(mean(data.placebo_cls) ?? 0)}. This is one picture.`;
}

/** @param {PatchesRemoved} data @param {number} at */
function told(data, at) {
  const { row, column } = cellOf(data, at);
  return {
    title: `row ${row + 1}, column ${column + 1}`,
    details: /** @type {[string, string][]} */ ([["norm", decimal(data.norms.a[at], 2)]]),
  };
}
