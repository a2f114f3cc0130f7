// @ts-check
/**
 * A block over several ranks: what each holds, what each computes for the selected token, what is sent.
 *
 * @import { SplitSublayer, TensorBlock } from "../../../types/systems"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 */
import { stripes } from "../../../kit/cells/stripes.js";
import { control } from "../../../kit/controls/declared.js";
import { halfWidth } from "../../../kit/layout.js";
import { counted, decimal, scientific, whole } from "../../../kit/numbers/format.js";
import { token } from "../../../kit/text/tokens.js";
import { html, nothing } from "../../../vendor/lit.js";
import { cosine, length, rowOf, shadeOver } from "./rows.js";
import { gradients, sums } from "./sent.js";
import { holdings } from "./slices.js";

/** @type {View<TensorBlock>} */
export function block(data, ctx) {
  const position = Math.min(ctx.focus.position ?? 0, data.token_ids.a.length - 1);
  return html`
    <div class="cluster controls">${control(ctx, "ranks", { value: data.ranks })} ${tokens(data, ctx, position)}</div>
    <p class="readout lead">${counted(data.ranks, "process", "processes")} compute block ${data.layer} of
      ${whole(data.layers)} together. Each holds ${whole(data.each)} of its ${whole(data.whole)}
      weights${shared(data)}.</p>
    <h3 class="sub3">What each rank holds <small>to scale; rows come from the left, a matrix is as high as they are
      long</small></h3>
    ${holdings(data, ctx.width)}
    <p class="hint">Columns first, then rows. A head lies whole on one rank, and so does a neuron: nothing is sent
      between W_Q and W_O, nor between W_in and W_out. Each rank then has a part of every number that the sublayer
      adds to the stream, and one sum makes them whole.</p>
    <div class="side-by-side">
      ${data.sublayers.map((each) => lanes(each, data, position, halfWidth(ctx.width)))}
    </div>
    <h3 class="sub3">What is sent</h3>
    ${sums(data)}
    <p class="hint">g stands where parts meet: a sum forward, nothing backward. f stands where one input goes to all
      ranks: nothing forward, a sum backward. Headers and acknowledgements weigh more in short messages.</p>
    <h3 class="sub3">Break it: f is missing</h3>
    ${gradients(data)}
    <p class="hint">The outputs and the loss stay right: nothing is wrong forward. W_in and W_out learn what they
      should, as their gradients are made before the sum. All that comes later in the backward pass gets one rank’s
      part of the gradient alone.</p>`;
}

/** @param {TensorBlock} data @returns {Row[]} */
export const rows = (data) =>
  data.sublayers.flatMap((each) =>
    Array.from(data.token_ids.a, (_, position) => ({
      sublayer: each.name,
      position,
      ...Object.fromEntries(each.parts.map((part, rank) => [`rank_${rank}`, length(rowOf(part, position))])),
      sum: length(rowOf(each.total, position)),
      one_process: length(rowOf(each.alone, position)),
    })),
  );

/** @param {TensorBlock} data @param {ViewContext<any>} ctx @param {number} position */
const tokens = (data, ctx, position) =>
  html`<div class="token-choice" role="group" aria-label="Token">
    ${Array.from(
      data.token_ids.a,
      (id, at) => html`<button type="button" class=${at === position ? "on" : ""}
        aria-pressed=${at === position} @click=${() => ctx.select({ position: at })}>${token(id)}</button>`,
    )}
  </div>`;

/** What is held more than once. @param {TensorBlock} data */
function shared({ kv_heads, ranks }) {
  const held = new Set(kv_heads.map(([from]) => from)).size;
  if (held === ranks) return "; norms lie on all";
  return `; norms lie on all, and each key-value head on ${whole(ranks / held)} ranks, which sum its gradients`;
}

/**
 * One sublayer's way for the token: inner numbers, parts, sum.
 * @param {SplitSublayer} each @param {TensorBlock} data @param {number} position @param {number} width
 */
function lanes(each, data, position, width) {
  const inner = each.inner.map((values) => rowOf(values, position));
  const parts = each.parts.map((values) => rowOf(values, position));
  const total = rowOf(each.total, position);
  const alone = rowOf(each.alone, position);
  const [shadeInner, shadeParts] = [shadeOver(inner), shadeOver([...parts, total])];
  const attention = each.name === "attention";
  /** @param {string} name @param {Float32Array} values @param {{ centre: number, reach: number }} shade */
  const stripe = (name, values, shade) => ({ name, values, shade, note: `length ${decimal(length(values), 2)}` });
  /** @param {string} what @param {{ name: string, values: Float32Array }[]} of @param {number} at */
  const told = (what, of, at) => ({
    title: `${what} ${at}`,
    details: of.map(({ name, values }) => /** @type {[string, string]} */ ([name, decimal(values[at], 3)])),
  });
  const first = inner.map((values, rank) => stripe(`Rank ${rank}`, values, shadeInner));
  const second = [
    ...parts.map((values, rank) => stripe(`Rank ${rank}’s part`, values, shadeParts)),
    stripe("Sum (g)", total, shadeParts),
    stripe("One process", alone, shadeParts),
  ];
  return html`<div class="lanes">
    <h3 class="sub3">${attention ? "Attention" : "Feed-forward"} <small>${said(parts, total)}</small></h3>
    ${
      first.length
        ? html`<p class="hint">${
            attention ? `Outputs of its heads, ${whole(data.d_head)} numbers each` : "Its hidden neurons"
          }</p>
          ${stripes({
            stripes: first,
            width,
            label: `What lies between the matrices, ${each.name}`,
            told: (at) => told("number", first, at),
            chosen: null,
            choose: () => {},
          })}`
        : nothing
    }
    <p class="hint">Times its rows of ${attention ? "W_O" : "W_out"}: a part of all ${whole(total.length)} numbers</p>
    ${stripes({
      stripes: second,
      width,
      label: `Parts, their sum and one process’s vector, ${each.name}`,
      told: (at) => told("dimension", second, at),
      chosen: null,
      choose: () => {},
    })}
    <p class="hint">Over all tokens the sum is one process’s within ${scientific(each.error)} of its largest number,
      ${decimal(each.largest, 1)}.</p>
  </div>`;
}

/** @param {Float32Array[]} parts @param {Float32Array} total */
function said(parts, total) {
  if (parts.length > 2) return `${whole(parts.length)} parts make ${decimal(length(total), 2)}`;
  const apart = cosine(parts[0], parts[1]);
  const both = `cosine ${decimal(apart, 2)}`;
  return apart < 0 ? `the parts pull against each other: ${both}` : `the parts: ${both}`;
}
