// @ts-check
/**
 * The nearest word of each image token, at a depth that one chooses.
 *
 * @import { TokenWords } from "../../../types/frontier"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 * @import { Brought } from "../../../kit/pictures/own_picture.js"
 * @import { Drafts } from "../../../kit/controls/typed.js"
 *
 * @typedef {{ patch: number | null, image: HTMLImageElement } & Brought & Drafts} Kept
 */
import { matrix } from "../../../kit/cells/matrix.js";
import { plot } from "../../../kit/chart/plot.js";
import { ramp } from "../../../kit/colour/ramp.js";
import { css } from "../../../kit/colour/theme.js";
import { control } from "../../../kit/controls/declared.js";
import { percent } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { answered, asking } from "../../../kit/pictures/asking.js";
import { loadedPicture } from "../../../kit/pictures/loaded.js";
import { cellOf, shadedPicture } from "../../../kit/pictures/shaded.js";
import { range } from "../../../vendor/d3.js";
import { html, nothing } from "../../../vendor/lit.js";
import { SHORT } from "./short.js";

const LARGEST = 448;
const HEIGHT = 220;
const INK = { palest: 0.12, strongest: 0.75 };
/** What of `named` is drawn. */
const LINES = [
  { name: "its colour", color: "prob" },
  { name: "its shape", color: "pos" },
  { name: "a thing’s colour or shape, on empty page", color: "ink3", dash: "5px,4px" },
];

/** @type {View<TokenWords, Kept>} */
export function lens(data, ctx) {
  const { pictured } = data;
  const image = loadedPicture(pictured.image, ctx, { patch: null });
  const depth = depthOf(data, ctx);
  const patch = ctx.kept.patch ?? null;
  const width = Math.min(LARGEST, ctx.width > 700 ? Math.floor((ctx.width - 36) / 2) : ctx.width);
  const choose = (/** @type {{ row: number, column: number }} */ { row, column }) =>
    ctx.keep({ patch: row * pictured.grid[1] + column });
  const depths = data.nearest.shape[0];
  return html`
    ${asking(pictured, ctx)}
    <p class="readout lead">${said(data, depth)} ${answered(pictured)}</p>
    <div class="settings-row">${control(ctx, "depth", {
      as: "slider",
      live: true,
      own: depths - 1,
      value: depth,
      most: depths - 1,
      format: (at) => (at ? `${at} of ${depths - 1}` : "connector"),
    })}</div>
    <div class="pair-of-pictures">
      <figure>
        <figcaption class="sub3">The picture, and the patch that is asked</figcaption>
        ${shadedPicture({
          ...{ data: pictured, image, width, asked: patch, strength: 0, share: () => 0, colour: "prob" },
          label: "The picture in patches; arrow keys choose one",
          select: choose,
          told: ({ row, column }) => told(data, depth, row * pictured.grid[1] + column),
        })}
      </figure>
      <figure>
        <figcaption class="sub3">Nearest word of each image token <small>stronger: more probable</small></figcaption>
        ${words({ data, depth, width, patch, choose })}
      </figure>
    </div>
    <p class="hint">An arrow stands for a place: ↘ is bottom-right. ${
      patch === null ? "Choose a patch to see its words at every depth." : nothing
    }</p>
    ${patch === null ? nothing : ofPatch(data, patch)}
    ${byDepth(data, depth, ctx)}`;
}

/** @param {TokenWords} data @returns {Row[]} */
export const rows = (data) =>
  range(data.nearest.shape[0]).flatMap((depth) =>
    range(data.nearest.shape[1]).map((token) => ({
      depth,
      row: Math.floor(token / data.pictured.grid[1]) + 1,
      column: (token % data.pictured.grid[1]) + 1,
      word: wordOf(data, depth, token, 0).word,
      probability: wordOf(data, depth, token, 0).share,
    })),
  );

/** @param {TokenWords} data @param {ViewContext<any>} ctx */
function depthOf(data, ctx) {
  const last = data.nearest.shape[0] - 1;
  const asked = ctx.controls.depth;
  return asked === undefined || asked === null || asked === "" ? last : Math.min(last, Number(asked));
}

/** @param {TokenWords} data @param {number} depth @param {number} token @param {number} rank */
function wordOf(data, depth, token, rank) {
  const [, tokens, ranks] = data.nearest.shape;
  const at = (depth * tokens + token) * ranks + rank;
  return { word: data.words[data.nearest.a[at]], share: data.share.a[at] };
}

/** @param {TokenWords} data @param {number} depth */
function said(data, depth) {
  const where = depth ? `After block ${depth}` : "As the connector writes them";
  if (!data.named.shape[0]) return html`${where}, the picture’s ${data.nearest.shape[1]} tokens are near these words.`;
  const [colour, shape, empty] = range(3).map((what) => percent(data.named.a[depth * 3 + what], 0));
  return html`${where}, the nearest word of a patch on a thing is the thing’s colour in <b>${colour}</b> of cases and
    its shape in <b>${shape}</b>; of patches on empty page ${empty} are near some thing’s colour or shape.`;
}

/** @param {{ data: TokenWords, depth: number, width: number, patch: number | null, choose: any }} options */
function words({ data, depth, width, patch, choose }) {
  const [rows, columns] = data.pictured.grid;
  const colour = ramp("prob", "sunken");
  return matrix({
    ...{ rows, columns, width, height: (rows * width) / columns },
    colour: (row, column) =>
      colour(INK.palest + (INK.strongest - INK.palest) * wordOf(data, depth, row * columns + column, 0).share),
    of: [data, depth, width],
    label: `Nearest words of ${rows} by ${columns} image tokens; arrow keys choose one`,
    told: ({ row, column }) => told(data, depth, row * columns + column),
    select: choose,
    selected: patch === null ? null : cellOf(data.pictured, patch),
    over(context, cell) {
      context.font = `500 11px ${css("sans")}`;
      context.textAlign = "center";
      context.textBaseline = "middle";
      context.fillStyle = css("ink");
      for (const token of range(rows * columns)) {
        const { word } = wordOf(data, depth, token, 0);
        const { row, column } = cellOf(data.pictured, token);
        context.fillText(SHORT[word] ?? word, (column + 0.5) * cell.width, (row + 0.5) * cell.height, cell.width - 2);
      }
    },
  });
}

/**
 * @param {TokenWords} data
 * @param {number} depth
 * @param {number} token
 * @returns {{ title: string, details: [string, string][] }}
 */
function told(data, depth, token) {
  const { row, column } = cellOf(data.pictured, token);
  return {
    title: `row ${row + 1}, column ${column + 1}`,
    details: range(data.nearest.shape[2]).map((rank) => {
      const { word, share } = wordOf(data, depth, token, rank);
      return [word, percent(share)];
    }),
  };
}

/** @param {TokenWords} data @param {number} patch */
function ofPatch(data, patch) {
  const { row, column } = cellOf(data.pictured, patch);
  return html`
    <h3 class="sub3">The token of row ${row + 1}, column ${column + 1}, by depth</h3>
    ${table({
      label: `Nearest words of the token of row ${row + 1}, column ${column + 1}, by depth`,
      rows: range(data.nearest.shape[0]),
      columns: [
        { name: "depth", cell: (depth) => (depth ? `after block ${depth}` : "connector’s output") },
        ...range(data.nearest.shape[2]).map((rank) => ({
          name: ["nearest word", "second", "third"][rank],
          cell: (/** @type {number} */ depth) => {
            const { word, share } = wordOf(data, depth, patch, rank);
            return html`${word} <small>${percent(share)}</small>`;
          },
        })),
      ],
    })}`;
}

/** @param {TokenWords} data @param {number} depth @param {ViewContext<any>} ctx */
function byDepth(data, depth, ctx) {
  if (!data.named.shape[0]) return nothing;
  const depths = range(data.named.shape[0]);
  return html`
    <h3 class="sub3">Nearest words that name the thing, by depth <small>share of patches</small></h3>
    ${plot({
      label: "Share of patches whose nearest word names their thing, by depth",
      height: HEIGHT,
      traces: LINES.map((line, what) => ({
        ...line,
        x: depths,
        y: depths.map((at) => data.named.a[at * 3 + what]),
      })),
      x: { title: "after block; 0 is the connector’s output", dtick: 1 },
      y: { title: "share of patches", range: [0, 1], tickformat: ".0%" },
      marks: [{ x: depth, color: "ink3", dash: "dot" }],
      onClick: (point) => point && ctx.control("depth", point.index),
    })}`;
}
