// @ts-check
/**
 * What a person may choose: the loop order, the tile, the mask, the numbers, and which positions of a long text.
 *
 * @import { FlashTiles } from "../../../types"
 * @import { ViewContext } from "../../../kit/view"
 * @import { Kept } from "./run.js"
 */
import { chooseRescaled } from "../../../kit/choose_head.js";
import { control } from "../../../kit/declared.js";
import { html, nothing } from "../../../vendor/lit.js";

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
