// @ts-check
/**
 * What each head of a vision transformer reads from a patch of a picture, and which patches end up alike.
 *
 * @import { PicturePatches } from "../../../types/architectures"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 * @import { Cell } from "../../../kit/cells/matrix"
 * @import { Brought } from "../../../kit/pictures/own_picture.js"
 *
 * @typedef {{ patch: number | null, image: HTMLImageElement, strength: number } & Brought} Kept the patch that is
 *   asked, none for CLS; the picture, once it is loaded; how strongly it is coloured over
 */
import { slider } from "../../../kit/controls/controls.js";
import { control } from "../../../kit/controls/declared.js";
import { headName, percent } from "../../../kit/numbers/format.js";
import { dropping, ownPicture } from "../../../kit/pictures/own_picture.js";
import { cellOf, shadedPicture } from "../../../kit/pictures/shaded.js";
import { max, mean, range, sum } from "../../../vendor/d3.js";
import { html } from "../../../vendor/lit.js";
import { alike, patchesOf, weight } from "./patch_weights.js";

const LARGEST = 448;
const HEAD = { most: 150, gap: 12, few: 3, narrow: 560 };
/** Cosine above which two patches are said to be alike. */
const ALIKE = 0.5;

/** @type {View<PicturePatches, Kept>} */
export function patches(data, ctx) {
  const image = loaded(data, ctx);
  const { strength = 1 } = ctx.kept;
  const dropped = dropping(data, ctx);
  const asked = ctx.kept.patch ?? null;
  const heads = range(data.pattern.shape[0]);
  const count = patchesOf(data);
  const read = range(count).map((key) => mean(heads, (head) => weight(data, { head, asked, key })) ?? 0);
  const width = Math.min(LARGEST, ctx.width > 700 ? Math.floor((ctx.width - 36) / 2) : ctx.width);
  return html`
    <div class="bar">
      <div class="chips">${data.pictures.map((name) => chip(data, ctx, name))}${ownPicture(data, ctx)}</div>
      <div class="asking">
        ${control(ctx, "layer", {
          own: data.layer,
          most: data.n_layers - 1,
          format: (layer) => `${layer} of ${data.n_layers - 1}`,
        })}
        ${slider({
          label: "Overlay",
          title: "How strong the overlay is; at 0 % the picture is unchanged",
          value: strength,
          least: 0,
          most: 1,
          step: 0.05,
          format: (value) => `${Math.round(100 * value)} %`,
          move: (value) => ctx.keep({ strength: value }),
        })}
        <button class="btn" type="button" aria-pressed=${asked === null}
          title="The extra token that stands for the whole picture"
          @click=${() => ctx.keep({ patch: null })}>Ask CLS</button>
      </div>
    </div>
    <p class="readout">${said(data, asked, read)}</p>
    <div class="pair-of-pictures" @dragover=${dropped.over} @drop=${dropped.drop}>
      <figure>
        <figcaption class="sub3">What ${asked === null ? "CLS" : "the patch"} reads, mean of ${heads.length}
          heads</figcaption>
        ${shadedPicture({
          data,
          image,
          width,
          asked,
          strength,
          share: (key) => read[key] / (max(read) || 1),
          colour: "prob",
          ...choosing(data, ctx, asked),
        })}
      </figure>
      <figure>
        <figcaption class="sub3">Patches with a similar final state</figcaption>
        ${shadedPicture({
          data,
          image,
          width,
          asked,
          strength,
          share: (key) => alike(data, asked, key),
          colour: "pos",
          label: "Similar patches",
        })}
      </figure>
    </div>
    <h3 class="sub3">What each head reads</h3>
    <div class="head-pictures">${heads.map((head) => headPicture({ data, ctx, image, asked, head }))}</div>
    <ul class="legend marks">
      <li><i class="ramp shares"></i>share read, relative to the strongest</li>
      <li><i class="ramp cosines"></i>cosine 0 to 1</li>
    </ul>`;
}

/**
 * @param {PicturePatches} data
 * @param {import("../../../kit/view").ViewContext<Kept>} ctx
 * @returns {Row[]}
 */
export function rows(data, ctx) {
  const asked = ctx.kept.patch ?? null;
  const heads = range(data.pattern.shape[0]);
  return range(patchesOf(data)).map((key) => ({
    row: Math.floor(key / data.grid[1]) + 1,
    column: (key % data.grid[1]) + 1,
    alike: alike(data, asked, key),
    ...Object.fromEntries(heads.map((head) => [`head_${head}`, weight(data, { head, asked, key })])),
  }));
}

/**
 * The picture of the payload, which the browser reads by and by.
 * @param {PicturePatches} data
 * @param {import("../../../kit/view").ViewContext<Kept>} ctx
 */
function loaded(data, ctx) {
  const { image } = ctx.kept;
  if (image?.src === data.image) return image;
  const fresh = new Image();
  fresh.src = data.image;
  fresh.decode().then(
    () => ctx.keep({ image: fresh, patch: image ? null : (ctx.kept.patch ?? null) }),
    () => ctx.toast("The picture cannot be read"),
  );
  return null;
}

/** @param {PicturePatches} data @param {ViewContext} ctx @param {string} name */
const chip = (data, ctx, name) => html`
  <button class="chip" type="button" aria-pressed=${name === data.picture}
    @click=${() => ctx.control("picture", name)}>${name}</button>`;

/**
 * @param {PicturePatches} data
 * @param {number | null} asked
 * @param {number[]} read
 */
function said(data, asked, read) {
  const strongest = percent(max(read) ?? 0);
  if (asked === null) {
    return html`<b>CLS</b> gives the patches ${percent(sum(read))} of its attention; the strongest patch gets
      ${strongest}. Click a patch to see what it reads.`;
  }
  const { row, column } = cellOf(data, asked);
  const others = range(read.length).filter((key) => key !== asked && alike(data, asked, key) > ALIKE).length;
  return html`<b>The patch in row ${row + 1}, column ${column + 1}</b> gives its strongest patch ${strongest} of its
    attention. ${others} other patches have a similar final state (cosine above ${ALIKE}).`;
}

/**
 * @param {PicturePatches} data
 * @param {import("../../../kit/view").ViewContext<Kept>} ctx
 * @param {number | null} asked
 */
function choosing(data, ctx, asked) {
  const [down, across] = data.grid;
  return {
    label: "The picture in patches; arrow keys choose one",
    select: (/** @type {Cell} */ { row, column }) => ctx.keep({ patch: row * across + column }),
    selected: asked === null ? null : cellOf(data, asked),
    start: { row: Math.floor(down / 2), column: Math.floor(across / 2) },
  };
}

/**
 * @param {{ data: PicturePatches, ctx: ViewContext<Kept>, image: HTMLImageElement | null, asked: number | null,
 *   head: number }} options
 */
function headPicture({ data, ctx, image, asked, head }) {
  const across = ctx.width < HEAD.narrow ? HEAD.few : data.pattern.shape[0];
  const width = Math.min(HEAD.most, Math.floor((ctx.width - HEAD.gap * (across - 1)) / across));
  const shares = range(patchesOf(data)).map((key) => weight(data, { head, asked, key }));
  const strongest = max(shares) ?? 0;
  return html`
    <figure>
      ${shadedPicture({
        data,
        image,
        width,
        asked,
        strength: ctx.kept.strength ?? 1,
        share: (key) => shares[key] / (strongest || 1),
        colour: "prob",
        label: `Head ${headName(data.layer, head)}`,
      })}
      <figcaption>${headName(data.layer, head)}, strongest ${percent(strongest)}</figcaption>
    </figure>`;
}
