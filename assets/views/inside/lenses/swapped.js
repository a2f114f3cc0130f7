// @ts-check
/**
 * The answer and another token exchanged along each lens's directions, block by block.
 *
 * @import { LensesSwapped } from "../../../types/inside"
 * @import { Drafts } from "../../../kit/controls/typed.js"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 */
import { typed, typedText } from "../../../kit/controls/typed.js";
import { decimal, signed } from "../../../kit/numbers/format.js";
import { token, tokenText } from "../../../kit/text/tokens.js";
import { html } from "../../../vendor/lit.js";
import { byBlock, lacking, NAMES } from "./drawn.js";

/** @type {View<LensesSwapped, Drafts>} */
export function swapped(data, ctx) {
  const n = data.blocks.length;
  return html`
    <div class="settings-row ruled">
      ${typed({ name: "concept", value: typedText("concept", undefined, ctx), single: true, named: true }, ctx)}</div>
    <p class="readout lead">The run prefers ${token(data.a)} to ${token(data.b)} by <b>${decimal(-data.before)}</b>
      logits. ${data.kinds.map((kind, lens) => turned(data, kind, lens))}</p>
    ${byBlock({
      label: "Log odds after the exchange, by block and lens",
      title: "log odds, nats",
      ...data,
      value: (lens, block) => data.after.a[lens * n + block],
      extra: Array.from(data.placebo.a),
      levels: [0, data.before],
      format: (value) => signed(value, 0),
      width: ctx.width,
    })}
    <p class="hint">Log odds of ${token(data.b)} over ${token(data.a)} at the prompt’s last token; dashed lines: as the
      run is, and even. Exchanged at every token but the first. The random direction’s push is as long as the longest of
      the lenses’. A lens that reads the two in the wrong order makes the answer stronger.</p>
    ${stack(data, ctx)} ${lacking(data.missing)}`;
}

/** @param {LensesSwapped} data @param {LensesSwapped["kinds"][number]} kind @param {number} lens */
function turned({ blocks, after }, kind, lens) {
  const found = blocks.filter((_, at) => after.a[lens * blocks.length + at] > 0);
  return html`${NAMES[kind]}: ${
    found.length
      ? html`turned over at block${found.length > 1 ? "s" : ""}
    <b>${found.join(", ")}</b>. `
      : "never turned over. "
  }`;
}

/** The other token's direction on the intervention stack. @param {LensesSwapped} data @param {ViewContext<any>} ctx */
function stack({ kinds, blocks, b }, ctx) {
  const block = blocks[Math.floor(blocks.length / 2)];
  return html`<div class="rowbtns">${kinds
    .filter((kind) => kind !== "least_squares")
    .map((kind) => {
      const text = `steer:lens-${kind}-${block}-${b}:${block}:all:8`;
      const on = ctx.interventions.some((each) => each.on && each.text === text);
      return html`<button class="btn ${on ? "on" : ""}" type="button" @click=${() =>
        on ? ctx.restore(text) : ctx.intervene(text)}>
        ${on ? "Take off" : "Add 8 ×"} ${NAMES[kind]}, ${tokenText(b)}, behind block ${block}</button>`;
    })}</div>`;
}

/** @param {LensesSwapped} data @returns {Row[]} */
export const rows = (data) =>
  data.kinds.flatMap((lens, row) =>
    data.blocks.map((block, at) => ({
      lens,
      block,
      before: data.before,
      after: data.after.a[row * data.blocks.length + at],
      random: data.placebo.a[at],
    })),
  );
