// @ts-check
/**
 * Tokens and the experts of other ranks: who travels where, what is sent, who waits.
 *
 * @import { ExpertTravel, TravelCollective, TravelRank } from "../../../types/systems"
 * @import { Row, View } from "../../../kit/view"
 */
import { control } from "../../../kit/controls/declared.js";
import { counted, decimal, percent, whole } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { token } from "../../../kit/text/tokens.js";
import { html } from "../../../vendor/lit.js";
import { journeys } from "./journeys.js";

/** @type {View<ExpertTravel>} */
export function travel(data, ctx) {
  const chosen = Math.min(ctx.focus.position ?? 0, data.token_ids.a.length - 1);
  return html`
    <div class="cluster controls">${control(ctx, "ranks", { value: data.ranks.length })} ${control(
      ctx,
      "capacity",
    )}</div>
    <p class="readout lead">${said(data)}</p>
    <h3 class="sub3">Who travels where in layer ${data.layer} <small>press a token</small></h3>
    ${journeys(data, chosen, (position) => ctx.select({ position }), Math.min(ctx.width, 900))}
    <p class="readout" aria-live="polite">${story(data, chosen)}</p>
    <h3 class="sub3">The ranks</h3>
    ${ranks(data)}
    <h3 class="sub3">What is sent</h3>
    ${sent(data)}
    <p class="hint">A row is a token’s vector of ${whole(data.d_model)} numbers, sent once for each expert that it
      visits. “If even” is the formula: tokens × experts a token × bytes a row × (1 − 1/N). Times are medians of
      ${counted(data.rounds, "forward pass", "forward passes")}; on so short a text messages take longer than
      arithmetic, and the ranks share this
      machine’s processors.</p>`;
}

/** @param {ExpertTravel} data @returns {Row[]} */
export const rows = ({ token_ids, experts, weights, kept, n_experts, ranks: all }) =>
  Array.from(token_ids.a, (_, position) =>
    slots(experts).map((slot) => {
      const at = position * experts.shape[1] + slot;
      return {
        ...{ position, rank: rankOf(all, position), slot, expert: experts.a[at], weight: weights.a[at] },
        ...{ expert_rank: homeOf(experts.a[at], n_experts, all), kept: Boolean(kept.a[at]) },
      };
    }),
  ).flat();

/** @param {ExpertTravel["experts"]} experts */
const slots = (experts) => Array.from({ length: experts.shape[1] }, (_, slot) => slot);

/** Where a token lies. @param {readonly TravelRank[]} ranks @param {number} position */
const rankOf = (ranks, position) => ranks.findLastIndex(({ first }) => first <= position);

/** Where an expert lies. @param {number} expert @param {number} experts @param {readonly TravelRank[]} ranks */
const homeOf = (expert, experts, ranks) => Math.floor((expert * ranks.length) / experts);

/** @param {ExpertTravel} data */
function said({ ranks: all, n_experts, imbalance }) {
  const rowsOf = all.reduce((sum, { sends }) => sum + sends.reduce((so, each) => so + each, 0), 0);
  const away = all.reduce(
    (sum, { sends }, rank) => sum + sends.reduce((so, each, to) => so + (to === rank ? 0 : each), 0),
    0,
  );
  const dropped = all.reduce((sum, each) => sum + each.dropped, 0);
  return (
    `${whole(all.length)} ranks hold ${whole(n_experts / all.length)} experts each. ${whole(away)} of ` +
    `${whole(rowsOf)} rows leave their rank (${percent(away / rowsOf)}; ${percent(1 - 1 / all.length)} if even). ` +
    `The busiest rank gets ${decimal(imbalance)} times the mean` +
    `${dropped ? `; ${counted(dropped, "pair")} beyond the capacity ${dropped === 1 ? "is" : "are"} dropped` : ""}.`
  );
}

/** @param {ExpertTravel} data @param {number} chosen */
function story({ token_ids, experts, weights, kept, n_experts, ranks: all }, chosen) {
  const home = rankOf(all, chosen);
  const visits = slots(experts).map((slot) => {
    const at = chosen * experts.shape[1] + slot;
    const rank = homeOf(experts.a[at], n_experts, all);
    if (!kept.a[at]) return `expert ${experts.a[at]} is full and drops it`;
    const where = rank === home ? "on its own rank" : `on rank ${rank}`;
    return `expert ${experts.a[at]} ${where}, weight ${decimal(weights.a[at])}`;
  });
  return html`${token(token_ids.a[chosen])} lies on rank ${home}: ${visits.join("; ")}.`;
}

/** @param {ExpertTravel} data */
const ranks = (data) =>
  table({
    label: "The ranks: rows and times",
    columns: [
      { name: "rank", cell: (/** @type {TravelRank} */ _, at) => at },
      { name: "tokens", number: true, cell: ({ tokens }) => whole(tokens) },
      ...data.ranks.map((_, to) => ({
        name: `to rank ${to}`,
        number: true,
        title: "Rows sent there",
        cell: (/** @type {TravelRank} */ { sends }) => whole(sends[to]),
      })),
      { name: "rows for its experts", cell: ({ rows: each }) => each.map(whole).join(" + ") },
      { name: "waits for rows", number: true, cell: ({ dispatch_ms }) => `${decimal(dispatch_ms)} ms` },
      { name: "computes", number: true, cell: ({ compute_ms }) => `${decimal(compute_ms)} ms` },
      { name: "waits for outputs", number: true, cell: ({ combine_ms }) => `${decimal(combine_ms)} ms` },
    ],
    rows: [...data.ranks],
  });

/** @param {ExpertTravel} data */
const sent = ({ collectives }) =>
  table({
    label: "All-to-alls in bytes, all ranks together",
    columns: [
      { name: "all-to-all", cell: (/** @type {TravelCollective} */ { what }) => what },
      { name: "to other ranks", number: true, title: "Bytes of the rows", cell: ({ sent }) => whole(sent) },
      { name: "if even", number: true, title: "FORMULA", cell: ({ even }) => (even ? whole(Math.round(even)) : "") },
      {
        name: "crossed the socket",
        number: true,
        title: "Headers too",
        cell: ({ socket }) => (socket === null ? "not measured" : whole(socket)),
      },
    ],
    rows: [...collectives],
  });
