// @ts-check
/**
 * One fact: what each state of the clean run brings back of the answer; and all facts that were asked.
 *
 * @import { FactTraces } from "../../../types/inside"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 */
import { heat } from "../../../kit/cells/heat.js";
import { control } from "../../../kit/controls/declared.js";
import { halfWidth } from "../../../kit/layout.js";
import { counted, decimal, percent } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { cut, token, tokenText } from "../../../kit/text/tokens.js";
import { html, nothing } from "../../../vendor/lit.js";

/** @type {Record<FactTraces["state"], string>} */
const NOUN = {
  resid: "the stream into block",
  mlp: "the MLP outputs around block",
  attn: "the attention outputs around block",
};

/** @type {View<FactTraces>} */
export function traces(data, ctx) {
  const settings = html`<div class="settings-row ruled">
    ${control(ctx, "state")} ${data.state === "resid" ? nothing : control(ctx, "window")} ${control(ctx, "noise")}
    ${control(ctx, "draws")}</div>`;
  const known = data.facts.filter((fact) => fact.known).length;
  if (!data.restored.a.length)
    return html`${settings}<p class="readout lead">No answer of a fact is one token of this model: nothing can be
      traced. Open another model.</p>`;
  const fact = data.facts[data.chosen];
  return html`
    ${settings}
    <p class="readout lead">${known ? "" : unknown(data)} “${fact.text}” goes on with ${token(data.answer)} at
      <b>${percent(data.p)}</b>. With noise on “${fact.subject}” (standard deviation
      ${decimal(data.deviation, 3)}, ${counted(data.draws, "draw")}) it is <b>${percent(data.noised)}</b>.
      ${judged(data)}</p>
    <div class="side-by-side">
      <div><h3 class="sub3">Answer with one state put back <small>blocks down, tokens across</small></h3>
        ${map(data, ctx)}
        <p class="hint"><span class="ramp"></span> ${percent(data.noised)} as noised, to ${percent(data.p)} as in the
        clean
          run. Before the subject nothing was noised.</p></div>
      <div>${opened(data, ctx)}
        <h3 class="sub3">Facts asked <small>${known} of ${data.facts.length} are this model’s first choice</small></h3>
        ${list(data, ctx)}</div>
    </div>`;
}

/** @param {FactTraces} data */
const unknown = ({ facts }) => html`This model says none of ${counted(facts.length, "fact")} rightly. Traced is what it
  says in the chosen one’s place.`;

/** @param {FactTraces} data */
function judged({ p, noised }) {
  if (noised >= p) return "The noise takes nothing of it away: nothing can come back.";
  return noised > p / 2 ? "The noise takes less than half of it away: more is needed to see what brings it back." : "";
}

/** The chosen state, or the one that brings back most. @param {FactTraces} data @param {ViewContext} ctx */
function chosenOf(data, ctx) {
  const [layers, n] = data.restored.shape;
  const said = ctx.controls.cell;
  if (said !== undefined && said !== null && said !== "")
    return {
      row: Math.min(layers - 1, ctx.focus.layer ?? 0),
      column: Math.max(data.subject[0], Math.min(n - 1, Number(said))),
    };
  // At the last token the upper stream is the answer itself: the strongest state of the subject says more.
  const inside = (/** @type {number} */ at) => at % n < n - 1;
  const sizes = Array.from(data.restored.a, (value, at) => (Number.isFinite(value) && inside(at) ? value : -1));
  const at = sizes.indexOf(Math.max(...sizes));
  return { row: Math.floor(at / n), column: at % n };
}

/** @param {FactTraces} data @param {ViewContext} ctx */
function map(data, ctx) {
  const [rows, columns] = data.restored.shape;
  const selected = chosenOf(data, ctx);
  const at = (/** @type {number} */ row, /** @type {number} */ column) => row * columns + column;
  const subject = (/** @type {number} */ column) => column >= data.subject[0] && column < data.subject[1];
  return heat({
    label: `The answer’s probability with one state put back: ${rows} blocks by ${columns} tokens`,
    width: halfWidth(ctx.width),
    ...{ rows, columns, selected },
    value: (row, column) => data.restored.a[at(row, column)] - data.noised,
    most: Math.max(0.01, data.p - data.noised),
    of: [data],
    head: 62,
    slanted: true,
    top: Array.from(data.ids.a, (id, column) => ({
      at: column,
      text: cut(tokenText(id), 9),
      className: column === selected.column ? "ink b" : subject(column) ? "prob" : "dim",
    })),
    select: ({ row, column }) => {
      ctx.control("cell", column);
      ctx.select({ layer: row });
    },
    told: ({ row, column }) => ({
      title: `${NOUN[data.state]} ${row} at “${tokenText(data.ids.a[column])}”`,
      details: [["answer", known(data.restored.a[at(row, column)])]],
    }),
  });
}

/** @param {number} p */
const known = (p) => (Number.isFinite(p) ? percent(p) : "not noised here");

/** @param {FactTraces} data @param {ViewContext} ctx */
function opened(data, ctx) {
  const { row, column } = chosenOf(data, ctx);
  const at = row * data.restored.shape[1] + column;
  const [p, error] = [data.restored.a[at], data.error.a[at]];
  const back = (p - data.noised) / (data.p - data.noised);
  return html`<p class="readout lead">${NOUN[data.state][0].toUpperCase()}${NOUN[data.state].slice(1)} <b>${row}</b> at
    ${token(data.ids.a[column])} put back: <b>${percent(p)}</b>${
      Number.isFinite(error) ? html` ± ${percent(error)}` : nothing
    }${data.noised < data.p ? `, ${percent(back, 0)} of what the noise took` : ""}. Strong states at the subject’s last
    token, in the lower half, are where models look a fact up; strong ones at the last token have it already.</p>`;
}

/** @param {FactTraces} data @param {ViewContext} ctx */
function list(data, ctx) {
  const none = !data.facts.some((fact) => fact.known);
  return table({
    label: "Facts that the model was asked",
    rows: data.facts.slice(0, 24),
    selected: (_, at) => at === data.chosen,
    select: (fact, at) => (none || fact.known) && ctx.control("fact", at),
    columns: [
      { name: "Fact", cell: ({ text }) => text },
      { name: "answer", cell: ({ answer }) => token(answer) },
      { name: "p", number: true, cell: ({ p }) => percent(p) },
      { name: "first", cell: (fact) => (fact.known ? "yes" : "no") },
    ],
  });
}

/** @param {FactTraces} data @returns {Row[]} */
export const rows = (data) =>
  Array.from(data.restored.a, (p, at) => ({
    block: Math.floor(at / data.restored.shape[1]),
    position: at % data.restored.shape[1],
    token: tokenText(data.ids.a[at % data.restored.shape[1]]),
    p: Number.isFinite(p) ? p : null,
    error: Number.isFinite(data.error.a[at]) ? data.error.a[at] : null,
  }));
