// @ts-check
/**
 * Where a pass stands in the text: a dot where plain decoding would be, then a cell for each drafted token.
 *
 * @import { SpeculationRounds, SpecRound } from "../../../types/inference"
 */
import { scaleLinear } from "../../../vendor/d3.js";
import { nothing, svg } from "../../../vendor/lit.js";

const HEIGHT = 14;
/** Top and height of a cell of each kind. */
const CELLS = { accepted: [2, 10], rejected: [3.5, 7], waiting: [3.5, 7], own: [2.5, 9] };
const HAIR = 0.6;

/** @param {{ data: SpeculationRounds, round: SpecRound, at: number, waiting: boolean, width: number }} pass */
export function stair({ data, round, at, waiting, width }) {
  const count = data.new_ids.length;
  const x = scaleLinear([0, count], [0, width]);
  const from = round.start - data.n_prompt;
  const cells = round.ids.flatMap((_, step) => {
    if (from + step >= count || (!waiting && step === round.accepted)) return [];
    return [{ step, kind: waiting ? "waiting" : step < round.accepted ? "accepted" : "rejected" }];
  });
  if (!waiting && from + round.accepted < count) cells.push({ step: round.accepted, kind: "own" });
  return svg`
    <svg class="stair" width=${width} height=${HEIGHT} aria-hidden="true">
      <line class="hair" x1="0" x2=${width} y1=${HEIGHT / 2} y2=${HEIGHT / 2} />
      ${at < count ? svg`<circle cx=${x(at + 0.5)} cy=${HEIGHT / 2} r="1.6" />` : nothing}
      ${cells.map(({ step, kind }) => {
        const [y, height] = CELLS[/** @type {keyof typeof CELLS} */ (kind)];
        const wide = Math.max(1, x(1) - 2 * HAIR);
        return svg`<rect class=${kind} x=${x(from + step) + HAIR} y=${y} width=${wide} height=${height} rx="1" />`;
      })}
    </svg>`;
}
