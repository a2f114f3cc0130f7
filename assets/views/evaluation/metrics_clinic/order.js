// @ts-check
/**
 * A rating after each game, in one order of the same games.
 *
 * @import { ClinicOrder } from "../../../types/evaluation"
 * @import { Row, View } from "../../../kit/view"
 */

import { plot } from "../../../kit/chart/plot.js";
import { control, named } from "../../../kit/controls/declared.js";
import { decimal } from "../../../kit/numbers/format.js";
import { html } from "../../../vendor/lit.js";

const HEIGHT = 250;

/** @type {View<ClinicOrder>} */
export function order(data, ctx) {
  const games = data.elo.map((_, at) => at + 1);
  const { order, seed } = ctx.controls;
  const names = named(ctx, "order");
  return html`
    <div class="settings-row">
      ${control(ctx, "order")} ${order === "drawn" ? control(ctx, "seed", { own: Number(seed ?? 0) }) : ""}
    </div>
    <p class="readout lead">After the same ten wins and ten losses Elo says
      ${Object.entries(data.others).map(
        ([name, rating], at) => html`${at ? ", " : ""}${names[name].name.toLowerCase()} <b>${decimal(rating, 1)}</b>`,
      )}.
      Bradley-Terry says <b>${decimal(data.bradley_terry, 1)}</b> each time.</p>
    ${plot({
      label: "Elo rating after each game",
      height: HEIGHT,
      traces: [{ x: games, y: data.elo, name: "Elo", color: "prob", mode: "lines+markers", size: 5 }],
      x: { title: "game" },
      y: { title: "rating" },
      marks: [{ y: data.bradley_terry, label: "Bradley-Terry", color: "ink", dash: "4px,3px" }],
    })}`;
}

/** @param {ClinicOrder} data @returns {Row[]} */
export const rows = (data) => data.elo.map((elo, at) => ({ game: at + 1, score: data.scores[at], elo }));
