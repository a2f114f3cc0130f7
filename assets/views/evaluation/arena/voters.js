// @ts-check
/**
 * Ratings of simulated votes as they come in.
 *
 * @import { ArenaVoters } from "../../../types/evaluation"
 * @import { Row, View } from "../../../kit/view"
 */

import { plot } from "../../../kit/chart/plot.js";
import { control } from "../../../kit/controls/declared.js";
import { counted, decimal, percent, whole } from "../../../kit/numbers/format.js";
import { html, nothing } from "../../../vendor/lit.js";

const HEIGHT = 320;
const COLOURS = ["prob", "pos", "neg", "ok"];
/** Told apart without colour. */
const SYMBOLS = ["circle", "square", "diamond", "triangle-up"];
/** Contestants are set apart by so much of a step of the axis. */
const ASIDE = 1.04;

/** @type {View<ArenaVoters>} */
export function voters(data, ctx) {
  const last = data.fitted[data.fitted.length - 1];
  return html`
    <div class="settings-row">
      ${control(ctx, "gap", { as: "segmented" })} ${control(ctx, "votes", { as: "segmented" })} ${control(ctx, "seed")}
    </div>
    <p class="readout lead">${needed(data)} After ${counted(last.votes, "vote")} on four contestants the intervals
      reach <b>${decimal(last.half[0], 0)}</b> points to either side.
      ${
        data.covered === null
          ? nothing
          : html`In ${whole(data.covered)} of ${data.arenas} further arenas (${percent(data.covered / data.arenas, 1)})
            the interval of the first two’s difference holds the true one.`
      }</p>
    ${plot({
      label: "Fitted ratings and their intervals by number of votes",
      height: HEIGHT,
      traces: data.true.map((_, player) => ({
        x: data.fitted.map(({ votes }) => votes * ASIDE ** (player - 1.5)),
        y: data.fitted.map(({ ratings }) => ratings[player]),
        whiskers: {
          low: data.fitted.map(({ ratings, half }) => ratings[player] - half[player]),
          high: data.fitted.map(({ ratings, half }) => ratings[player] + half[player]),
        },
        name: `contestant ${player + 1}`,
        color: COLOURS[player],
        mode: "lines+markers",
        symbol: SYMBOLS[player],
        size: 7,
      })),
      x: { title: "votes", type: "log" },
      y: { title: "rating" },
      marks: [...new Set(data.true)].map((y) => ({ y, dash: "4px,3px", color: "ink3" })),
      margin: { t: 34 },
    })}`;
}

/** @param {ArenaVoters} data @returns {Row[]} */
export const rows = (data) =>
  data.fitted.flatMap(({ votes, ratings, half }) =>
    ratings.map((rating, at) => ({
      votes,
      contestant: at + 1,
      rating,
      half_width: half[at],
      true_rating: data.true[at],
    })),
  );

/** @param {ArenaVoters} data */
const needed = ({ needed, gap }) =>
  needed === null
    ? html`All are equally strong: every difference that a rating shows is chance.`
    : html`Two contestants ${gap} points apart need about <b>${counted(needed, "vote")}</b> on just this pair until
      the interval excludes zero in 80 of 100 arenas.`;
