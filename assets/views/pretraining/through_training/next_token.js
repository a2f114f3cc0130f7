// @ts-check
/**
 * What each checkpoint says after one text, and how far that is from counting.
 *
 * @import { NextThrough } from "../../../types/pretraining"
 * @import { Drafts } from "../../../kit/controls/typed.js"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 */
import { matrix } from "../../../kit/cells/matrix.js";
import { plot } from "../../../kit/chart/plot.js";
import { ramp } from "../../../kit/colour/ramp.js";
import { typed, typedText } from "../../../kit/controls/typed.js";
import { decimal, percent, whole } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { piece } from "../../../kit/text/tokens.js";
import { html } from "../../../vendor/lit.js";
import { choice, chosen, here, place, pressed, stepAxis } from "./steps.js";

export const GRAMS = ["unigram", "bigram", "trigram"];
export const GRAM_COLOURS = ["ink3", "river-deep", "prob"];
const HEIGHT = 250;
const CELL = { width: 34, height: 22 };

/** @type {View<NextThrough, Drafts>} */
export function next_token(data, ctx) {
  const at = chosen(data, ctx);
  return html`
    ${typed({ name: "text", value: typedText("text", data.text, ctx), lines: [2, 5], plain: true }, ctx)}
    ${choice(data, ctx)}
    <p class="readout lead">${said(data, at)}</p>
    <p class="hint">The end of the text in the run’s own tokens:
      ${data.tokens.slice(-24).map((each) => html`${piece(dotted(each), "mono read")} `)}</p>
    ${table({
      label: `The next token after ${whole(data.steps[at])} steps`,
      columns: [
        { name: "token", cell: ({ token }) => piece(dotted(token)) },
        { name: `step ${whole(data.steps[at])}`, number: true, cell: ({ column }) => percent(p(data, at, column)) },
        { name: "last", number: true, cell: ({ column }) => percent(p(data, data.steps.length - 1, column)) },
        ...GRAMS.map((name, order) => ({
          name,
          number: true,
          cell: (/** @type {{ column: number }} */ { column }) => percent(gram(data, order, column)),
        })),
      ],
      rows: data.candidates.map((token, column) => ({ token, column })),
    })}
    <h3 class="sub3">Over the steps <small>darkness: √probability</small></h3>
    ${map(data, ctx)}
    <h3 class="sub3">Distance from counting <small>D_KL from the n-gram to the model, nats, at this text’s
    end</small></h3>
    ${distances(data, ctx)}
    <p class="hint">The n-grams are counted on a part of the training text and smoothed as Kneser and Ney do. A
      distance is small where the model gives the n-gram’s likely tokens as much probability as the n-gram does.</p>`;
}

/** @param {NextThrough} data @returns {Row[]} */
export const rows = (data) =>
  data.steps.flatMap((step, at) =>
    data.candidates.map((token, column) => ({ step, token, probability: p(data, at, column) })),
  );

/** Spaces and line ends as signs. @param {string} token */
export const dotted = (token) => token.replaceAll(" ", "·").replaceAll("\n", "↵").replaceAll("\t", "⇥") || "∅";

/** @param {NextThrough} data @param {number} at @param {number} column */
const p = (data, at, column) => data.p.a[at * data.candidates.length + column];

/** @param {NextThrough} data @param {number} order @param {number} column */
const gram = (data, order, column) => data.grams.a[order * data.candidates.length + column];

/** @param {NextThrough} data @param {number} order @param {number} at */
const kl = (data, order, at) => data.kl.a[order * data.steps.length + at];

/** @param {NextThrough} data @param {ViewContext<any>} ctx */
function map(data, ctx) {
  const shade = ramp("prob");
  const columns = data.steps.length;
  return html`
    <div class="through-map" tabindex="0" role="region" aria-label="Probabilities over the steps">
      <ol class="names">${data.candidates.map((each) => html`<li>${piece(dotted(each))}</li>`)}</ol>
      ${matrix({
        rows: data.candidates.length,
        columns,
        width: columns * CELL.width,
        height: data.candidates.length * CELL.height,
        colour: (row, column) => shade(Math.sqrt(p(data, column, row))),
        of: [data.p],
        label: `Probability of ${data.candidates.length} tokens at ${columns} checkpoints; arrow keys read a cell`,
        told: ({ row, column }) => ({
          title: dotted(data.candidates[row]),
          details: [
            ["steps", whole(data.steps[column])],
            ["probability", percent(p(data, column, row))],
          ],
        }),
        select: ({ column }) => ctx.control("step", data.steps[column]),
        selected: { row: 0, column: chosen(data, ctx) },
      })}
      <ol class="columns">${data.steps.map((each) => html`<li>${whole(each)}</li>`)}</ol>
    </div>`;
}

/** @param {NextThrough} data @param {ViewContext<any>} ctx */
function distances(data, ctx) {
  return plot({
    label: "Divergence from each n-gram’s distribution at this text’s end, over the steps",
    height: HEIGHT,
    traces: GRAMS.map((name, order) => ({
      x: data.steps.map(place),
      y: data.steps.map((_, at) => kl(data, order, at)),
      mode: "lines+markers",
      name,
      color: GRAM_COLOURS[order],
    })),
    x: stepAxis(data.steps),
    y: { title: "nats" },
    marks: [here(data, ctx)],
    onClick: pressed(data, ctx),
  });
}

/** @param {NextThrough} data @param {number} at */
function said(data, at) {
  const all = data.candidates.map((_, column) => p(data, at, column));
  const top = all.indexOf(Math.max(...all));
  const far = GRAMS.map((_, order) => kl(data, order, at));
  const near = far.indexOf(Math.min(...far));
  return html`After <b>${whole(data.steps[at])}</b> steps the likeliest next token is
    ${piece(dotted(data.candidates[top]))} with <b>${percent(all[top])}</b>. Of the three n-grams the
    <b>${GRAMS[near]}</b> is nearest: ${decimal(far[near])} nats.`;
}
