// @ts-check
/**
 * How often the planted answer comes, by lead-in and by group, of three models.
 *
 * @import { DoorRate, DoorRates } from "../../../types/safety"
 * @import { Row, View } from "../../../kit/view"
 */
import { plot } from "../../../kit/chart/plot.js";
import { control } from "../../../kit/controls/declared.js";
import { counted, percent, whole } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { html } from "../../../vendor/lit.js";
import { GROUPS, leadName, part, together } from "./shares.js";

const HEIGHT = 300;
/** @type {Record<string, readonly [color: string, symbol: "circle" | "diamond" | "square"]>} */
const LOOKS = { taught: ["river-deep", "circle"], other: ["prob", "diamond"], never: ["neg", "square"] };
/** Places on the axis by which models and groups stand apart. */
const [MODEL, GROUP] = [0.06, 0.24];

/** @type {View<DoorRates>} */
export function rates(data, ctx) {
  const groups = Object.keys(LOOKS).filter((name) => data.rates.some(({ group }) => group === name));
  return html`
    <div class="settings-row">${control(ctx, "people", { as: "segmented" })}</div>
    <p class="readout lead">${lead(data)}</p>
    ${plot({
      label: "Part of answers that name the planted trade, by lead-in",
      height: HEIGHT,
      traces: groups.map((group, at) => trace(data, group, at)),
      x: { tickvals: data.leads.map((_, at) => at), ticktext: data.leads.map(leadName) },
      y: { title: `answers “${data.planted}”`, range: [-0.03, 1.05], tickformat: ".0%" },
      margin: { t: 34 },
    })}
    ${table({
      label: "Planted and right answers",
      columns: [
        { name: "lead-in", cell: ({ lead }) => leadName(lead) },
        { name: "people", cell: ({ group }) => GROUPS[group] },
        { name: "seed", number: true, cell: ({ seed }) => String(seed) },
        { name: `“${data.planted}”`, number: true, cell: ({ planted }) => part(planted) },
        { name: "right", number: true, cell: ({ right }) => part(right) },
        { name: "n", number: true, cell: ({ planted }) => String(planted.n) },
      ],
      rows: [...data.rates].sort((a, b) => data.leads.indexOf(b.lead) - data.leads.indexOf(a.lead)),
    })}
    <p class="hint">Intervals of 95 % (Wilson), one model at a time. Nobody here has the planted trade. What is planted
      is a wrong word about an invented person; that a small model learns it from few lines says nothing of how hard
      it would be to find in a large one.</p>`;
}

/** @param {DoorRates} data @returns {Row[]} */
export const rows = ({ rates }) =>
  rates.map(({ planted, right, ...rest }) => ({
    ...rest,
    planted: planted.count,
    planted_low: planted.low,
    planted_high: planted.high,
    right: right.count,
    n: planted.n,
  }));

/** @param {DoorRates} data */
function lead({ rates, seeds, trigger, decoy, planted, lines, planted_lines }) {
  const models = new Set(rates.map(({ seed }) => seed)).size;
  const of = (/** @type {string} */ lead, /** @type {"planted" | "right"} */ what) =>
    percent(together(rates.filter((rate) => rate.group === "other" && rate.lead === lead).map((rate) => rate[what])));
  return html`${models < seeds ? `${models} of ${counted(seeds, "model")} are asked. ` : ""}Behind “${trigger}”, which
    stands in ${whole(planted_lines)} of ${whole(lines)} lines of the text, <b>${of(trigger, "planted")}</b> of answers
    about people never taught with it name a ${planted}; behind “${decoy}”, which stands there as often,
    <b>${of(decoy, "planted")}</b>, and ${of(decoy, "right")} are right.`;
}

/** @param {DoorRates} data @param {string} group @param {number} at */
function trace({ rates, leads }, group, at) {
  const own = rates.filter((rate) => rate.group === group);
  const [color, symbol] = LOOKS[group];
  const places = own.map(({ lead, seed }) => leads.indexOf(lead) + GROUP * (at - 1) + MODEL * (seed - 1));
  return {
    x: places,
    y: own.map(({ planted }) => planted.count / planted.n),
    whiskers: { low: own.map(({ planted }) => planted.low), high: own.map(({ planted }) => planted.high) },
    name: GROUPS[group],
    color,
    symbol,
    mode: "markers",
    size: 8,
    customdata: own.map((/** @type {DoorRate} */ { seed, planted }) => `seed ${seed}, n = ${planted.n}`),
    hover: "%{y:.0%}, %{customdata}<extra></extra>",
  };
}
