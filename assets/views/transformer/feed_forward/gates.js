// @ts-check
/**
 * All gates of one position: a cloud of neurons, how the gates lie, and the neurons that write most.
 *
 * @import { Row, View, ViewContext } from "../../../kit/view"
 * @import { FeedForwardGates } from "../../../types/transformer"
 */

import { legend } from "../../../kit/drawing/legend.js";
import { decimal, percent, signed, whole } from "../../../kit/numbers/format.js";
import { baseNote } from "../../../kit/runs/beside.js";
import { token, tokenText } from "../../../kit/text/tokens.js";
import { maxIndex, sum } from "../../../vendor/d3.js";
import { html, nothing } from "../../../vendor/lit.js";
import { cloud } from "./cloud.js";
import { strongest } from "./strongest.js";

/** From this width on the table stands beside the cloud; the cloud's part, and the gap. */
const BESIDE = 820;
const CLOUD = 0.42;
const GAP = 32;
/** An activation that moved by less did not move. */
const STILL = 5e-4;

/** @type {View<FeedForwardGates, { block?: number }>} */
export function gates(data, ctx) {
  leaveOtherBlock(data, ctx);
  const beside = ctx.width >= BESIDE;
  const width = beside ? Math.floor(CLOUD * (ctx.width - GAP)) : ctx.width;
  const chosen = chosenNeuron(data, ctx);
  const open = (/** @type {number} */ neuron) => ctx.control("neuron", neuron);
  const { there } = ctx;
  const said = ctx.beside.short;
  return html`
    <div class="bar">
      <p class="readout lead">${added(data, ctx)}</p>
      <div class="cluster legend">
        ${legend([
          [{ color: "pos", shape: "dot" }, "activation above 0"],
          [{ color: "neg", shape: "dot" }, "below 0"],
        ])}
        <span>area: length of the write</span>
      </div>
    </div>
    ${baseNote(ctx, there, moved(data, ctx))}
    <div class="gates ${beside ? "beside" : ""}">
      <div>
        <div class="figure">${cloud(data, { width, chosen, there, said, open })}</div>
        <p class="readout">${openGates(data)}</p>
      </div>
      <div class="list">
        ${strongest(data, {
          width: beside ? ctx.width - width - GAP : ctx.width,
          chosen,
          there,
          said,
          open,
        })}
        <p class="hint">${method(data)}</p>
      </div>
    </div>`;
}

/**
 * The neurons that write most.
 * @param {FeedForwardGates} data
 * @param {ViewContext<any>} ctx
 * @returns {Row[]}
 */
export function rows(data, ctx) {
  const said = data.raised.shape[1];
  return Array.from(data.listed.a, (neuron, at) => ({
    block: data.layer,
    position: data.position,
    neuron,
    gate: data.gate_pre.a[neuron],
    [data.activation]: data.gate.a[neuron],
    branch: data.up?.a[neuron],
    activation: data.hidden.a[neuron],
    written: data.lengths.a[neuron],
    raises: Array.from(data.raised.a.subarray(at * said, (at + 1) * said), tokenText).join(" "),
    [ctx.beside.column]: ctx.there?.hidden.a[neuron],
  }));
}

/**
 * @param {FeedForwardGates} data
 * @param {ViewContext} ctx
 */
function added({ position, total, wrote, cut }, ctx) {
  const sum = cut
    ? ". An intervention keeps them from the stream."
    : html`. Their sum has length <b>${decimal(wrote, 1)}</b>, because they point in many directions.`;
  return html`At ${token(ctx.run.ids[position])} (${position}) the lengths of all writes add up to
    <b>${whole(Math.round(total))}</b>${sum}`;
}

/**
 * The write that differs most between the runs: the difference of its activation, times the length of its value.
 * @param {FeedForwardGates} data
 * @param {ViewContext<any, FeedForwardGates>} ctx
 */
function moved({ hidden, lengths }, { there, beside }) {
  if (!there) return nothing;
  const by = Array.from(
    hidden.a,
    (now, at) => (Math.abs(now - there.hidden.a[at]) * lengths.a[at]) / (Math.abs(now) || 1e-9),
  );
  const most = maxIndex(by);
  const [before, now] = [there.hidden.a[most], hidden.a[most]];
  if (Math.abs(now - before) < STILL) return `Compared with ${beside.the}, no neuron’s write changed.`;
  return html`Compared with ${beside.the}, the write of neuron <b>${most}</b> changed most: its activation went from
    ${signed(before)} to <b>${signed(now)}</b>.`;
}

/** @param {FeedForwardGates} data */
function openGates({ gate_pre, gated, activation }) {
  const n = gate_pre.a.length;
  const open = gate_pre.a.reduce((count, gate) => count + (gate > 0 ? 1 : 0), 0);
  const what = `of ${whole(n)} ${gated ? "gates are open" : "are above zero"} (${percent(open / n)}).`;
  const closed =
    `${activation} lets a little through a closed gate, with the opposite sign. On a dotted line the ` +
    "product of gate and branch is the same.";
  return html`<b>${whole(open)}</b> ${what} ${gated ? closed : nothing}`;
}

/** @param {FeedForwardGates} data */
function method({ listed, hidden, lengths, total, carriers }) {
  const written = sum(listed.a, (neuron) => lengths.a[neuron]);
  return (
    `The table lists the ${listed.a.length} of ${whole(hidden.a.length)} neurons that write most. They make ` +
    `${percent(written / total)} of all lengths; ${whole(carriers)} neurons make half. “Raises” lists the tokens ` +
    "whose logits the write raises most, read directly through the unembedding."
  );
}

// Which neuron is open: the link's, or the one that writes most.

/**
 * @param {FeedForwardGates} data
 * @param {ViewContext} ctx
 */
function chosenNeuron(data, ctx) {
  return Math.min(Number(ctx.controls.neuron ?? data.listed.a[0]), data.hidden.a.length - 1);
}

/**
 * A neuron's number means nothing in another block: once another is selected, the strongest one there is open.
 * @param {FeedForwardGates} data
 * @param {ViewContext<{ block?: number }>} ctx
 */
function leaveOtherBlock({ layer }, ctx) {
  const before = ctx.kept.block;
  if (before === layer) return;
  queueMicrotask(() => {
    ctx.keep({ block: layer });
    if (before !== undefined && ctx.controls.neuron !== undefined) ctx.control("neuron", "");
  });
}
