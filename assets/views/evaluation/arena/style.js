// @ts-check
/**
 * Simulated voters who like long answers: ratings by the votes alone and with length controlled, beside the true ones.
 *
 * @import { ArenaStyle, StyleRatings } from "../../../types/evaluation"
 * @import { Row, View } from "../../../kit/view"
 */
import { control } from "../../../kit/controls/declared.js";
import { counted, decimal, percent, whole } from "../../../kit/numbers/format.js";
import { html, nothing } from "../../../vendor/lit.js";
import { standings } from "./standings.js";

/** @type {View<ArenaStyle>} */
export function style(data, ctx) {
  return html`
    <div class="settings-row">
      ${control(ctx, "pull", { as: "segmented" })} ${control(ctx, "gap", { as: "segmented" })}
      ${control(ctx, "votes", { as: "segmented" })} ${control(ctx, "seed")}
    </div>
    <p class="readout lead">${said(data)}</p>
    ${standings(
      data.true.map((rating, at) => ({
        name: `contestant ${at + 1}, ${whole(Math.round(data.lengths[at]))} tokens`,
        plain: bounds(data.plain, at),
        controlled: bounds(data.controlled, at),
        true: rating,
      })),
      ctx.width,
    )}
    <p class="hint">The lines are intervals of 95 %. The tokens are the mean of a contestant’s answers; each answer has
      half to one and a half times as many. Length enters the fit as (a − b) / (a + b + 1), standardised. Its
      coefficient is ${decimal(data.found)} in the fit and ${decimal(data.pull)} in the voters.</p>`;
}

/** @param {StyleRatings} fit @param {number} at */
const bounds = ({ ratings, half }, at) => ({
  rating: ratings[at],
  low: ratings[at] - half[at],
  high: ratings[at] + half[at],
});

/** The contestant that a fit puts first. @param {StyleRatings} fit */
const first = ({ ratings }) => 1 + ratings.indexOf(Math.max(...ratings));

/** @param {ArenaStyle} data */
function said({ votes, longer, gap, plain, controlled, covered, arenas, true: ratings }) {
  const known = gap ? "The first contestant is the strongest." : "All contestants are equally strong.";
  return html`${percent(longer)} of ${counted(votes, "vote")} are for the longer answer. ${known} The votes alone put
    contestant <b>${first(plain)}</b> first; with length controlled it is contestant <b>${first(controlled)}</b>.
    ${
      covered
        ? html`The interval of the difference between contestants 1 and ${ratings.length} holds the true one in
          <b>${covered[0]}</b> of ${arenas} further arenas by the votes alone, and in <b>${covered[1]}</b> with length
          controlled.`
        : nothing
    }`;
}

/** @param {ArenaStyle} data @returns {Row[]} */
export const rows = (data) =>
  data.true.map((rating, at) => ({
    contestant: at + 1,
    mean_tokens: data.lengths[at],
    true_rating: rating,
    rating: data.plain.ratings[at],
    half_width: data.plain.half[at],
    rating_length_controlled: data.controlled.ratings[at],
    half_width_length_controlled: data.controlled.half[at],
  }));
