// @ts-check
/**
 * How often each source is drawn: its weight, and the counts of batches that were really drawn.
 *
 * @import { MixDraws } from "../../../types/pretraining"
 * @import { Row, View } from "../../../kit/view"
 */
import { plot } from "../../../kit/chart/plot.js";
import { control } from "../../../kit/controls/declared.js";
import { counted, decimal, percent, whole } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { html, nothing } from "../../../vendor/lit.js";

const HEIGHT = 280;
/** From here on repeated tokens are worth clearly less than new ones (Muennighoff et al. 2023). */
const WORN = 4;
/** Epochs whose two decimals are the same. */
const ALIKE = 0.005;

/** @type {View<MixDraws>} */
export function draws(data, ctx) {
  return html`
    <div class="settings-row">
      ${control(ctx, "by")}
      ${data.by === "size" ? control(ctx, "temperature", { as: "slider" }) : nothing} ${control(ctx, "most")}
      ${control(ctx, "millions")} ${control(ctx, "batches", { as: "segmented" })} ${control(ctx, "seed")}
    </div>
    <p class="readout lead">${said(data)}</p>
    ${chart(data)}
    ${table({
      label: "The sources of the mix",
      columns: [
        { name: "source", cell: ({ kind }) => kind },
        { name: "characters", number: true, cell: ({ size }) => whole(size) },
        { name: "of all text", number: true, cell: ({ natural }) => percent(natural, 1) },
        { name: "weight", number: true, cell: ({ share }) => percent(share, 1) },
        { name: "epochs", number: true, title: "how often it is read", cell: ({ epochs }) => decimal(epochs, 2) },
        { name: "rows expected", number: true, cell: ({ expected }) => decimal(expected, 1) },
        {
          name: "95 % of counts",
          number: true,
          cell: ({ low, high }) => `${decimal(Math.max(0, low), 0)} to ${decimal(high, 0)}`,
        },
        {
          name: "drawn",
          number: true,
          cell: ({ count, inside }) => html`<b class=${inside ? "" : "out"}>${whole(count)}</b>`,
        },
      ],
      rows: [...data.sources],
    })}
    <p class="hint">Sizes and the recipe’s weights are those of the shelf’s own models. The interval is the normal
      approximation of the binomial; one count in twenty lies outside.</p>`;
}

/** @param {MixDraws} data @returns {Row[]} */
export const rows = ({ sources }) => sources.map((each) => ({ ...each }));

/** @param {MixDraws} data */
function said({ sources, rows: all, batches, characters, by, temperature }) {
  const inside = sources.filter((each) => each.inside).length;
  const most = sources.reduce((a, b) => (b.epochs > a.epochs ? b : a));
  const alike = sources.every(({ epochs }) => most.epochs - epochs < ALIKE);
  return html`
    ${counted(batches, "batch", "batches")} of ${whole(all / batches)} rows are drawn
    ${by === "size" ? `at temperature ${temperature}` : "by the recipe’s weights"}: <b>${inside}</b> of
    ${sources.length} counts lie within their interval. A training on ${whole(characters / 1e6)} million characters
    reads
    ${alike ? "every source" : html`<b>${most.kind}</b>`} ${decimal(most.epochs, 2)}
    times${alike ? "" : ", the most of all"}${
      most.epochs > WORN ? ": beyond 4 epochs, repeated text is worth clearly less than new text" : ""
    }.`;
}

/** @param {MixDraws} data */
function chart({ sources }) {
  const names = sources.map(({ kind }) => kind);
  return plot({
    label: "Rows drawn of each source beside the interval of 95 % of all counts",
    height: HEIGHT,
    traces: [
      ...sources.map(({ low, high }, at) => ({
        x: [at, at],
        y: [Math.max(0, low), high],
        name: at ? undefined : "95 % of counts",
        color: "river-deep",
        width: 7,
        hover: `%{y:.0f}<extra>${names[at]}</extra>`,
      })),
      {
        x: names.map((_, at) => at),
        y: sources.map(({ count }) => count),
        name: "drawn",
        color: "prob",
        mode: /** @type {const} */ ("markers"),
        size: 9,
        hover: "%{y} rows drawn<extra></extra>",
      },
    ],
    x: { tickvals: names.map((_, at) => at), ticktext: names, range: [-0.5, names.length - 0.5], zeroline: false },
    y: { title: "rows" },
  });
}
