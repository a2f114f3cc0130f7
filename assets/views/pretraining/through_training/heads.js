// @ts-check
/**
 * What each head looks at, over the steps: a chart for each role, a line for each head.
 *
 * @import { RolesThrough } from "../../../types/pretraining"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 */
import { plot } from "../../../kit/chart/plot.js";
import { halfWidth } from "../../../kit/layout.js";
import { decimal, headName, percent, whole } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { html } from "../../../vendor/lit.js";
import { choice, chosen, here, place, pressed, stepAxis } from "./steps.js";

const HEIGHT = 260;
/** @type {Record<string, { title: string, small: string }>} */
const ROLES = {
  induction: { title: "Induction", small: "on the token that followed the last time" },
  previous: { title: "Previous token", small: "on the token before" },
  first: { title: "First token", small: "on the first token of the text" },
};
/** One colour a block. */
const COLOURS = ["ink3", "pos", "prob", "neg"];
const DASHES = ["solid", "6px,2px", "3px,2px", "1px,2px"];

/** @type {View<RolesThrough>} */
export function heads(data, ctx) {
  const at = chosen(data, ctx);
  const all = headsOf(data);
  return html`
    ${choice(data, ctx)}
    <p class="readout lead">${said(data, at)}</p>
    <div class="through-roles">
      ${data.roles.map(
        (role, row) => html`
          <div style="width:${halfWidth(ctx.width)}px">
            <h3 class="sub3">${ROLES[role].title} <small>${ROLES[role].small}</small></h3>
            ${chart(data, row, all, ctx)}
          </div>`,
      )}
    </div>
    ${table({
      label: `Mean weights after ${whole(data.steps[at])} steps`,
      columns: [
        { name: "head", cell: ({ layer, head }) => headName(layer, head) },
        ...data.roles.map((role, row) => ({
          name: ROLES[role].title.toLowerCase(),
          number: true,
          cell: (/** @type {{ layer: number, head: number }} */ each) => percent(score(data, row, at, each), 0),
        })),
      ],
      rows: all,
    })}
    <p class="hint">Induction is measured on random tokens said twice; the other two on ${whole(data.texts)} passages of
      ${whole(data.read)} tokens that the run has not read. Each line is a head, each colour a block. The weight on the
      first token leaves out the second token, whose previous token is the first.</p>`;
}

/** @param {RolesThrough} data @returns {Row[]} */
export const rows = (data) =>
  data.steps.flatMap((step, at) =>
    headsOf(data).map((each) => ({
      step,
      head: headName(each.layer, each.head),
      ...Object.fromEntries(data.roles.map((role, row) => [role, score(data, row, at, each)])),
    })),
  );

/** @param {RolesThrough} data */
function headsOf({ scores: { shape } }) {
  const [, , layers, heads] = shape;
  return Array.from({ length: layers * heads }, (_, at) => ({ layer: Math.floor(at / heads), head: at % heads }));
}

/** @param {RolesThrough} data @param {number} role @param {number} at @param {{ layer: number, head: number }} each */
function score({ scores: { a, shape } }, role, at, { layer, head }) {
  const [, steps, layers, heads] = shape;
  return a[((role * steps + at) * layers + layer) * heads + head];
}

/**
 * @param {RolesThrough} data
 * @param {number} role
 * @param {{ layer: number, head: number }[]} all
 * @param {ViewContext<any>} ctx
 */
function chart(data, role, all, ctx) {
  return plot({
    label: `${ROLES[data.roles[role]].title}: mean weight of each head over the steps`,
    height: HEIGHT,
    traces: all.map((each) => ({
      x: data.steps.map(place),
      y: data.steps.map((_, at) => score(data, role, at, each)),
      name: headName(each.layer, each.head),
      legend: false,
      color: COLOURS[each.layer % COLOURS.length],
      dash: DASHES[each.head % DASHES.length],
    })),
    x: stepAxis(data.steps),
    y: { title: "mean weight", range: [0, 1] },
    marks: [here(data, ctx)],
    onClick: pressed(data, ctx),
  });
}

/** @param {RolesThrough} data @param {number} at */
function said(data, at) {
  const best = data.roles.map((role, row) => {
    const found = headsOf(data).map((each) => ({ each, value: score(data, row, at, each) }));
    return { role, ...found.reduce((most, one) => (one.value > most.value ? one : most)) };
  });
  return html`After <b>${whole(data.steps[at])}</b> steps:
    ${best.map(
      ({ role, each, value }, row) => html`${row ? "; " : ""}most on ${ROLES[role].small.replace("on ", "")} looks
        <b>${headName(each.layer, each.head)}</b>, ${decimal(value)}`,
    )}.`;
}
