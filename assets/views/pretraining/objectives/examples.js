// @ts-check
/**
 * One text under each objective: inputs above targets, and who attends to whom.
 *
 * @import { ObjectiveExample, ObjectivesShown } from "../../../types/pretraining"
 * @import { Drafts } from "../../../kit/controls/typed.js"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 */
import { matrix } from "../../../kit/cells/matrix.js";
import { rgb } from "../../../kit/colour/theme.js";
import { control } from "../../../kit/controls/declared.js";
import { legend } from "../../../kit/drawing/legend.js";
import { counted, percent, whole } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { piece, tokenText } from "../../../kit/text/tokens.js";
import { html } from "../../../vendor/lit.js";
import { NAMED, textField } from "./names.js";

/** Of the mask, in pixels: a cell at most, and all of it. */
const CELL = 12;
const WIDEST = 340;
const NONE = -100;

/** @type {View<ObjectivesShown, Drafts>} */
export function examples(data, ctx) {
  const name = String(ctx.controls.objective);
  const made = data.examples.find((each) => each.name === name);
  return html`
    ${textField(data, ctx)}
    <div class="settings-row">${control(ctx, "objective")} ${settings(name, ctx)}</div>
    <p class="readout lead">${NAMED[name].says}</p>
    ${made ? picture(made, data, ctx) : html`<p class="readout lead">${data.missing[name]}</p>`}
    <h3 class="sub3">All six on this text</h3>
    ${all(data, ctx)}
    <p class="hint">Ids of marks such as [MASK] and &lt;PRE&gt; are added behind the model’s vocabulary for this
      picture. A decoder’s target gives a loss at each position of the target, its sentinels and its end
      included.</p>`;
}

/** @param {ObjectivesShown} data @returns {Row[]} */
export const rows = (data) =>
  data.examples.flatMap((made) =>
    Array.from(made.inputs.a, (id, at) => ({
      objective: made.name,
      position: at,
      input: wordOf(id, data),
      targets: targetsAt(made, at)
        .filter((each) => each !== NONE)
        .map((each) => wordOf(each, data))
        .join(" "),
      attends_to: attended(made, at).length,
    })),
  );

/** What its draw hangs on. @param {string} name @param {ViewContext<any>} ctx */
function settings(name, ctx) {
  const own = {
    clm: [],
    mlm: [control(ctx, "rate", { format: (value) => percent(value, 0) })],
    spans: [control(ctx, "rate", { format: (value) => percent(value, 0) }), control(ctx, "span")],
    prefix: [],
    fim: [control(ctx, "order", { as: "segmented" })],
    mtp: [control(ctx, "heads")],
  }[name];
  return html`${own} ${name === "clm" || name === "mtp" ? "" : control(ctx, "seed")}`;
}

/** @param {ObjectiveExample} made @param {ObjectivesShown} data @param {ViewContext<any>} ctx */
function picture(made, data, ctx) {
  const n = made.inputs.a.length;
  return html`
    ${legend([
      ["counts", "gives a loss"],
      ["silent", "no loss"],
      made.name === "mtp" || made.name === "clm" || made.name === "prefix"
        ? null
        : ["altered", "not a token of the text here"],
    ])}
    <ol class="aligned" tabindex="0" aria-label="${NAMED[made.name].name}: each input above its target">
      ${Array.from(made.inputs.a, (_, at) => cell(made, at, data))}
    </ol>
    <h3 class="sub3">Who attends to whom</h3>
    <div class="masked-by">
      ${mask(made, data, ctx)}
      <p class="hint">${seen(made)} ${sizes(made, data)}</p>
    </div>
    <p class="hint">${counted(n, "position")} are read, ${percent(made.share, 0)} of them give a loss.
      ${NAMED[made.name].paper}.</p>`;
}

/** @param {ObjectiveExample} made @param {number} at @param {ObjectivesShown} data */
function cell(made, at, data) {
  const targets = targetsAt(made, at);
  const counts = targets.some((each) => each !== NONE);
  const look = `${counts ? "counts" : ""} ${altered(made, at, data) ? "altered" : ""}`;
  return html`
    <li class=${look} title="position ${at}">
      <bdi class="input">${piece(wordOf(made.inputs.a[at], data), "mono")}</bdi>
      ${targets.map((id) => html`<bdi class="target">${id === NONE ? "–" : piece(wordOf(id, data), "mono")}</bdi>`)}
    </li>`;
}

/** Whether what is read there is a mark, or another token than the text has. */
/** @param {ObjectiveExample} made @param {number} at @param {ObjectivesShown} data */
function altered({ inputs, places }, at, { ids }) {
  return places.a[at] < 0 || ids[places.a[at]] !== inputs.a[at];
}

/** @param {ObjectiveExample} made @param {ObjectivesShown} data @param {ViewContext<any>} ctx */
function mask(made, data, ctx) {
  const n = made.inputs.a.length;
  const side = Math.min(n * CELL, WIDEST, ctx.width);
  return matrix({
    rows: n,
    columns: n,
    width: side,
    height: side,
    colour: (row, column) => (made.attends.a[row * n + column] ? rgb("river") : null),
    of: [made.attends],
    label: `Attention mask of ${NAMED[made.name].name}: ${n} positions; a filled cell is a position that is read`,
    told: ({ row, column }) => ({
      title: `${row}: ${wordOf(made.inputs.a[row], data)}`,
      details: [
        [
          made.attends.a[row * n + column] ? "reads" : "cannot read",
          `${column}: ${wordOf(made.inputs.a[column], data)}`,
        ],
      ],
    }),
  });
}

/** @param {ObjectiveExample} made */
function seen({ attends, inputs }) {
  const n = inputs.a.length;
  const pairs = attends.a.reduce((sum, each) => sum + Number(each), 0);
  return html`A row is the position that reads, a column the one that is read.
    ${whole(pairs)} of ${whole(n * n)} pairs are open.`;
}

/** @param {ObjectiveExample} made @param {ObjectivesShown} data */
const sizes = ({ name }, { source, fits, target }) =>
  name === "spans"
    ? html`Encoder and decoder stand in one row here. At these settings a source of ${whole(source)} positions holds
        ${counted(fits, "token")} of text, and its target has ${counted(target, "position")}.`
    : "";

/** @param {ObjectivesShown} data @param {ViewContext<any>} ctx */
function all(data, ctx) {
  const shown = Object.keys(NAMED).map((name) => ({ name, made: data.examples.find((each) => each.name === name) }));
  return table({
    label: "The objectives on this text",
    selected: ({ name }) => name === ctx.controls.objective,
    select: ({ name }) => ctx.control("objective", name),
    columns: [
      { name: "objective", cell: ({ name }) => NAMED[name].name },
      { name: "positions", number: true, cell: ({ made }) => (made ? whole(made.inputs.a.length) : "–") },
      {
        name: "give a loss",
        number: true,
        title: "Of the positions",
        cell: ({ made }) => (made ? percent(made.share, 0) : "–"),
      },
      {
        name: "tokens predicted",
        number: true,
        title: `Of the text’s ${data.ids.length}, each counted once`,
        cell: ({ made }) => (made ? `${whole(made.predicted)} of ${whole(data.ids.length)}` : "–"),
      },
      {
        name: "loss terms",
        number: true,
        title: "Targets in all; marks are targets too",
        cell: ({ made }) => (made ? whole(made.targets.a.filter((each) => each !== NONE).length) : "–"),
      },
      {
        name: "pairs open",
        number: true,
        title: "Of query and key",
        cell: ({ made }) => (made ? percent(openShare(made), 0) : "–"),
      },
    ],
    rows: shown,
  });
}

/** @param {ObjectiveExample} made */
const openShare = ({ attends }) =>
  attends.a.length ? attends.a.reduce((sum, each) => sum + Number(each), 0) / attends.a.length : 0;

/** @param {ObjectiveExample} made @param {number} at */
const targetsAt = ({ targets: { a, shape } }, at) =>
  Array.from({ length: shape[0] }, (_, head) => a[head * shape[1] + at]);

/** @param {ObjectiveExample} made @param {number} at */
const attended = ({ attends, inputs }, at) => {
  const n = inputs.a.length;
  return Array.from(attends.a.slice(at * n, (at + 1) * n)).filter(Boolean);
};

/** @param {number} id @param {ObjectivesShown} data */
const wordOf = (id, { d_vocab, marks }) => (id < d_vocab ? tokenText(id) : marks[id - d_vocab]);
