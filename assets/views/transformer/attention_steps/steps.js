// @ts-check
/**
 * Attention step by step: every matrix of one head as an equation, one step at a time; the rail shows all steps at
 * once.
 *
 * @import { AttentionSteps } from "../../../types/transformer"
 * @import { Row, ViewContext } from "../../../kit/view"
 * @import { Head, Kept } from "./head.js"
 * @import { Step } from "./story.js"
 */

import { player, segmented } from "../../../kit/controls/controls.js";
import { parted, UNCHANGED } from "../../../kit/runs/beside.js";
import { range } from "../../../vendor/d3.js";
import { html, nothing } from "../../../vendor/lit.js";
import { equation, readCell } from "./equation.js";
import { headOf } from "./head.js";
import { rail } from "./rail.js";
import { sentence } from "./reading.js";
import { scale, scaleNote } from "./scale.js";
import { story } from "./story.js";
import { heads, sumNote } from "./sum.js";

const PACE = 1800;
const POINT = "Point at a cell to read its number. Click a row to select its token.";

/**
 * @param {AttentionSteps} payload
 * @param {ViewContext<Kept, AttentionSteps>} ctx
 */
export function steps(payload, ctx) {
  const head = headOf(payload, ctx);
  const all = story(head);
  const at = Math.min(all.length, Number(ctx.controls.step)) - 1;
  const choose = (/** @type {number} */ next) => ctx.control("step", next + 1);
  const press = (/** @type {number} */ next) => {
    ctx.keep({ playing: false });
    choose(next);
  };
  return html`
    <div class="bar">
      <div class="cluster">
        ${player({ ctx, at, count: all.length, choose, label: "Steps of the head", pace: PACE })}
        <span class="hint">Step ${at + 1} of ${all.length}</span>
        ${ctx.there ? sides(ctx) : nothing}
      </div>
      ${key(all[at])}
    </div>
    ${ctx.changed && !ctx.there ? html`<p class="hint">${parted(ctx)}</p>` : nothing}
    ${rail({ head, steps: all, at, choose: press })}
    <p class="says">${all[at].says}${shownOf(head, ctx)}</p>
    ${picture(head, all[at], ctx)}
    <p class="readout" aria-live="polite">${said(head, all[at], ctx)}</p>`;
}

/**
 * The numbers of the step's matrices, a line a cell that is seen.
 * @param {AttentionSteps} payload
 * @param {ViewContext<Kept>} ctx
 * @returns {Row[]}
 */
export function rows(payload, ctx) {
  const head = headOf(payload, ctx);
  const { data, count, word, seen } = head;
  return range(count).flatMap((query) =>
    range(count)
      .filter((key) => seen(query, key))
      .map((key) => ({
        query: word(query),
        query_position: data.first + query,
        key: word(key),
        key_position: data.first + key,
        product: data.raw.a[query * count + key],
        score: data.scores.a[query * count + key],
        weight: data.pattern.a[query * count + key],
        weight_unscaled: data.unscaled.a[query * count + key],
      })),
  );
}

/** @param {ViewContext<Kept>} ctx */
const sides = (ctx) =>
  segmented({
    label: "Run",
    choices: /** @type {["here" | "there", string][]} */ ([
      ["here", "This run"],
      ["there", ctx.beside.The],
    ]),
    chosen: ctx.kept.side ?? "here",
    choose: (side) => ctx.keep({ side }),
  });

/** What the colours mean. @param {Step} step */
function key({ key, cells }) {
  const signedRamp = html`<span>−<i class="ramp signs"></i>+, colour = √size, relative to each matrix’s largest</span>`;
  const weights = cells.some(({ kind }) => kind === "weight");
  return html`
    <div class="legend">
      ${key === "scale" ? nothing : signedRamp}
      ${weights ? html`<span>0<i class="ramp weights"></i>1, ink = √weight</span>` : nothing}
    </div>`;
}

/**
 * @param {Head} head
 * @param {Step} step
 * @param {ViewContext<Kept>} ctx
 */
function picture(head, step, ctx) {
  if (step.key === "scale") return scale(head, ctx.width);
  if (step.key === "add") return heads(head, ctx);
  return equation(head, step, ctx);
}

/**
 * @param {Head} head
 * @param {Step} step
 * @param {ViewContext<Kept>} ctx
 */
function said(head, step, ctx) {
  if (step.key === "scale") return html`<span class="muted">${scaleNote(head)}</span>`;
  if (step.key === "add") return sumNote(head);
  const reading = readCell(head, step, ctx);
  return reading ? sentence(reading) : html`<span class="muted">${POINT}</span>`;
}

/**
 * Which positions are shown, where not all are, and from where on the other run's have none beside them.
 * @param {Head} head
 * @param {ViewContext<Kept, AttentionSteps>} ctx
 */
function shownOf({ data, count, there }, ctx) {
  const last = data.first + count - 1;
  const other = ctx.there && !there ? ctx.other : null;
  const parted =
    other && last >= ctx.shared
      ? ` From position ${ctx.shared} on ` +
        `${ctx.beside === UNCHANGED ? "the unchanged run wrote other tokens" : "the two texts cannot be aligned"}.`
      : "";
  const { length } = (other ?? ctx.run).ids ?? [];
  const window = data.first ? ` Shown: positions ${data.first} to ${last} of ${length}.` : "";
  return parted || window ? html`<span class="muted">${parted}${window}</span>` : nothing;
}
