// @ts-check
/**
 * The ratings of all votes of this browser.
 *
 * @import { Fit } from "./ratings.js"
 * @import { Vote } from "./votes.js"
 */
import { counted, decimal, whole } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { html } from "../../../vendor/lit.js";
import { bootstrapped, bradleyTerry, elo, style } from "./ratings.js";
import { standings } from "./standings.js";
import { numbered } from "./votes.js";

const Z = 1.959964;
/** Votes whose order is drawn anew to show what it does to Elo. */
const FEW = 2;

/** @param {Vote[]} all @param {number} ridge */
export function standing(all, ridge) {
  const { names, games } = numbered(all);
  if (!games.length) return [];
  const fit = bradleyTerry(games, names.length, ridge);
  const again = bootstrapped(games, names.length, ridge);
  const [forward, backward] = [elo(games, names.length), elo([...games].reverse(), names.length)];
  return names
    .map((name, at) => ({
      name,
      votes: games.filter(([a, b]) => a === at || b === at).length,
      elo: forward[at],
      reversed: backward[at],
      rating: fit.ratings[at],
      half: Z * fit.errors[at],
      low: again[at][0],
      high: again[at][1],
    }))
    .sort((a, b) => b.rating - a.rating);
}

/** @param {Vote[]} all @param {number} ridge @param {number} width */
export function board(all, ridge, width) {
  const rows = standing(all, ridge);
  if (!rows.length) return html`<p class="hint">There are no votes in this browser yet.</p>`;
  const [top, next] = rows;
  const apart = top.rating - top.half > next.rating + next.half && top.low > next.high;
  return html`
    <p class="readout lead">${counted(all.length, "vote")}. ${
      apart
        ? html`Both intervals of <b>${top.name}</b> lie above those of the next.`
        : html`The intervals of the first two overlap: they cannot be told apart yet.`
    } ${all.length < FEW ? "" : "Elo read backwards shows what the order of the votes does."}</p>
    ${table({
      label: "Ratings of all votes",
      columns: [
        { name: "contestant", cell: ({ name }) => name },
        { name: "votes", number: true, cell: ({ votes }) => whole(votes) },
        {
          name: "Bradley-Terry",
          number: true,
          cell: ({ rating, half }) => `${decimal(rating, 0)} ± ${decimal(half, 0)}`,
        },
        { name: "by bootstrap", number: true, cell: ({ low, high }) => `${decimal(low, 0)} to ${decimal(high, 0)}` },
        { name: "Elo", number: true, cell: ({ elo }) => decimal(elo, 1) },
        { name: "Elo, backwards", number: true, cell: ({ reversed }) => decimal(reversed, 1) },
      ],
      rows,
    })}
    <p class="hint">Intervals of 95 %, by the sandwich and by 200 bootstraps. With few votes the sandwich is too
      narrow:
      where the fit hits every vote, no error is left to measure. A ridge of ${ridge} keeps the
      strength of a contestant finite that has only won.</p>
    ${byLength(all, ridge, width)}`;
}

/** The votes whose answers' lengths were kept, with length controlled. @param {Vote[]} all @param {number} ridge
 * @param {number} width */
function byLength(all, ridge, width) {
  const lengths = all.flatMap(({ tokens }) => (tokens ? [tokens] : []));
  const unlike = lengths.filter(([a, b]) => a !== b).length;
  if (unlike < FEW) {
    return html`<p class="hint">Ratings with length controlled appear after ${FEW} votes on answers of unlike
      length. Answers that end at the limit of tokens are all equally long.</p>`;
  }
  const { names, games } = numbered(all.filter(({ tokens }) => tokens));
  const [plain, even] = [undefined, style(lengths)].map((each) => bradleyTerry(games, names.length, ridge, each));
  const bounds = (/** @type {Fit} */ { ratings, errors }, /** @type {number} */ at) => ({
    rating: ratings[at],
    low: ratings[at] - Z * errors[at],
    high: ratings[at] + Z * errors[at],
  });
  const [pull, left] = [even.pull ?? 0, all.length - lengths.length];
  return html`
    <h3 class="sub3">With length controlled</h3>
    <p class="readout">${unlike} of ${counted(lengths.length, "vote")} are on answers of unlike length. A standard
      deviation more of length ${pull < 0 ? "takes" : "adds"} <b>${decimal(Math.abs(pull))}</b> log odds.
      ${left ? `${counted(left, "vote")} without lengths are left out.` : ""}</p>
    ${standings(
      names
        .map((name, at) => ({ name, plain: bounds(plain, at), controlled: bounds(even, at) }))
        .sort((a, b) => b.controlled.rating - a.controlled.rating),
      width,
    )}`;
}
