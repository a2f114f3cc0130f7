// @ts-check
/**
 * How byte-level BPE built the selected token, merge by merge.
 *
 * @import { MergeStep, TokensMerges } from "../../../types/overview"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 *
 * @typedef {ViewContext<any, TokensMerges>} Context
 */

import { counted, whole } from "../../../kit/numbers/format.js";
import { textThere, tokenThere } from "../../../kit/runs/beside.js";
import { piece, token } from "../../../kit/text/tokens.js";
import { html, nothing } from "../../../vendor/lit.js";
import { ladder } from "./ladder.js";
import { spelled } from "./pieces.js";

/** @type {View<TokensMerges>} */
export function merges(data, ctx) {
  if (!data.applies) {
    const id = ctx.run.ids[data.position];
    return html`<p class="readout">${token(id)} at position ${data.position}. ${data.reason}</p>`;
  }
  return html`
    <p class="readout">${built(data)}${limits(data)}
      <button class="linkbtn" type="button" @click=${() => pairs(ctx)}>See all pairs at each step</button></p>
    ${compared(data, ctx)}
    <div class="figure scroll">${ladder(data, ctx.width)}</div>`;
}

/**
 * A row for each merge.
 * @param {TokensMerges} data
 * @param {Context} ctx
 * @returns {Row[]}
 */
export function rows({ position, start, steps }, { there, beside }) {
  return steps.map((step, at) => {
    const before = at ? steps[at - 1].bytes : start;
    return {
      position,
      step: at + 1,
      merge: step.rank < 0 ? "taken whole" : step.rank + 1,
      left: step.rank < 0 ? null : spelled(before[step.index]),
      right: step.rank < 0 ? null : spelled(before[step.index + 1]),
      joined: spelled(step.bytes[step.index]),
      bytes: step.bytes[step.index],
      id: step.id,
      ...(there ? { [`joined_${beside.column}`]: joined(there.steps[at]) } : {}),
    };
  });
}

/** What a step joins, where there is one. @param {MergeStep | undefined} step */
const joined = (step) => (step ? spelled(step.bytes[step.index]) : null);

/**
 * How the token at this place came about in the other run.
 * @param {TokensMerges} data
 * @param {Context} ctx
 */
function compared({ steps }, ctx) {
  const { there, beside } = ctx;
  if (!there) return nothing;
  const token = piece(tokenThere(ctx, there.position));
  if (!there.applies)
    return html`<p class="readout basenote">${beside.start}, position ${there.position} is ${token}.
      ${there.reason}</p>`;
  const { pieces } = textThere(ctx, [], there.ids);
  const count = there.steps.length;
  return html`<p class="readout basenote">${beside.start}, position ${there.position} is
    ${token}, in a piece of ${counted(there.start.length, "byte")}. There
    <b data-merges=${count}>${counted(count, "merge")}</b> of ${whole(there.n_merges)}
    ${count === 1 ? "applies" : "apply"} (here ${whole(steps.length)}), which leaves
    ${counted(pieces.length, "token")}${
      pieces.length === 1 ? "" : html`: ${pieces.map((each) => [piece(each, "mono tokword"), " "])}`
    }.</p>`;
}

/** The pairs that lost, of the same piece. @param {ViewContext} ctx */
function pairs(ctx) {
  ctx.control("source", "prompt", "bpe_encoding");
  ctx.control("word", -1, "bpe_encoding");
  ctx.go("bpe_encoding", "steps");
}

/** @param {TokensMerges} data */
function built({ ids, run_ids, alone, selected, start, steps, n_merges }) {
  const own = token(run_ids[alone ? 0 : selected]);
  const merged = `${counted(steps.length, "merge")} of the ${whole(n_merges)} that this tokenizer learned`;
  if (ids.length > 1) {
    return html`${own} is part of a piece of ${counted(start.length, "byte")}. ${merged}
      ${steps.length === 1 ? "applies" : "apply"}
      to it and ${steps.length === 1 ? "leaves" : "leave"} ${counted(ids.length, "token")}.`;
  }
  return html`${own}${steps.length ? ` needs ${merged}.` : " is one byte: it needs no merge."}`;
}

/** @param {TokensMerges} data */
function limits({ ids, run_ids, alone }) {
  const same = ids.length === run_ids.length && ids.every((id, at) => id === run_ids[at]);
  return (
    (alone ? " The merges shown are of this token alone: the piece around it is too long or incomplete." : "") +
    (same ? "" : " The model generated other tokens for this text; the merges give the tokenizer’s own.")
  );
}
