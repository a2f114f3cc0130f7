// @ts-check
/**
 * The tree as a drawing: what is pointed at shows its path, a click or an arrow key opens one.
 *
 * @import { BeamTree } from "../../../types/inference"
 * @import { Geometry } from "./geometry.js"
 * @import { Candidate, Search } from "./search.js"
 */

import { pressing } from "../../../kit/controls/roving.js";
import { trace, treeStep } from "../../../kit/drawing/tree.js";
import { counted, decimal } from "../../../kit/numbers/format.js";
import { svgToken, tokenText } from "../../../kit/text/tokens.js";
import { spoken, tip } from "../../../kit/tooltip.js";
import { html, nothing, svg } from "../../../vendor/lit.js";
import { again, headings, prompt } from "./around.js";
import { BESIDE } from "./geometry.js";
import { FATE, ROOT } from "./search.js";
import { linesOf } from "./told.js";

/** What is drawn over what. */
const ORDER = /** @type {const} */ (["cut", "lost", "kept", "best"]);
/** Pixels that stay free beside a box that is scrolled to. */
const MARGIN = 48;

/**
 * @typedef {object} Picture
 * @property {BeamTree} data
 * @property {Search} search
 * @property {Geometry} geometry
 * @property {string} root the prompt's end
 * @property {number | null} picked
 * @property {(index: number | null) => void} pick
 *
 * @param {Picture} picture
 */
export function picture(picture) {
  const { data, search, geometry } = picture;
  const drawn = ORDER.flatMap((state) => search.candidates.filter((each) => each.state === state));
  const on = new Set(picture.picked === null ? [] : search.path(picture.picked));
  const keys = (/** @type {KeyboardEvent} */ event) => walk(event, picture);
  const drawing = `${counted(drawn.length, "candidate")} in ${counted(data.n_steps, "step")}`;
  const size = `${drawing}, ${data.n_beams} kept at each`;
  return html`
    <div class="scroll tree">
      <svg class="fig" viewBox="0 0 ${geometry.width} ${geometry.height}" width=${geometry.width}
        height=${geometry.height} style="width: ${geometry.width}px" role="group" tabindex="-1" @keydown=${keys}
        aria-label="Tree of a beam search: ${size}; arrow keys walk it">
        ${headings(geometry, data)}
        ${drawn.map(
          ({ index, state }) =>
            svg`<path class="link ${state} ${on.has(index) ? "on" : ""}" data-link=${index}
              d=${geometry.link(index)} />`,
        )}
        <path class="traced" d="" />
        ${prompt(picture)} ${geometry.again.map((each) => again(each, picture))}
        ${drawn.map((candidate) => box(candidate, picture, on.has(candidate.index)))}
      </svg>
    </div>`;
}

/**
 * @param {Candidate} candidate
 * @param {Picture} picture
 * @param {boolean} on its path is open
 */
function box(candidate, picture, on) {
  const { search, geometry, picked, pick, data } = picture;
  const { index, state, token, fate, total } = candidate;
  const { x, y, width, height, hit } = geometry.boxOf(index);
  const lines = linesOf(data, search, candidate);
  const show = (/** @type {PointerEvent} */ event) => {
    const svg = /** @type {Element} */ (event.currentTarget).closest("svg");
    trace(svg, pathLine(picture, index));
    tip.show(event.clientX, event.clientY, pathText(search, index), lines);
  };
  const hide = (/** @type {PointerEvent} */ event) => {
    trace(/** @type {Element} */ (event.currentTarget).closest("svg"), "");
    tip.hide();
  };
  const toggle = () => pick(index === picked ? null : index);
  const first = picked === null ? index === search.first[0] : index === picked;
  return svg`
    <g class="node ${state} ${on ? "on" : ""}" data-node=${index} data-fate=${fate} role="button"
      tabindex=${first ? 0 : -1} aria-pressed=${index === picked} aria-label=${called(candidate, lines)}
      @click=${toggle} @keydown=${pressing(toggle)} @pointermove=${show} @pointerleave=${hide}>
      <rect class="hit" x=${x} y=${y - hit / 2} width=${width} height=${hit} />
      <rect class="chip" x=${x + 0.5} y=${y - height / 2} width=${width - 1} height=${height} rx="4" />
      ${svgToken(token, { x: x + BESIDE.end, y: y + 4, most: geometry.most })}
      ${
        geometry.totals
          ? svg`<text class="total" data-total=${total} x=${x + width - BESIDE.end} y=${y + 4}
              text-anchor="end">${shortTotal(total)}</text>`
          : nothing
      }
      ${
        fate === FATE.finished
          ? svg`<rect class="end" x=${x + width + 2} y=${y - height / 2} width="3" height=${height} />`
          : nothing
      }
      ${
        candidate.greedy
          ? svg`<rect class="way" x=${x + 3} y=${y + height / 2 + 0.5} width=${width - 6} height="2" />`
          : nothing
      }
    </g>`;
}

/** A total of four or five characters. @param {number} total */
const shortTotal = (total) => decimal(total, total > -9.995 ? 2 : 1);

/**
 * @param {Candidate} candidate
 * @param {[string, string][]} lines
 */
const called = ({ token, step, place, total }, lines) =>
  spoken({
    written: [String(place + 1), tokenText(token), shortTotal(total)],
    lines: [["token", String(step + 1)], ...lines],
  });

/** @param {Search} search @param {number} index */
const pathText = ({ candidates, path }, index) =>
  path(index)
    .map((each) => tokenText(candidates[each].token))
    .join("");

/**
 * The line from the prompt to a candidate.
 * @param {Pick<Picture, "search" | "geometry">} picture
 * @param {number} index
 */
export const pathLine = ({ search, geometry }, index) => search.path(index).map(geometry.link).join("");

/**
 * Arrow keys open a relative, Escape closes.
 * @param {KeyboardEvent} event
 * @param {Picture} picture
 */
function walk(event, { search, geometry, picked, pick }) {
  const { candidates, first } = search;
  const drawing = /** @type {Element} */ (event.currentTarget);
  if (event.key === "Escape") pick(null);
  if (!event.key.startsWith("Arrow")) return;
  event.preventDefault();
  const prefer = (/** @type {number[]} */ all) =>
    all.find((index) => candidates[index].state === "best") ??
    all.find((index) => candidates[index].fate !== FATE.pruned) ??
    all[0];
  const next = picked === null ? first[0] : treeStep(geometry.places, picked, event.key, prefer);
  if (next === undefined || next === ROOT) return;
  pick(next);
  const node = /** @type {SVGElement | null} */ (drawing.querySelector(`[data-node="${next}"]`));
  node?.focus({ preventScroll: true });
  bringIntoView(/** @type {HTMLElement} */ (drawing.parentElement), geometry.boxOf(next));
}

/**
 * Scrolls sideways, so that a box is seen with what is beside it.
 * @param {HTMLElement} frame
 * @param {{ x: number, width: number }} box
 */
function bringIntoView(frame, { x, width }) {
  const right = x + width + MARGIN - frame.clientWidth;
  frame.scrollLeft = Math.max(right, Math.min(frame.scrollLeft, x - MARGIN));
}
