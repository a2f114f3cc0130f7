// @ts-check
/**
 * The load of the experts step by step, of two trainings side by side.
 *
 * @import { BalancingTraining } from "../../../types/architectures"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 * @import { Scene } from "./bands.js"
 * @typedef {{ step: number, of: number }} Played the step that is looked at, of so many
 */
import { slider } from "../../../kit/controls/controls.js";
import { control } from "../../../kit/controls/declared.js";
import { legend } from "../../../kit/drawing/legend.js";
import { whole } from "../../../kit/numbers/format.js";
import { greatestIndex, range } from "../../../vendor/d3.js";
import { html, nothing } from "../../../vendor/lit.js";
import { bands, bandsEnd } from "./bands.js";
import { sharesAt, sharesReach } from "./shares_at.js";
import { sides, verdict } from "./sides.js";

/** From here on the two stand side by side. */
const WIDE = 760;
const GAP = 36;

/** @type {View<BalancingTraining, Played>} */
export function training(data, ctx) {
  const { method } = ctx.controls;
  const trained = trainedSteps(data);
  const wide = ctx.width >= WIDE;
  const scene = sceneOf(data, ctx, wide ? Math.floor((ctx.width - GAP) / 2) : ctx.width);
  return html`
    <div class="balancing">
      <div class="settings-row ruled">
        ${control(ctx, "method")} ${method === "loss" ? control(ctx, "alpha", { as: "slider" }) : nothing}
        ${method === "bias" ? control(ctx, "rate", { as: "slider" }) : nothing} ${control(ctx, "z", { as: "slider" })}
        ${control(ctx, "experts")} ${control(ctx, "k")} ${control(ctx, "steps")} ${control(ctx, "seed")}
      </div>
      <div class="bar">
        <p class="readout said">${said(data)}</p>
        ${legend([
          ["experts", "an expert"],
          ["solid", "the selected expert"],
          ["even", "even share"],
        ])}
      </div>
      <div class="two-sides ${wide ? "wide" : ""}">
        ${sides(data).map(
          ([side, title]) => html`
            <div class="side">
              <div class="head">
                <h3 class="sub3">${title}</h3>
                <p class="hint">${verdict(data, data[side].end, { side, trained })}</p>
              </div>
              ${bands(data[side], title, scene)} ${sharesAt(data[side], title, scene)}
            </div>`,
        )}
      </div>
      <div class="step-slider">
        ${slider({
          label: "Step",
          value: scene.step + 1,
          least: 1,
          most: trained,
          format: (value) => `${value} of ${data.steps}`,
          move: (value) => scene.goTo(value - 1),
        })}
      </div>
    </div>`;
}

/**
 * @param {BalancingTraining} data
 * @returns {Row[]}
 */
export function rows(data) {
  return sides(data).flatMap(([side, training]) =>
    range(trainedSteps(data)).flatMap((step) =>
      range(data.experts).map((expert) => {
        const at = step * data.experts + expert;
        const { share, f, P } = data[side];
        return { training, step: step + 1, expert, share: share.a[at], f: f.a[at], P: P.a[at] };
      }),
    ),
  );
}

/** @param {BalancingTraining} data */
const trainedSteps = (data) => data.plain.share.shape[0];

/**
 * @param {BalancingTraining} data
 * @param {ViewContext<Played>} ctx
 * @param {number} width of one side
 * @returns {Scene}
 */
function sceneOf(data, ctx, width) {
  const last = trainedSteps(data) - 1;
  const { step: kept, of } = ctx.kept;
  // what is not looked at elsewhere follows the training
  const step = kept === undefined || of !== data.steps ? last : Math.min(kept, last);
  const [expert, runs] = [chosenExpert(data, ctx), [data.plain, data.chosen]];
  return {
    data,
    width,
    right: bandsEnd(runs, expert, width),
    most: sharesReach(runs, data, step),
    step,
    trained: last + 1,
    expert,
    goTo: (to) => ctx.keep({ step: to >= last ? undefined : Math.max(0, to), of: data.steps }),
    choose: (expert) => ctx.control("expert", expert),
  };
}

/**
 * The link's, or the one that the training without a counterweight favours.
 * @param {BalancingTraining} data
 * @param {ViewContext<Played>} ctx
 */
function chosenExpert({ plain, experts }, ctx) {
  const said = Number(ctx.controls.expert ?? greatestIndex(plain.end.share.a));
  return said < experts ? said : 0;
}

/** @param {BalancingTraining} data */
function said(data) {
  const { plain, chosen, experts, tokens, batch, k } = data;
  const when = trainedSteps(data) < data.steps ? "are idle so far" : "are idle at the end";
  return html`
    Without a counterweight <b>${plain.end.idle} of ${experts}</b> experts ${when} (less than a tenth of an even share);
    with it <b>${chosen.end.idle}</b>. Both trainings read ${whole(tokens)} tokens of passages of six kinds, ${batch} a
    step, and start from the same weights, drawn from N(0, 0.02).
    ${k === 1 ? "An expert’s weight is its probability." : "The weights of a token’s experts sum to 1."}`;
}
