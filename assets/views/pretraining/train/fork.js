// @ts-check
/**
 * A fork: the same run up to a step, and one thing changed from there. Its link says so.
 *
 * @import { TrainedRun } from "../../../types/pretraining"
 * @import { ViewContext } from "../../../kit/view"
 */
import { control } from "../../../kit/controls/declared.js";
import { select } from "../../../kit/controls/select.js";
import { html, nothing } from "../../../vendor/lit.js";

const NONE = "none";

/** @typedef {{ step?: number, to?: string | number, what?: string }} Fork */

/** @param {TrainedRun} data @param {ViewContext<any, any>} ctx */
export function forking(data, ctx) {
  const steps = data.kept.filter((step) => step < data.steps);
  if (ctx.recorded || !steps.length) return nothing;
  const kept = /** @type {Fork} */ (ctx.kept);
  const what = String(ctx.controls.fork_what);
  const step = kept.step !== undefined && steps.includes(kept.step) ? kept.step : steps[steps.length - 1];
  const to = kept.what === what && kept.to !== undefined ? kept.to : ctx.controls[what];
  const choose = (/** @type {string | number} */ value) => ctx.keep({ to: value, what });
  return html`
    <h3 class="sub3">Fork <small>the same up to a step, then one thing changed</small></h3>
    <div class="settings-row forking">
      ${select({
        label: "After step",
        choices: steps.map((each) => /** @type {const} */ ([each, String(each)])),
        chosen: step,
        choose: (value) => ctx.keep({ step: value }),
      })}
      ${control(ctx, "fork_what", { as: "select" })}
      ${what === "text" ? texts(to, choose) : control(ctx, what, { value: to, choose, label: "to", as: of(ctx, what) })}
      <button class="btn" type="button"
        @click=${() => ctx.control("changes", written(data, { step, what, value: to ?? "" }))}>Fork</button>
      ${
        data.changes.length
          ? html`<button class="btn" type="button" @click=${() => ctx.control("changes", without(data))}>Back to the
              run without the last change</button>`
          : nothing
      }
    </div>`;
}

/** @param {ViewContext<any, any>} ctx @param {string} what @returns {"select" | undefined} */
const of = (ctx, what) => (ctx.declared(what).choices?.length ? "select" : undefined);

/** @param {string | number | undefined} to @param {(value: string) => void} choose */
const texts = (to, choose) =>
  select({
    label: "to",
    choices: [
      ["passages", "passages of six kinds"],
      ["texts", "the shelf’s six texts"],
    ],
    chosen: String(to),
    choose,
  });

/** @param {{ step: number, what: string, value: string | number }[]} changes */
const joined = (changes) => changes.map(({ step, what, value }) => `${step}-${what}-${value}`).join("+") || NONE;

/** @param {TrainedRun} data @param {{ step: number, what: string, value: string | number }} change */
const written = ({ changes }, change) => joined([...changes.filter(({ step }) => step < change.step), change]);

/** @param {TrainedRun} data */
const without = ({ changes }) => joined(changes.slice(0, -1));

/** The changes in words. @param {TrainedRun} data */
export const changed = ({ changes }) =>
  changes.map(({ step, what, value }) => ` From step ${step} on, ${what.replace("_", " ")} is ${value}.`).join("");
