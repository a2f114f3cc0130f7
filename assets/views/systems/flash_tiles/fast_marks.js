// @ts-check
/**
 * Beside the tile in fast memory: names, m and l of its rows, what stays for the next step.
 *
 * @import { Layout } from "./fast.js"
 * @import { Now } from "./run.js"
 */
import { counted, decimal } from "../../../kit/numbers/format.js";
import { tooltip } from "../../../kit/tooltip.js";
import { max, range } from "../../../vendor/d3.js";
import { nothing, svg } from "../../../vendor/lit.js";
import { before, stateOf } from "./states.js";

const BAR = 9;
const APART = 13;

/** @param {Now} now @param {Layout} g */
export function marksBeside(now, g) {
  const { run, step, row } = now;
  const first = step.i * run.data.rows;
  const inside = row >= first && row < first + g.rows;
  const y = g.square.y + (row - first + 0.5) * (g.square.height / g.rows);
  const end = g.has.V ? g.O.x + g.O.width : g.square.x + g.square.width + g.sums;
  const named = step.phase === "scores" ? "S" : step.phase === "tile" && g.square.width > 76 ? "exp(S − m)" : "P";
  return svg`
    <svg class="fig over" viewBox="0 0 ${g.width} ${g.height}">
      ${g.has.V ? name("V", step.j, g.V.x, g.V.y - 5) : nothing}
      ${g.has.K ? name("K", step.j, g.K.x, g.K.y - 5) : nothing}
      ${g.has.Q ? name("Q", step.i, g.Q.x, g.Q.y - 6) : nothing}
      <text class="h" x=${g.square.x} y=${g.square.y - 6}>${named}</text>
      ${g.sums ? sums(now, g) : nothing} ${g.has.V ? name("O", step.i, g.O.x, g.O.y - 6) : nothing}
      ${inside ? svg`<line class="rowline" x1="0" x2=${end} y1=${y} y2=${y} />` : nothing}
      <text class="dim" x="0" y=${g.square.y + g.square.height + 20}>${risen(now, g)}</text>
      <text class="dim" x="0" y=${g.square.y + g.square.height + 37}>${stays(now)}</text>
    </svg>`;
}

/** @param {string} letter @param {number} block @param {number} x @param {number} y */
const name = (letter, block, x, y) =>
  svg`<text class="h" x=${x} y=${y}>${letter}<tspan class="sub" dy="3">${block}</tspan></text>`;

/** Rows' m, dark where it rose, and l as bars. @param {Now} now @param {Layout} g */
function sums(now, g) {
  const { run, step } = now;
  const earlier = before(run, step);
  const states = range(g.rows).map((row) => [stateOf(run, earlier, row), stateOf(run, step, row)]);
  const most = max(states, ([, { l }]) => l) || 1;
  const cell = g.square.height / g.rows;
  const first = step.i * run.data.rows;
  const x = g.beside;
  return svg`
    <text class="h" x=${x + BAR / 2} y=${g.square.y - 6} text-anchor="middle">m</text>
    <text class="h" x=${x + APART + BAR / 2} y=${g.square.y - 6} text-anchor="middle">l</text>
    ${states.map(([was, is], row) => {
      const tip = tooltip(`Row ${now.quoted(first + row)}`, [
        ["m", `${shown(was.m)} → ${shown(is.m)}`],
        ["l", `${decimal(was.l, 3)} → ${decimal(is.l, 3)}`],
      ]);
      const y = g.square.y + row * cell;
      return svg`
        <g @pointermove=${tip.show} @pointerleave=${tip.hide}>
          <rect class="rose ${is.m > was.m ? "yes" : ""}" x=${x} y=${y + 0.5} width=${BAR}
            height=${Math.max(1, cell - 1)} />
          <rect class="summed" x=${x + APART} y=${y + 0.5} width=${(BAR * is.l) / most}
            height=${Math.max(1, cell - 1)} />
        </g>`;
    })}`;
}

/** @param {number} maximum */
export const shown = (maximum) => (Number.isFinite(maximum) ? decimal(maximum, 3) : "−∞");

/** @param {Now} now @param {Layout} g */
function risen({ run, step }, g) {
  if (step.phase === "softmax") return "whole rows: m and l of each, then P = exp(S − m) ÷ l";
  if (step.phase !== "tile") return step.phase === "scores" ? "S = Q Kᵀ × scale" : "O = O + P V";
  if (step.first) return "this is the first tile of these rows: m rises from −∞";
  const earlier = before(run, step);
  const rose = range(g.rows).filter((row) => stateOf(run, step, row).m > stateOf(run, earlier, row).m).length;
  return `m rose in ${rose} of ${counted(g.rows, "row")} (bars under m)`;
}

/** @param {Now} now */
function stays({ run, at, step }) {
  const next = run.steps[at + 1];
  if (!next) return "this is the last step";
  if (next.phase !== step.phase) return "next: another pass over the square";
  if (next.i === step.i)
    return run.algorithm === "fa2" ? "next: Q, O, m, l stay; K, V are replaced" : "next: Q stays; K is replaced";
  if (next.j === step.j && run.algorithm === "fa1") return "next: K, V stay; Q, O, m, l are replaced";
  return "next: all blocks are replaced";
}
