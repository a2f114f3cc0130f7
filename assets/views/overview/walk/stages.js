// @ts-check
/**
 * The stages below the river: a card each, the operands of the one that is open, and what plays the walk.
 *
 * @import { WalkRiver } from "../../../types/overview"
 * @import { Context, Standing } from "./blocks.js"
 */
import { player } from "../../../kit/controls/controls.js";
import { writersOf } from "../../../kit/runs/writers.js";
import { html, nothing } from "../../../vendor/lit.js";
import { STAGE, stageOf, stepsOf } from "./blocks.js";
import { STAGES } from "./operands.js";

/** Milliseconds that a block and another stage stand while the walk is played. */
const PACE = { block: 260, stage: 1000, still: 700 };

/**
 * @param {WalkRiver} data
 * @param {Context} ctx
 * @param {Standing} walk
 */
export function stages(data, ctx, walk) {
  return html`
    <div class="walkthrough">
      <div class="plays">${plays(data, ctx, walk)}</div>
      ${STAGES.map((stage, at) => card(data, ctx, walk, stage, at))}
    </div>`;
}

/**
 * @param {WalkRiver} data
 * @param {Context} ctx
 * @param {Standing} walk
 */
function plays(data, ctx, walk) {
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const quick = still ? PACE.still : PACE.block;
  const next = () => open(ctx, (walk.stage + 1) % STAGES.length, true);
  return html`
    ${player({
      ctx,
      at: ctx.kept.step ?? -1,
      count: stepsOf(data),
      choose: (step) => ctx.keep({ step, stage: stageOf(data, step), hovered: null }),
      label: "Play the walk",
      pace: walk.stage === STAGE.blocks ? quick : PACE.stage,
    })}
    <button class="btn ghost" type="button" @click=${next}>Next stage</button>`;
}

/**
 * @param {Context} ctx
 * @param {number} stage
 * @param {boolean} alone
 */
function open(ctx, stage, alone) {
  ctx.keep({ stage, alone, step: null, playing: false });
}

/**
 * @param {WalkRiver} data
 * @param {Context} ctx
 * @param {Standing} walk
 * @param {typeof STAGES[number]} stage
 * @param {number} at
 */
function card(data, ctx, walk, { name, links, mixed = links, says, opened }, at) {
  const isOpen = at === walk.stage;
  const press = () => open(ctx, at, !(walk.alone && isOpen));
  return html`
    <div class="stage-card ${isOpen ? "open" : ""}">
      <button class="stage-name" type="button" data-stage=${at} aria-current=${isOpen ? "step" : nothing}
        @click=${press} @keydown=${(/** @type {KeyboardEvent} */ event) => beside(event, ctx, at)}>
        <b>${name}</b> <span>${says(data)}</span>
      </button>
      <div class="stage-links">
        ${(writersOf(ctx).first === "mixer" ? mixed : links).map(
          ([panel, title]) => html`
            <button class="linkbtn" type="button" aria-label="Open the panel ${title}" @click=${() => ctx.go(panel)}>
              ${title}&nbsp;→
            </button>`,
        )}
      </div>
    </div>
    ${isOpen ? operands(name, opened(data, ctx, walk)) : nothing}`;
}

/**
 * Left and right open the stage beside.
 * @param {KeyboardEvent} event
 * @param {Context} ctx
 * @param {number} at
 */
function beside(event, ctx, at) {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!step) return;
  event.preventDefault();
  const stage = (at + step + STAGES.length) % STAGES.length;
  open(ctx, stage, true);
  const cards = /** @type {Element} */ (event.currentTarget).closest(".walkthrough");
  /** @type {HTMLElement | null | undefined} */ (cards?.querySelector(`[data-stage="${stage}"]`))?.focus();
}

/**
 * What the open stage was computed from.
 * @param {string} name
 * @param {import("./operands.js").Opened} what
 */
function operands(name, { formula, operands, hint, picture }) {
  return html`
    <div class="operands">
      <div class="operands-head">
        <b>${name}</b> <code>${formula}</code> ${hint ? html`<span class="operands-hint">${hint}</span>` : nothing}
      </div>
      <dl>${operands.map(([title, value]) => html`<div><dt>${title}</dt><dd>${value}</dd></div>`)}</dl>
      ${picture ?? nothing}
    </div>`;
}
