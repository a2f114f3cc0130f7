// @ts-check
/**
 * The selected row both ways: as RMSNorm gives it, as LayerNorm does, and the difference.
 *
 * @import { ViewContext } from "../../../kit/view"
 * @import { NormsMean } from "../../../types"
 * @import { Opened } from "./row_stripes.js"
 */
import { decimal, signed } from "../../../kit/format.js";
import { stripes } from "../../../kit/stripes.js";
import { html } from "../../../vendor/lit.js";
import { chosenPlace, largest, PLACES, size } from "./places.js";
import { COLOURS, stripe } from "./row_stripes.js";

/**
 * @param {NormsMean} data
 * @param {ViewContext<Opened>} ctx
 */
export function bothWays(data, ctx) {
  const [rms, layer] = sameRow(data, ctx);
  const difference = layer.map((value, at) => value - rms[at]);
  const shade = { centre: 0, reach: Math.abs(largest([...rms, ...layer])) };
  const { dimension = null } = ctx.kept;
  return html`
    ${stripes({
      stripes: [
        stripe("RMSNorm", rms, { shade, note: `largest ${size(shade.reach)}` }),
        stripe("LayerNorm", layer, { shade, note: "same scale" }),
        stripe("difference", difference),
      ],
      width: ctx.width,
      label: "The selected row after RMSNorm, after LayerNorm, and the difference",
      told: (at) => ({
        title: `Dimension ${at}`,
        details: [
          ["RMSNorm", decimal(rms[at], 4)],
          ["LayerNorm", decimal(layer[at], 4)],
          ["difference", signed(difference[at], 4)],
        ],
      }),
      chosen: dimension,
      choose: (at) => ctx.keep({ dimension: at }),
    })}
    <p class="hint">Both are shown without weights. ${COLOURS} The two rows share one scale; their difference has its
    own.</p>
    <p class="readout" aria-live="polite">
      ${
        dimension === null || dimension >= rms.length
          ? html`<span class="muted">Point at a dimension to read its numbers. Click to keep it.</span>`
          : html`Dimension <b>${dimension}</b>: RMSNorm <b>${decimal(rms[dimension], 4)}</b>, LayerNorm <b
              >${decimal(layer[dimension], 4)}</b>, difference <b>${signed(difference[dimension], 4)}</b>`
      }
    </p>`;
}

/**
 * The row as RMSNorm gives it, and as LayerNorm does.
 * @param {NormsMean} data
 * @param {ViewContext<Opened>} ctx
 */
function sameRow({ rows }, ctx) {
  const length = rows.shape[2];
  const from = 2 * length * PLACES.indexOf(chosenPlace(ctx));
  return [rows.a.subarray(from, from + length), rows.a.subarray(from + length, from + 2 * length)];
}
