// @ts-check
/**
 * What crosses in this step, as arrows as thick as their bytes.
 *
 * @import { Move, Now } from "./run.js"
 */
import { max, sum } from "../../../vendor/d3.js";
import { html, svg } from "../../../vendor/lit.js";
import { bytes } from "./run.js";

const ARROW = { width: 120, height: 40, most: 22, least: 2, head: 9 };

/** @param {Now} now */
export function transfer({ run, step }) {
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
