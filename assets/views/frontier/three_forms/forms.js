// @ts-check
/**
 * One channel of one layer as a recurrence, as a matrix and in chunks.
 *
 * @import { ThreeForms } from "../../../types/frontier"
 * @import { Drafts } from "../../../kit/controls/typed.js"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 */
import { matrix } from "../../../kit/cells/matrix.js";
import { row } from "../../../kit/cells/tensor.js";
import { plot } from "../../../kit/chart/plot.js";
import { diverging } from "../../../kit/colour/ramp.js";
import { control } from "../../../kit/controls/declared.js";
import { typed, typedText } from "../../../kit/controls/typed.js";
import { halfWidth } from "../../../kit/layout.js";
import { decimal, scientific } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { worst } from "../../../kit/numbers/worst.js";
import { range } from "../../../vendor/d3.js";
import { html } from "../../../vendor/lit.js";

const FIELD = { name: "text", lines: /** @type {[number, number]} */ ([2, 4]), plain: true, named: true };
const STATE = 14;
const WAYS = ["recurrence", "matrix", "chunks", "compiled scan"];
const LOOKS = [
  { color: "ink3", width: 6, alpha: 0.35 },
  { color: "prob", width: 2 },
  { color: "river-deep", width: 2, dash: "6px,5px" },
  { color: "neg", width: 1, dash: "2px,4px" },
];

/** @type {View<ThreeForms, Drafts>} */
export function forms(data, ctx) {
  const { layer, layers, channel, channels, errors, compiled, block } = data;
  const far = worst([compiled, ...errors.flatMap((each) => [each.matrix, each.blocks])]);
  return html`
    ${typed({ ...FIELD, value: typedText("text", data.text, ctx) }, ctx)}
    <div class="settings-row">
      ${control(ctx, "layer", { as: "slider", value: layer, most: layers - 1 })}
      ${control(ctx, "channel", { as: "number", value: channel, most: channels - 1 })}
      ${control(ctx, "block", { as: "segmented" })}
    </div>
    <p class="readout lead">The forms differ by at most <b>${scientific(far)}</b> of the largest answer: they are one
      layer.</p>
    <h3 class="sub3">1. Step by step <small>the ${data.states.shape[1]} numbers of channel ${channel}’s state, token
      after token</small></h3>
    ${states(data, ctx)}
    <div class="side-by-side">
      ${whole(data, halfWidth(ctx.width), false)} ${whole(data, halfWidth(ctx.width), true)}
    </div>
    <h3 class="sub3">The same answer four times <small>y of channel ${channel}; the lines lie on each other</small></h3>
    ${plot({
      label: `The channel’s answer by recurrence, by matrix, in chunks of ${block} and by the compiled scan`,
      height: 200,
      traces: WAYS.map((name, way) => ({ ...LOOKS[way], name, x: range(data.tokens.length), y: row(data.y, way) })),
      x: { title: "position" },
      y: { title: "y" },
    })}
    ${table({
      label: "How far the forms of a layer are from its recurrence",
      rows: errors,
      columns: [
        { name: "Layer", cell: ({ name }) => name },
        { name: "matrix", number: true, cell: (each) => scientific(each.matrix) },
        { name: "chunks", number: true, cell: (each) => scientific(each.blocks) },
      ],
    })}
    <p class="hint">Of the largest value of y, over all channels; of the trained layer against its recurrence in
      float64. The compiled scan, which this project trains with, is off by ${scientific(compiled)}.</p>`;
}

/** @param {ThreeForms} data @param {ViewContext<any>} ctx */
function states({ states, tokens }, ctx) {
  const [count, numbers] = states.shape;
  const most = worst(Array.from(states.a, Math.abs));
  const colour = diverging();
  return matrix({
    ...{ rows: numbers, columns: count, width: ctx.width, height: numbers * STATE },
    label: "The state’s numbers by token; arrow keys move",
    of: [states],
    colour: (one, column) => colour(bent(states.a[column * numbers + one] / (most || 1))),
    told: ({ row: one, column }) => ({
      title: `number ${one} behind ${tokens[column]}`,
      details: [["value", decimal(states.a[column * numbers + one], 4)]],
    }),
  });
}

/** Small values are seen too. @param {number} share */
const bent = (share) => Math.sign(share) * Math.sqrt(Math.abs(share));

/** @param {ThreeForms} data @param {number} room @param {boolean} cut */
function whole({ M, tokens, block }, room, cut) {
  const n = tokens.length;
  const width = Math.min(400, room);
  const most = worst(Array.from(M.a, Math.abs));
  const colour = diverging();
  const inside = (/** @type {number} */ query, /** @type {number} */ key) =>
    Math.floor(query / block) === Math.floor(key / block);
  const seen = (/** @type {number} */ query, /** @type {number} */ key) => key <= query && (!cut || inside(query, key));
  return html`<div>
    <h3 class="sub3">${cut ? "3. In chunks" : "2. All at once"}
      <small>${
        cut
          ? `matrices of ${block}, a state between them`
          : "M: what each token (down) takes of each earlier one (across)"
      }</small>
    </h3>
    ${matrix({
      ...{ rows: n, columns: n, width, height: width, pixels: true },
      label: `${cut ? "The matrix within chunks" : "The whole matrix"}: queries down, keys across; arrow keys move`,
      of: [M, block, cut],
      colour: (query, key) => (seen(query, key) ? colour(bent(M.a[query * n + key] / (most || 1))) : null),
      told: ({ row: query, column: key }) =>
        seen(query, key)
          ? { title: `${tokens[query]}: ${tokens[key]}`, details: [["M", decimal(M.a[query * n + key], 4)]] }
          : null,
    })}
    <p class="hint">${
      cut
        ? "What lies outside the chunks comes through the state that is handed on."
        : "Blue adds, orange takes away; the stronger, the more (by its root)."
    }</p></div>`;
}

/** @param {ThreeForms} data @returns {Row[]} */
export const rows = ({ tokens, y }) =>
  tokens.map((token, at) => ({
    ...{ position: at, token },
    ...Object.fromEntries(WAYS.map((way, place) => [way.replace(" ", "_"), y.a[place * tokens.length + at]])),
  }));
