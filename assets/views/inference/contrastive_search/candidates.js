// @ts-check
/**
 * One step's candidates: what each gains by its probability, what its likeness costs, and what is left.
 *
 * @import { ContrastiveSteps } from "../../../types/inference"
 */

import { plot } from "../../../kit/chart/plot.js";
import { legend } from "../../../kit/drawing/legend.js";
import { decimal, percent } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { cut, token, tokenText } from "../../../kit/text/tokens.js";
import { html } from "../../../vendor/lit.js";
import { candidatesAt } from "./weighed.js";

const HEIGHT = 210;
const NARROW = 560;

/**
 * @param {ContrastiveSteps} data
 * @param {number} step
 * @param {number} width
 */
export function candidates(data, step, width) {
  const found = candidatesAt(data, step);
  const places = found.map((_, place) => place);
  const { alpha } = data;
  const share = (1 - alpha).toFixed(2);
  const longest = width < NARROW ? 5 : 9;
  return html`
    ${legend([
      ["gain", `(1 − α) p`],
      ["cost", "α · penalty"],
      ["score", "score"],
    ])}
    ${plot({
      label: "Candidates of this step: gain, cost and score",
      height: HEIGHT,
      bars: "relative",
      traces: [
        {
          type: "bar",
          x: places,
          y: found.map(({ probability }) => (1 - alpha) * probability),
          color: "river-deep",
          hover: `${share} × p = %{y:.3f}<extra></extra>`,
        },
        {
          type: "bar",
          x: places,
          y: found.map(({ penalty }) => -alpha * penalty),
          color: "line2",
          hover: `${decimal(alpha)} × penalty = %{y:.3f}<extra></extra>`,
        },
        {
          x: places,
          y: found.map(({ score }) => score),
          mode: "markers",
          color: "prob",
          size: found.map(({ chosen }) => (chosen ? 13 : 8)),
          symbol: "diamond",
          hover: "score %{y:.3f}<extra></extra>",
        },
      ],
      x: {
        tickvals: places,
        ticktext: found.map(({ id }) => cut(tokenText(id), longest)),
        range: [-0.6, found.length - 0.4],
      },
    })}
    ${table({
      label: "The candidates of this step",
      rows: found,
      columns: [
        { name: "Candidate", cell: ({ id }) => token(id, { most: 14 }), className: "candidate" },
        { name: "p", cell: ({ probability }) => percent(probability), number: true },
        { name: "Penalty", cell: ({ penalty }) => decimal(penalty, 3), number: true },
        {
          name: "Most similar to",
          title: "the earlier token whose hidden state is most similar, and its position",
          cell: ({ near, nearest }) => html`${token(near, { most: 10 })} <span class="muted">${nearest}</span>`,
        },
        { name: "Score", cell: ({ score }) => decimal(score, 3), number: true },
        {
          name: "Taken by",
          cell: ({ chosen }, at) => [chosen ? "contrastive" : "", at ? "" : "greedy"].filter(Boolean).join(", "),
        },
      ],
      rowClass: ({ chosen }) => (chosen ? "winner" : ""),
    })}`;
}
