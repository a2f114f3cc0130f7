// @ts-check
/**
 * What a person may choose: the loop order, the tile, the mask, the numbers, and which positions of a long text.
 *
 * @import { FlashTiles } from "../../../types"
 * @import { ViewContext } from "../../../kit/view"
 * @import { Kept } from "./run.js"
 */
import { chooseRescaled } from "../../../kit/choose_head.js";
import { segmented } from "../../../kit/controls.js";
import { select } from "../../../kit/select.js";
import { html, nothing } from "../../../vendor/lit.js";

/** @type {[string, string][]} */
const ALGORITHMS = [
  ["standard", "Standard"],
  ["fa1", "FlashAttention-1"],
  ["fa2", "FlashAttention-2"],
];

/** @param {FlashTiles} data @param {ViewContext<Kept>} ctx */
export function settings(data, ctx) {
  const set = (/** @type {string} */ name) => (/** @type {string | number} */ value) => {
    ctx.keep({ playing: false, cursor: null });
    ctx.control("step", "");
    ctx.control(name, value);
  };
  /** @type {[string, string, [string | number, string, string?][], string | number][]} */
  const choices = [
    ["algorithm", "Loop order", ALGORITHMS, data.algorithm],
    ["rows", "Tile rows", data.sizes.map((size) => [size, String(size)]), data.rows],
    ["columns", "Tile columns", data.sizes.map((size) => [size, String(size)]), data.columns],
    [
      "mask",
      "Mask",
      [
        ["own", ownMask(data)],
        ["none", "None"],
      ],
      data.causal ? "own" : "none",
    ],
    [
      "numbers",
      "Numbers",
      [
        ["float32", "float32"],
        ["bfloat16", "bfloat16"],
      ],
      data.dtype,
    ],
  ];
  return html`
    <div class="choices">
      ${chooseRescaled(ctx, data)}
      ${choices.map(
        ([name, label, choices, chosen]) => html`
          <div class="control"><span
              class="label">${label}</span>${segmented({ label, choices, chosen, choose: set(name) })}</div>`,
      )}
      ${data.windows.length > 1 ? windows(data, set("window")) : nothing}
    </div>
    ${outside(data, ctx, set("window"))}`;
}

/** @param {FlashTiles} data */
const ownMask = ({ sliding }) => (sliding === null ? "Causal" : `Causal, window ${sliding}`);

/** @param {FlashTiles} data @param {(first: number) => void} choose */
function windows({ windows, first, n_tokens, q }, choose) {
  const size = q.shape[0];
  const choices = windows.map(
    (at) => /** @type {[number, string]} */ ([at, `${at}–${Math.min(n_tokens, at + size) - 1} of ${n_tokens}`]),
  );
  return html`<div
    class="control"><span class="label">Positions</span>${select({
      label: "",
      spoken: "Positions drawn",
      choices,
      chosen: first,
      choose,
    })}</div>`;
}

/**
 * Where the selected token is not among those drawn.
 * @param {FlashTiles} data
 * @param {ViewContext<Kept>} ctx
 * @param {(first: number) => void} choose
 */
function outside({ first, windows, q }, ctx, choose) {
  const position = ctx.focus.position ?? 0;
  if (position >= first && position < first + q.shape[0]) return nothing;
  const to = windows.findLast((at) => at <= position) ?? 0;
  return html`<p class="readout">Position ${position} lies outside the drawn window, so the page follows the nearest
      row.
    <button class="linkbtn" type="button" @click=${() => choose(to)}>Show the window with position
    ${position}</button></p>`;
}
