// @ts-check
/**
 * Every head of the decoder at a glance; one is chosen to see its words.
 *
 * @import { SpeechHeard } from "../../../types/architectures"
 * @import { ViewContext } from "../../../kit/view"
 * @typedef {{ layer: number, head: number }} Head
 */
import { headName, percent } from "../../../kit/numbers/format.js";
import { range } from "../../../vendor/d3.js";
import { html } from "../../../vendor/lit.js";
import { sharesOf } from "./looking.js";
import { smallRows } from "./word_rows.js";

const GAP = 8;
const NARROW = 560;
const FEW = 4;
const HEIGHT = 44;

/**
 * @param {SpeechHeard} data
 * @param {ViewContext<any>} ctx
 * @param {Head | null} chosen
 */
export function allHeads(data, ctx, chosen) {
  const [layers, heads] = data.heads.shape;
  const across = ctx.width < NARROW ? FEW : heads;
  const width = Math.floor((ctx.width - GAP * (across - 1)) / across) - 2 * GAP;
  return html`
    <h3 class="sub3">
      All ${layers * heads} heads
      <small>percent: from one token to the next, how often the frame that the head reads most stays or moves
        forward</small>
    </h3>
    <div class="all-heads" role="group" aria-label="All heads" style="--across: ${across}">
      ${range(layers * heads).map((at) =>
        oneHead({ data, ctx, chosen, width, head: { layer: Math.floor(at / heads), head: at % heads } }),
      )}
    </div>
    <p class="hint">Choose a head to see its words above. Choose it again for the mean of all heads. The percentages
    describe this one recording; heads for aligning words in time are chosen on many recordings.</p>`;
}

/** @param {{ data: SpeechHeard, ctx: ViewContext<any>, chosen: Head | null, width: number, head: Head }} options */
function oneHead({ data, ctx, chosen, width, head }) {
  const on = chosen?.layer === head.layer && chosen.head === head.head;
  const forward = data.forward.a[head.layer * data.heads.shape[1] + head.head];
  const choose = () => ctx.control("head", on ? "" : `${head.layer}.${head.head}`);
  return html`
    <button class="one-head" type="button" aria-pressed=${on} @click=${choose}>
      ${smallRows({ data, shares: sharesOf(data, head), word: -1, width, height: HEIGHT })}
      <span>${headName(head.layer, head.head)}, ${percent(forward, 0)}</span>
    </button>`;
}
