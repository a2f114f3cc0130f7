// @ts-check
/**
 * What a visitor asks, a line a request, and the room it is served in.
 *
 * @import { SharedPrompts } from "../../../types"
 * @import { ViewContext } from "../../../kit/view"
 */
import { segmented, slider } from "../../../kit/controls.js";
import { EMPTY, typed, typedText } from "../../../kit/typed.js";
import { html } from "../../../vendor/lit.js";

const SIZES = ["2", "4", "8", "16"];
const LONGEST = 1200;
const MOST = 48;

/**
 * @param {SharedPrompts} data
 * @param {ViewContext<any>} ctx
 */
export function asked(data, ctx) {
  const link = String(ctx.controls.prompts || data.text);
  return html`
    <div class="asked">
      <div>
        <p class="muted">Prompts, a line each, served in this order</p>
        ${typed(
          {
            name: "prompts",
            value: typedText("prompts", link === EMPTY ? "" : link, ctx),
            label: "Prompts, one a line: at most 8 of 40 tokens",
            longest: LONGEST,
            empty: EMPTY,
            lines: [3, 9],
            plain: true,
            pause: 900,
          },
          ctx,
        )}
      </div>
      <div class="room">
        ${slider({
          label: "Pool, blocks",
          value: data.n_blocks,
          least: data.least,
          most: Math.max(MOST, data.least),
          note: `the largest request needs ${data.least}`,
          choose: (blocks) => ctx.control("pool", blocks),
        })}
        <div class="sizes">
          <span class="muted">Tokens of a block</span>
          ${segmented({
            label: "Tokens of a block",
            choices: SIZES.map((size) => [size, size]),
            chosen: String(data.block_size),
            choose: (size) => ctx.control("size", size),
          })}
        </div>
        <div class="sizes">
          <span class="muted">Running at once</span>
          ${segmented({
            label: "Requests that run at once",
            choices: [1, 2, 3].map((n) => [n, String(n)]),
            chosen: data.at_once,
            choose: (n) => ctx.control("at_once", n),
          })}
        </div>
      </div>
    </div>`;
}
