// @ts-check
/**
 * How wide and how far the search goes.
 *
 * @import { BeamTree } from "../../../types"
 * @import { ViewContext } from "../../../kit/view"
 */
import { segmented, slider } from "../../../kit/controls.js";
import { decimal } from "../../../kit/format.js";
import { html, nothing } from "../../../vendor/lit.js";

const MOST_GROUPS = 4;
const LENGTH = { least: -1, most: 2 };
const DIVERSE = 3;
const STEP = 0.1;

/**
 * @param {BeamTree} data
 * @param {ViewContext<any>} ctx
 */
export function settings(data, ctx) {
  const asked = (/** @type {string} */ name, /** @type {number} */ own) => Number(ctx.controls[name] ?? own);
  // What is asked for shows at once; the picture follows.
  const ask = (/** @type {string} */ name) => (/** @type {number} */ value) => {
    if (data.opened) {
      // The search that the page chose stays as it is, but for what is asked for now.
      ctx.control("beams", data.n_beams);
      ctx.control("steps", data.max_new_tokens);
    }
    ctx.control(name, value);
    ctx.keep({});
  };
  return html`
    <div class="settings-row">
      ${slider({
        label: "Beams",
        value: asked("beams", data.n_beams),
        least: 1,
        most: data.most.beams,
        title: "How many texts are kept at each step",
        choose: ask("beams"),
      })}
      ${slider({
        label: "New tokens",
        value: asked("steps", data.max_new_tokens),
        least: 2,
        most: data.most.steps,
        title: "How many tokens a text may get",
        choose: ask("steps"),
      })}
      ${slider({
        label: "Length penalty",
        value: asked("length", data.length_penalty),
        ...LENGTH,
        step: STEP,
        title: "Whole texts compete by their total ÷ (tokens to this power): 0 favours short texts, 1 compares means",
        format: (value) => decimal(value, 1),
        choose: ask("length"),
      })}
      ${groups(data, ask("groups"))}
      ${
        data.n_groups > 1
          ? slider({
              label: "Diversity",
              value: asked("diversity", data.diversity),
              least: 0,
              most: DIVERSE,
              step: STEP,
              title: "What a later group pays for a token each time an earlier group took it, in nats",
              format: (value) => decimal(value, 1),
              choose: ask("diversity"),
            })
          : nothing
      }
    </div>`;
}

/**
 * The numbers of groups that divide the beams evenly.
 * @param {BeamTree} data
 * @param {(groups: number) => void} choose
 */
function groups({ n_beams, n_groups }, choose) {
  const even = Array.from({ length: MOST_GROUPS }, (_, at) => at + 1).filter((count) => n_beams % count === 0);
  if (even.length < 2) return nothing;
  const told = (/** @type {number} */ count) =>
    `Diverse search: ${count} groups of ${n_beams / count}; a later group pays for a token that an earlier group took`;
  return html`
    <div class="setting">
      <span>Groups</span>
      ${segmented({
        label: "Groups of beams",
        choices: even.map((count) =>
          count === 1 ? [count, "1, plain", "All beams compete"] : [count, String(count), told(count)],
        ),
        chosen: n_groups,
        choose,
      })}
    </div>`;
}
