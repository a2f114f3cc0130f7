// @ts-check
/**
 * One block small: its matrix without numbers, and how many bits its experts tell about the kind of text.
 *
 * @import { ExpertsByKind } from "../../../types/architectures"
 * @import { Chosen } from "./selection.js"
 */

import { rgbs } from "../../../kit/colour/theme.js";
import { max, range, scaleLinear } from "../../../vendor/d3.js";
import { html, svg } from "../../../vendor/lit.js";
import { fill } from "./fill.js";
import { bits, cell } from "./selection.js";

const WIDTH = 116;
/** Pixels of the matrix, and of a row at the least and at the most. */
const TALL = 90;
const ROW = { least: 3, most: 9 };

/** @param {{ data: ExpertsByKind, block: number, chosen: Chosen, most: number, select: () => void }} options */
export function smallBlock({ data, block, chosen, most, select }) {
  const [measured, shuffled] = [bits(data.bits.a[block]), bits(data.chance.a[block])];
  const name = `Block ${data.layers[block]}`;
  return html`
    <button class="small-block" type="button" aria-pressed=${block === chosen.block} @click=${select}
      aria-label="${name} ${measured}, shuffled ${shuffled}: bits about the text kind">
      <span class="name" aria-hidden="true">${name}</span>
      ${drawing({ data, block, chosen, most })}
      <span class="bits" aria-hidden="true"><b>${measured}</b>, shuffled ${shuffled}</span>
    </button>`;
}

/** @param {{ data: ExpertsByKind, block: number, chosen: Chosen, most: number }} options */
function drawing({ data, block, chosen, most }) {
  const row = Math.max(ROW.least, Math.min(ROW.most, TALL / data.n_experts));
  const column = WIDTH / data.kinds.length;
  const bottom = data.n_experts * row;
  const x = scaleLinear([0, max([...data.bits.a, ...data.band_high.a]) ?? 1], [0, WIDTH - 1]);
  return svg`
    <svg width=${WIDTH} height=${bottom + 18} viewBox="0 0 ${WIDTH} ${bottom + 18}" aria-hidden="true">
      ${range(data.n_experts).map((expert) =>
        data.kinds.map((_, kind) => {
          const mine = block === chosen.block && expert === chosen.expert;
          const ground = rgbs(fill(cell(data.shares, { block, expert }, kind), most, mine));
          return svg`<rect x=${kind * column + 0.5} y=${expert * row + 0.5} width=${column - 1} height=${row - 1} rx="1"
            fill=${ground} />`;
        }),
      )}
      <rect class="measured" x="0" y=${bottom + 6} width=${Math.max(0.8, x(data.bits.a[block]))} height="7" rx="1" />
      <rect class="shuffled" x="0.5" y=${bottom + 4.5} width=${Math.max(1, x(data.band_high.a[block]))} height="10"
        rx="1" />
    </svg>`;
}
