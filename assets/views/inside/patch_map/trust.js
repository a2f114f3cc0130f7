// @ts-check
/**
 * How well one gradient, and five, agree with what was measured: every setting of this pair of prompts.
 *
 * @import { PatchTrust, Trusted } from "../../../types/inside"
 * @import { Drafts } from "../../../kit/controls/typed.js"
 * @import { Row, View } from "../../../kit/view"
 */
import { shaded } from "../../../kit/colour/legible.js";
import { diverging } from "../../../kit/colour/ramp.js";
import { named } from "../../../kit/controls/declared.js";
import { refusedTask } from "../../../kit/controls/fitting_task.js";
import { table } from "../../../kit/numbers/table.js";
import { html, styleMap } from "../../../vendor/lit.js";
import { prompts, rText } from "./shown.js";

const SITES = /** @type {const} */ (["resid", "attn", "mlp", "z"]);
const WAYS = /** @type {const} */ (["denoise", "noise"]);

/** @type {View<PatchTrust, Drafts>} */
export function trust(data, ctx) {
  const settings = html`<div class="settings-row ruled">${prompts(ctx, data.task)}</div>`;
  if (data.problem) return html`${settings}${refusedTask(ctx, data.problem, data.task)}`;
  const [sites, ways] = [named(ctx, "site"), named(ctx, "way")];
  const known = data.found.flatMap(({ r }) => r ?? []);
  const open = (/** @type {Trusted} */ { way, site, steps }) => {
    ctx.control("way", way);
    ctx.control("site", site);
    ctx.control("steps", steps);
  };
  return html`
    ${settings}
    <p class="readout lead">Over these settings r runs from <b>${rText(Math.min(...known))}</b> to
      <b>${rText(Math.max(...known))}</b>. A number opens its map above.</p>
    ${table({
      label: "Correlation of measured and estimated maps",
      className: "trusted",
      rows: [...WAYS],
      columns: [
        { name: "Put", cell: (way) => ways[way].name },
        ...SITES.map((site) => ({
          name: html`${sites[site].name}<br><small>1 gradient → 5</small>`,
          cell: (/** @type {(typeof WAYS)[number]} */ way) =>
            html`${data.found
              .filter((each) => each.way === way && each.site === site)
              .map((each) => button(each, () => open(each)))}`,
        })),
      ],
    })}
`;
}

/** @param {Trusted} each @param {() => void} open */
function button(each, open) {
  const value = each.r ?? 0;
  const ground = shaded(diverging()(value < 0 ? value : 0.8 * value ** 4));
  return html`<button type="button" class="r" style=${styleMap(ground)} @click=${open}>${rText(each.r)}</button>`;
}

/** @param {PatchTrust} data @returns {Row[]} */
export const rows = ({ found }) => found.map((each) => ({ ...each }));
