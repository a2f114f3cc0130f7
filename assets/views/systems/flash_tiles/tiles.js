// @ts-check
/**
 * Attention on one head as it crosses memory, tile by tile: what lies in slow memory, what is in fast memory now, what
 * moved, what it cost, and what one row's m, l and O became.
 *
 * @import { Row, View, ViewContext } from "../../../kit/view"
 * @import { FlashTiles } from "../../../types/systems"
 * @import { Kept, Move, Now } from "./run"
 */
import { chooseRescaled, whichHead } from "../../../kit/controls/choose_head.js";
import { player, segmented } from "../../../kit/controls/controls.js";
import { control } from "../../../kit/controls/declared.js";
import { legend } from "../../../kit/drawing/legend.js";
import { decimal } from "../../../kit/numbers/format.js";
import { max, sum } from "../../../vendor/d3.js";
import { html, nothing, svg } from "../../../vendor/lit.js";
import { costs } from "./costs.js";
import { fastMemory } from "./fast.js";
import { moves } from "./moves.js";
import { compared, sumRows } from "./other.js";
import { scoreRange } from "./paint.js";
import { rowState } from "./row_state.js";
import { bytes, nowOf, positions } from "./run.js";
import { slowMemory } from "./slow.js";
import { lastTouch, stateOf } from "./states.js";

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

// What crosses in this step, as arrows as thick as their bytes.

const ARROW = { width: 120, height: 40, most: 22, least: 2, head: 9 };

/** @param {Now} now */
function transfer({ run, step }) {
  const most = max(run.steps, ({ reads, writes }) => Math.max(total(reads), total(writes))) || 1;
  return html`
    <div class="transfer">${way("read", step.reads, most)} ${way("written", step.writes, most)}</div>`;
}

/** @param {Move[]} moves */
const total = (moves) => sum(moves, (move) => move.bytes);

/** @param {"read" | "written"} kind @param {Move[]} moves @param {number} most */
function way(kind, moves, most) {
  const crossed = total(moves);
  const thick = crossed ? Math.max(ARROW.least, (ARROW.most * crossed) / most) : 0;
  const [middle, tip] = [ARROW.height / 2, ARROW.head + thick / 2];
  const neck = ARROW.width - tip;
  const path =
    `M0 ${middle - thick / 2}H${neck}V${middle - tip}L${ARROW.width} ${middle}L${neck} ` +
    `${middle + tip}V${middle + thick / 2}H0z`;
  return html`
    <div class="way ${kind}">
      <p><b>${kind === "read" ? "Read" : "Write"}</b> ${bytes(crossed)}</p>
      <svg viewBox="0 0 ${ARROW.width} ${ARROW.height}" width=${ARROW.width} height=${ARROW.height} aria-hidden="true">
        ${
          crossed
            ? svg`<path d=${path} transform=${kind === "read" ? "" : `translate(${ARROW.width} 0) scale(-1 1)`} />`
            : svg`<line class="zero" x1="0" x2=${ARROW.width} y1=${middle} y2=${middle} />`
        }
      </svg>
      <ul>${moves.map(
        ({ name, block, bytes: size }) => html`<li><span>${name}<sub>${block}</sub></span>${bytes(size)}</li>`,
      )}</ul>
    </div>`;
}

// What a person may choose: the loop order, the tile, the mask, the numbers, and which positions of a long text.

/** @param {FlashTiles} data @param {ViewContext<Kept>} ctx */
export function settings(data, ctx) {
  const { sizes, rows, columns, windows } = data;
  const before = () => {
    ctx.keep({ playing: false, cursor: null });
    ctx.control("step", "");
  };
  return html`
    <div class="choices">
      ${chooseRescaled(ctx, data)} ${control(ctx, "algorithm", { before })}
      ${control(ctx, "rows", { choices: sizes, own: rows, before })}
      ${control(ctx, "columns", { choices: sizes, own: columns, before })}
      ${control(ctx, "mask", { choices: masks(data), before })} ${control(ctx, "numbers", { before })}
      ${
        windows.length > 1
          ? control(ctx, "window", { as: "select", choices: drawn(data), own: data.first, before })
          : nothing
      }
    </div>
    ${outside(data, ctx, before)}`;
}

/** @param {FlashTiles} data @returns {[string, string][]} */
const masks = ({ sliding }) => [
  ["own", sliding === null ? "Causal" : `Causal, window ${sliding}`],
  ["none", "None"],
];

/** @param {FlashTiles} data @returns {[number, string][]} */
const drawn = ({ windows, n_tokens, q }) =>
  windows.map((at) => [at, `${at}–${Math.min(n_tokens, at + q.shape[0]) - 1} of ${n_tokens}`]);

/**
 * Where the selected token is not among those drawn.
 * @param {FlashTiles} data
 * @param {ViewContext<Kept>} ctx
 * @param {() => void} before
 */
function outside({ first, windows, q }, ctx, before) {
  const position = ctx.focus.position ?? 0;
  if (position >= first && position < first + q.shape[0]) return nothing;
  const show = () => {
    before();
    ctx.control("window", windows.findLast((at) => at <= position) ?? 0);
  };
  return html`<p class="readout">Position ${position} lies outside the drawn window, so the page follows the nearest
      row.
    <button class="linkbtn" type="button" @click=${show}>Show the window with position ${position}</button></p>`;
}
