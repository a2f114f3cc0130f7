// @ts-check
/**
 * What the views of a pair share: its controls and its texts.
 *
 * @import { PreferenceText } from "../../../types/finetuning"
 * @import { ViewContext } from "../../../kit/view"
 */
import { control } from "../../../kit/controls/declared.js";
import { typed, typedText } from "../../../kit/controls/typed.js";
import { counted } from "../../../kit/numbers/format.js";
import { html, nothing } from "../../../vendor/lit.js";

const OWN = "own";

/** @param {ViewContext<any>} ctx @param {string[]} more controls behind the usual ones */
export function settings(ctx, more = []) {
  const own = String(ctx.controls.rule) === OWN;
  return html`
    <div class="settings-row">
      ${control(ctx, "rule", { as: "select" })} ${own ? nothing : control(ctx, "which", { as: "number" })}
      ${control(ctx, "method", { as: "select" })} ${control(ctx, "steps", { as: "select" })}
      ${more.map((name) => control(ctx, name))}
    </div>
    ${
      own
        ? ["request", "chosen", "rejected"].map((name) =>
            typed({ name, value: typedText(name, undefined, ctx), lines: [1, 3], plain: true, named: true }, ctx),
          )
        : nothing
    }
    <details class="more">
      <summary>All settings</summary>
      <div class="settings-row">
        ${control(ctx, "beta", { as: "select" })} ${control(ctx, "rate", { as: "select" })} ${control(ctx, "seed")}
      </div>
    </details>`;
}

/** @param {{ pairs: readonly PreferenceText[], about: string }} data */
export function texts({ pairs, about }) {
  const [pair, ...others] = pairs;
  return html`
    ${answers(pair)}
    <p class="hint">${about}</p>
    <details class="more">
      <summary>${counted(others.length, "other pair")} of the batch</summary>
      ${others.map((each) => answers(each))}
    </details>`;
}

/** @param {PreferenceText} pair */
const answers = ({ request, chosen, rejected }) => html`
  <dl class="pair-texts">
    <dt>request</dt><dd><bdi>${request}</bdi></dd>
    <dt class="chosen">chosen</dt><dd><bdi>${chosen}</bdi></dd>
    <dt class="rejected">rejected</dt><dd><bdi>${rejected}</bdi></dd>
  </dl>`;

/** @param {ArrayLike<number | null>} values */
export const sum = (values) => Array.from(values, Number).reduce((all, each) => all + each, 0);
