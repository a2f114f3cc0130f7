// @ts-check
/**
 * What stands around the candidates: the steps and places by number, the prompt, and the texts that a further band goes
 * on from.
 *
 * @import { BeamTree } from "../../../types/inference"
 * @import { Geometry } from "./geometry.js"
 * @import { Picture } from "./picture.js"
 */
import { cut, svgToken } from "../../../kit/text/tokens.js";
import { svg } from "../../../vendor/lit.js";
import { BESIDE } from "./geometry.js";
import { ROOT } from "./search.js";

const CHARACTER = 6.9;

/**
 * @param {Geometry} geometry
 * @param {BeamTree} data
 */
export function headings({ bands, headings, labels }, { n_beams, n_groups }) {
  const wide = n_beams / n_groups;
  return svg`
    ${bands.flatMap(({ columns }) =>
      columns.map(
        ({ x, y, step }, at) => svg`<text class="dim" x=${x} y=${y - 8}>${at ? step + 1 : `token ${step + 1}`}</text>`,
      ),
    )}
    ${labels.map(({ place, y }) => svg`<text class="dim" x="0" y=${y + 4}>${place + 1}</text>`)}
    ${headings.map(
      ({ group, y }) => svg`<text class="b ink" x="0" y=${y + 4}>Group ${group + 1}, beam of ${wide}</text>`,
    )}`;
}

/**
 * A text that was kept before a band: its last token once more.
 * @param {Geometry["again"][number]} kept
 * @param {Picture} picture
 */
export function again({ of, box: { x, y, width, height } }, { search, geometry }) {
  const { token, state } = search.candidates[of];
  return svg`
    <g class="again ${state}" aria-hidden="true">
      <rect class="chip" x=${x + 0.5} y=${y - height / 2} width=${width - 1} height=${height} rx="4" />
      ${svgToken(token, { x: x + BESIDE.end, y: y + 4, most: geometry.most })}
    </g>`;
}

/** @param {Picture} picture */
export function prompt({ geometry, root }) {
  const { x, y, width, height } = geometry.boxOf(ROOT);
  const most = Math.floor((width - BESIDE.end) / CHARACTER);
  return svg`
    <g class="prompt">
      <rect x=${x + 0.5} y=${y - height / 2} width=${width - 1} height=${height} rx="4" />
      <text class="m ink" x=${x + width / 2} y=${y + 4} text-anchor="middle">${cut(root, most)}</text>
    </g>`;
}
