// @ts-check
/**
 * One neuron: what it does at the selected token, where in the text it is active, and what it says in the vocabulary.
 *
 * @import { Floats, Ints } from "../../../types/shared"
 * @import { FeedForwardNeuron } from "../../../types/transformer"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 *
 * @typedef {{ id: number, logit: number }} Said
 */

import { decimal, signed, tone } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { baseNote } from "../../../kit/runs/beside.js";
import { token, tokenText } from "../../../kit/text/tokens.js";
import { max, maxIndex } from "../../../vendor/d3.js";
import { html, nothing } from "../../../vendor/lit.js";
import { shadedText, shownStretch } from "./shaded_text.js";
import { lengthBar } from "./strongest.js";

const DIGITS = 3;
/** Logits that are smaller are written with a digit more. */
const SMALL = 0.1;

/** @type {View<FeedForwardNeuron>} */
export function neuron(data, ctx) {
  const { there } = ctx;
  const said = says(data);
  const largest = max([...said.raises, ...said.lowers], ({ logit }) => Math.abs(logit)) || 1e-9;
  return html`
    <p class="chain">${chain(data, ctx)}</p>
    ${baseNote(
      ctx,
      there,
      there ? html`${ctx.beside.start}, its activation is ${signed(there.hidden.a[there.position], DIGITS)}.` : nothing,
    )}
    <h3 class="sub3">Where it is active</h3>
    ${shadedText(data, ctx)}
    <p class="readout">${mostActive(data, ctx)}</p>
    <h3 class="sub3">What it writes, in logits of the next token</h3>
    <div class="says">
      ${vocabulary("raises", said.raises, largest)} ${vocabulary("lowers", said.lowers, largest)}
    </div>`;
}

/**
 * The neuron along the text, then the tokens that it raises and lowers.
 * @param {FeedForwardNeuron} data
 * @param {ViewContext<any, FeedForwardNeuron>} ctx
 * @returns {Row[]}
 */
export function rows(data, ctx) {
  const { there } = ctx;
  const { raises, lowers } = says(data);
  const told = (/** @type {string} */ how) => (/** @type {Said} */ each) => ({
    what: how,
    token: tokenText(each.id),
    logit: each.logit,
  });
  const active = Array.from(data.hidden.a, (activation, position) => ({
    what: "active",
    position,
    token: tokenText(ctx.run.ids[position]),
    gate: data.gate_pre.a[position],
    branch: data.up?.a[position],
    activation,
    [ctx.beside.column]: position < ctx.shared ? there?.hidden.a[position] : undefined,
  }));
  return [...active, ...raises.map(told("raises")), ...lowers.map(told("lowers"))];
}

/**
 * @param {FeedForwardNeuron} data
 * @param {ViewContext} ctx
 */
function chain({ position, activation, gate_pre, gate, up, hidden, value_length, strongest }, ctx) {
  const active = hidden.a[position];
  const branch = up
    ? html`; × branch ${decimal(up.a[position], DIGITS)} = activation <b>${signed(active, DIGITS)}</b>`
    : " (the activation)";
  const written = html`<b>${decimal(Math.abs(active) * value_length, DIGITS)}</b>, the length of the write`;
  return html`At ${token(ctx.run.ids[position])} (${position}) ${activation}(${decimal(gate_pre.a[position], DIGITS)}) =
    <b>${decimal(gate.a[position], DIGITS)}</b>${branch}; × |value| ${decimal(value_length, DIGITS)} =
    ${written}${strongest ? ". No neuron of this block writes more here." : "."}`;
}

/**
 * @param {FeedForwardNeuron} data
 * @param {ViewContext} ctx
 */
function mostActive({ hidden, position }, ctx) {
  const most = maxIndex(hidden.a, Math.abs);
  const value = hidden.a[most];
  const { first, shown } = shownStretch(hidden.a.length, position);
  const part = shown < hidden.a.length ? `Shown: positions ${first} to ${first + shown - 1}.` : nothing;
  return html`Most active at ${token(ctx.run.ids[most])} (${most}):
    <b class=${tone(value)}>${signed(value, DIGITS)}</b>. Blue +, orange −, colour = √size. ${part}`;
}

/**
 * Its value times its activation here, so that up is up: a negative activation lowers what the value raises.
 * @param {FeedForwardNeuron} data
 */
function says({ hidden, position, raised_ids, raised, lowered_ids, lowered }) {
  const by = hidden.a[position];
  const list = (/** @type {Ints} */ ids, /** @type {Floats} */ logits) =>
    Array.from(ids.a, (id, at) => ({ id, logit: logits.a[at] * by }));
  const [along, against] = [list(raised_ids, raised), list(lowered_ids, lowered)];
  return by < 0 ? { raises: against, lowers: along } : { raises: along, lowers: against };
}

/**
 * @param {"raises" | "lowers"} name
 * @param {Said[]} list
 * @param {number} largest
 */
function vocabulary(name, list, largest) {
  const digits = largest < SMALL ? DIGITS + 1 : DIGITS;
  const bar = (/** @type {Said} */ { logit }) =>
    lengthBar((Math.abs(logit) / largest) * 100, { unit: "%", sign: logit < 0 ? "negative" : "positive" });
  return table({
    label: `Tokens that it ${name}`,
    columns: [
      { name, className: "what", cell: ({ id }) => token(id) },
      { name: html`<span class="unseen">size</span>`, className: "drawn", cell: bar },
      { name: "logit", number: true, cell: ({ logit }) => signed(logit, digits) },
    ],
    rows: list,
  });
}
