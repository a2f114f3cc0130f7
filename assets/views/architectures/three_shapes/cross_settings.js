// @ts-check
/**
 * What is chosen of the reading, and the controls for it: the sentence, the step, the heads.
 *
 * @import { ViewContext } from "../../../kit/view"
 * @import { CrossReading } from "../../../types/architectures"
 * @import { Kept, Now } from "./cross.js"
 */
import { player } from "../../../kit/controls/controls.js";
import { select } from "../../../kit/controls/select.js";
import { headName } from "../../../kit/numbers/format.js";
import { cut } from "../../../kit/text/tokens.js";
import { maxIndex } from "../../../vendor/d3.js";
import { html } from "../../../vendor/lit.js";
import { firstJump, MEAN_OF_ALL, sharpest, weight } from "./reading.js";

const CHIP = 44;
const PACE = 500;

/**
 * @param {CrossReading} data
 * @param {ViewContext<Kept>} ctx
 * @returns {Now}
 */
export function nowOf(data, { kept }) {
  const own = kept.of === data ? kept : {};
  const heads = own.heads ?? sharpest(data);
  const step = own.step ?? firstJump(data);
  const row = data.source.map((_, column) => weight(data, heads, step, column));
  return { step, heads, row, most: maxIndex(row) };
}

/**
 * What is kept belongs to this sentence: with another one it begins anew.
 * @param {CrossReading} data
 * @param {ViewContext<Kept>} ctx
 * @param {Partial<Kept>} change
 */
export function keep(data, ctx, change) {
  const { step, heads } = nowOf(data, ctx);
  const playing = ctx.kept.of === data && Boolean(ctx.kept.playing);
  ctx.keep({ step, heads, column: null, playing, of: data, ...change });
}

/**
 * @param {CrossReading} data
 * @param {ViewContext} ctx
 */
export function examples(data, ctx) {
  return html`
    <div class="chips">
      ${data.examples.map(
        (text) => html`
          <button class="chip" type="button" title=${text} aria-pressed=${text === data.text}
            @click=${() => ctx.control("sentence", text)}>${cut(text, CHIP)}</button>`,
      )}
    </div>`;
}

/**
 * @param {CrossReading} data
 * @param {ViewContext<Kept>} ctx
 * @param {Now} now
 */
export function play(data, ctx, now) {
  return player({
    ctx: {
      kept: { playing: ctx.kept.of === data && ctx.kept.playing },
      keep: (change) => keep(data, ctx, change),
    },
    at: now.step,
    count: data.written.length,
    choose: (step) => keep(data, ctx, { step }),
    label: "Written tokens, one by one",
    noun: "token",
    pace: PACE,
  });
}

/**
 * @param {CrossReading} data
 * @param {ViewContext<Kept>} ctx
 * @param {Now} now
 */
export function chooseHeads(data, ctx, now) {
  const [blocks, heads] = data.cross.shape;
  const best = sharpest(data);
  const each = Array.from({ length: blocks * heads }, (_, at) => [Math.floor(at / heads), at % heads]);
  /** @type {[string, string][]} */
  const choices = each.map(([block, head]) => {
    const key = `${block}.${head}`;
    return [key, `${headName(block, head)}${key === best ? " (sharpest)" : ""}`];
  });
  return select({
    label: "Attention of",
    spoken: "Block and head",
    choices: [[MEAN_OF_ALL, "mean of all heads"], ...choices],
    chosen: now.heads,
    choose: (chosen) => keep(data, ctx, { heads: chosen }),
  });
}
