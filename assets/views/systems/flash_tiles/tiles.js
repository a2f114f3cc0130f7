// @ts-check
/**
 * Attention on one head as it crosses memory, tile by tile: what lies in slow memory, what is in fast memory now, what
 * moved, what it cost, and what one row's m, l and O became.
 *
 * @import { FlashTiles } from "../../../types"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 * @import { Kept, Now } from "./run.js"
 */
import { whichHead } from "../../../kit/choose_head.js";
import { player, segmented } from "../../../kit/controls.js";
import { control } from "../../../kit/declared.js";
import { decimal } from "../../../kit/format.js";
import { legend } from "../../../kit/legend.js";
import { sum } from "../../../vendor/d3.js";
import { html } from "../../../vendor/lit.js";
import { costs } from "./costs.js";
import { fastMemory } from "./fast.js";
import { moves } from "./moves.js";
import { compared, sumRows } from "./other.js";
import { scoreRange } from "./paint.js";
import { rowState } from "./row_state.js";
import { nowOf, positions } from "./run.js";
import { settings } from "./settings.js";
import { slowMemory } from "./slow.js";
import { lastTouch, stateOf } from "./states.js";
import { transfer } from "./transfer.js";

const PACE = 750;
/** Both memories side by side; below it a phone shows one of the parts beneath at a time. */
const BESIDE = 1000;
const PHONE = 700;
const SLOW = { most: 560, share: 0.5 };
const FAST = { most: 460, gap: 172 };

/** @type {View<FlashTiles, Kept>} */
export function tiles(data, ctx) {
  const now = nowOf(data, ctx);
  const narrow = ctx.width < BESIDE;
  const slow = narrow ? Math.min(ctx.width, SLOW.most) : Math.min(SLOW.most, ctx.width * SLOW.share);
  const fast = narrow ? Math.min(ctx.width, FAST.most) : Math.min(FAST.most, ctx.width - slow - FAST.gap);
  return html`
    ${settings(data, ctx)} ${whichHead(ctx, { ...data, block: data.columns }, !data.rises)}
    ${compared(data, ctx)} ${stepping(now)}
    <div class="memory ${narrow ? "narrow" : ""}">
      ${slowMemory(now, slow)} ${transfer(now)} ${fastMemory(now, fast)}
    </div>
    ${marks(now)} ${below(now)}`;
}

/**
 * Each step: what it takes, moves and computes, and what it leaves the selected row with; beside another run the sums
 * of both.
 * @param {FlashTiles} data
 * @param {ViewContext<Kept>} ctx
 * @returns {Row[]}
 */
export function rows(data, ctx) {
  const now = nowOf(data, ctx);
  const { run, row } = now;
  const steps = run.steps.map((step, at) => {
    const touched = lastTouch({ ...now, at });
    const { m, l } = stateOf(run, run.steps[touched], row % data.rows);
    return {
      ...(data.base ? { run: "this run" } : {}),
      step: at + 1,
      phase: step.phase,
      queries: positions(run, step.i, data.rows),
      keys: step.j < 0 ? "all" : positions(run, step.j, data.columns),
      bytes_read: sum(step.reads, (move) => move.bytes),
      bytes_written: sum(step.writes, (move) => move.bytes),
      bytes_beside: step.extra,
      flops: step.flops,
      [`m_of_row_${data.first + row}`]: Number.isFinite(m) ? m : null,
      [`l_of_row_${data.first + row}`]: l,
    };
  });
  return [...steps, ...sumRows(data, ctx)];
}

/** @param {Now} now */
function stepping(now) {
  const { run, at, ctx } = now;
  const count = run.steps.length;
  const choose = (/** @type {number} */ to) => ctx.control("step", to + 1);
  return html`
    <div class="player">
      ${player({ ctx, at, count, choose, label: "Step through the tiles", pace: PACE })}
      ${control(ctx, "step", {
        as: "slider",
        value: at + 1,
        most: count,
        format: (step) => `${step} of ${count}`,
        live: true,
        before: () => ctx.keep({ playing: false }),
      })}
      <p class="readout" aria-live="polite">${sentence(now)}</p>
    </div>`;
}

/** @param {Now} now */
function sentence({ run, step }) {
  const queries = positions(run, step.i, run.data.rows);
  if (step.phase === "softmax") return html`Softmax of the whole rows <b>${queries}</b>.`;
  const keys = positions(run, step.j, run.data.columns);
  const what = { scores: "Scores of", output: "P · V of", tile: "Tile of" }[step.phase];
  const ends =
    run.algorithm === "fa2" && step.last ? " The rows are complete: FA-2 divides O by l and writes O and L." : "";
  return html`${what} queries <b>${queries}</b> and keys <b>${keys}</b>.${ends}`;
}

/** @param {Now} now */
function marks({ run }) {
  const [low, high] = scoreRange(run);
  const { softcap } = run.data;
  const standard = run.algorithm === "standard";
  return html`
    <div class="keyed">
      ${legend([
        ["read", "read in this step"],
        ["written", "written in this step"],
        ["now", "tile now"],
        ["todo", "to come"],
        ["hatched", standard ? "masked, but computed" : "skipped: no query sees a key here"],
        ["signs", "Q, K, V, O: − 0 +, each on its own scale"],
        ["scores", `score ${decimal(low, 1)} to ${decimal(high, 1)}${softcap ? `, softly capped at ±${softcap}` : ""}`],
        ["weights", standard ? "P, as its square root" : "exp(S − m), as its square root"],
      ])}
      <p class="hint">The figures count how often a block was read and <b>written</b>. Pale blocks are not in fast
      memory now.</p>
    </div>`;
}

/** What lies beneath: all of it, or on a phone one part at a time. @param {Now} now */
function below(now) {
  /** @type {[string, string, (now: Now) => import("lit-html").TemplateResult][]} */
  const parts = [
    ["moves", "Moves", moves],
    ["cost", "Cost", costs],
    ["row", "Row", rowState],
  ];
  const { ctx } = now;
  if (ctx.width >= PHONE) return parts.map(([, , part]) => html`<div class="below">${part(now)}</div>`);
  const shows = parts.find(([key]) => key === ctx.kept.shows) ?? parts[0];
  return html`
    <div class="below">
      ${segmented({
        label: "What is shown beneath",
        choices: parts.map(([key, name]) => [key, name]),
        chosen: shows[0],
        choose: (/** @type {string} */ key) => ctx.keep({ shows: key }),
      })}
      ${shows[2](now)}
    </div>`;
}
