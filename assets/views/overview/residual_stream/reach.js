// @ts-check
/**
 * Drawn over a grid: the cone that each patch can reach, the cell that is carried and the place where it would land.
 *
 * @import { LensPatch, ResidualLens } from "../../../types/overview"
 * @import { Carry, Side } from "./carry.js"
 * @import { Size } from "./lens_grid.js"
 *
 * @typedef {Pick<LensPatch, "layer" | "position">} Place
 * @typedef {{ window: ResidualLens, size: Size, line: number }} Ground
 */
import { nothing, svg } from "../../../vendor/lit.js";
import { holds } from "./columns.js";

/**
 * @param {Ground} ground
 * @param {{ side: Side, patches: Place[], carry: Carry | null | undefined }} shown
 */
export function reach(ground, { side, patches, carry }) {
  const { window, size, line } = ground;
  const height = size.row * window.depths + 2 * line;
  const over = carry?.over?.side === side ? carry.over : null;
  const landing = carry && over && { layer: carry.depth - 1, position: over.position };
  const own = Boolean(carry && carry.side === side && over?.position === carry.position);
  return svg`
    <svg class="reach" aria-hidden="true" width=${size.width} height=${height} viewBox="0 0 ${size.width} ${height}">
      <g transform="translate(${size.names} ${line})">
        ${patches.map((patch) => cone(patch, ground))}
        ${landing && !own ? [cone(landing, ground, true), frame(landing, ground, "landing")] : nothing}
        ${
          carry?.side === side
            ? frame({ layer: carry.depth - 1, position: carry.position }, ground, "carried")
            : nothing
        }
        ${patches.map((patch) => frame(patch, ground, "patched"))}
      </g>
    </svg>`;
}

/**
 * The patched cell, and below it this position and all later ones.
 * @param {Place} place
 * @param {Ground} ground
 * @param {boolean} [planned]
 */
function cone({ layer, position }, { window, size }, planned = false) {
  const end = window.start + window.n;
  if (position >= end) return nothing;
  const [left, right] = [Math.max(0, position - window.start) * size.cell, window.n * size.cell];
  const [top, below] = [(layer + 1) * size.row, (layer + 2) * size.row];
  const bottom = window.depths * size.row;
  const inside = position >= window.start;
  const head = inside ? `M${left} ${top}H${left + size.cell}V${below}` : `M${left} ${below}`;
  const path = `${head}H${right}V${bottom}H${left}Z`;
  return svg`
    <path class="halo" d=${path} />
    <path class="cone ${planned ? "planned" : ""}" data-layer=${layer} data-position=${position} d=${path} />`;
}

/**
 * @param {Place} place
 * @param {Ground} ground
 * @param {string} kind
 */
function frame({ layer, position }, { window, size }, kind) {
  if (!holds(window, position)) return nothing;
  return svg`<rect class=${kind} x=${(position - window.start) * size.cell} y=${(layer + 1) * size.row}
    width=${size.cell - 1} height=${size.row - 1} rx="2" />`;
}
