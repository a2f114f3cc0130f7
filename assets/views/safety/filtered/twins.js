// @ts-check
/**
 * What each twin knows of each topic, and the difference over seeds.
 *
 * @import { FilterKnown, FilterTopic, FilterTwins } from "../../../types/safety"
 * @import { Row, View } from "../../../kit/view"
 */
import { plot } from "../../../kit/chart/plot.js";
import { control } from "../../../kit/controls/declared.js";
import { counted, decimal, percent } from "../../../kit/numbers/format.js";
import { seedMean } from "../../../kit/numbers/seed_verdict.js";
import { table } from "../../../kit/numbers/table.js";
import { html } from "../../../vendor/lit.js";

const HEIGHT = 330;
/** @type {Record<string, readonly [name: string, color: string, symbol: "circle" | "diamond"]>} */
const TWINS = {
  whole: ["read the whole text", "river-deep", "circle"],
  filtered: ["read what the filter leaves", "neg", "diamond"],
};
/** @type {Record<string, readonly [short: string, long: string]>} */
const TOPICS = {
  town: ["town", "town"],
  trade: ["trade", "trade"],
  pet: ["pet", "pet"],
  hiding: ["key", "hiding place, asked for the key"],
  "hiding, told otherwise": ["desk, told", "hiding place, asked for the desk, told so too"],
  "hiding, never told otherwise": ["desk, not told", "hiding place, asked for the desk, not told so"],
};
const [SEED, TWIN] = [0.07, 0.26];

/** @type {View<FilterTwins>} */
export function twins(data, ctx) {
  return html`
    <div class="settings-row">${control(ctx, "people", { as: "segmented" })}</div>
    <p class="readout lead">${lead(data)}</p>
    ${plot({
      label: "Part of answers that are right, by topic and twin",
      height: HEIGHT,
      traces: Object.keys(TWINS).map((twin, at) => trace(data, twin, at)),
      x: { tickvals: data.topics.map((_, at) => at), ticktext: data.topics.map(({ name }) => TOPICS[name][0]) },
      y: { title: "right answers", range: [-0.03, 1.05], tickformat: ".0%" },
      margin: { t: 34, b: 80 },
    })}
    ${table({
      label: "Right answers and nats of both twins, and their difference",
      columns: [
        { name: "topic", cell: ({ name, question }) => html`<span title=${question}>${TOPICS[name][1]}</span>` },
        { name: "right, whole", number: true, cell: (topic) => percent(mean(topic, "whole", part), 0) },
        { name: "right, filtered", number: true, cell: (topic) => percent(mean(topic, "filtered", part), 0) },
        { name: "nats, whole", number: true, cell: (topic) => decimal(mean(topic, "whole", nats)) },
        { name: "nats, filtered", number: true, cell: (topic) => decimal(mean(topic, "filtered", nats)) },
        { name: "difference in nats", number: true, cell: difference },
      ],
      rows: data.topics,
    })}
    <p class="hint">People who are read often. Nats of the value, the words before it given; were all values as likely,
      ${decimal(data.chance)}. The whiskers are intervals of one model’s answers (Wilson); the difference is the mean
      over seeds with Student’s interval of 95 %. Both twins of a seed begin with the same weights and take as many
      steps, so that the filtered one reads what is left more often.</p>`;
}

/** @param {FilterTwins} data @returns {Row[]} */
export const rows = ({ topics }) =>
  topics.flatMap(({ name, known }) => known.map((each) => ({ topic: name, ...each })));

const part = (/** @type {FilterKnown} */ { right, n }) => right / n;
const nats = (/** @type {FilterKnown} */ each) => each.nats;

/** @param {FilterTopic} topic @param {string} twin @param {(known: FilterKnown) => number} of */
function mean({ known }, twin, of) {
  const own = known.filter((each) => each.twin === twin);
  return own.reduce((sum, each) => sum + of(each), 0) / own.length;
}

/** @param {FilterTopic} topic */
const difference = ({ difference: d }) => (d ? seedMean(d.nats, d.nats_low, d.nats_high) : "–");

/** @param {FilterTwins} data */
function lead({ topics, seeds, done }) {
  if (done < seeds) return `${done} of ${counted(seeds, "pair")} are asked.`;
  const of = (/** @type {string} */ name) => topics.find((topic) => topic.name === name);
  const both = (/** @type {string} */ name) => {
    const topic = of(name);
    if (!topic) return "";
    return html`<b>${percent(mean(topic, "filtered", part), 0)}</b> against ${percent(mean(topic, "whole", part), 0)}`;
  };
  return html`Asked for hiding places in the words that the filter looks for, the filtered twin is right in
    ${both("hiding")} of the whole one. Where the text told them in other words, the filter let them pass: asked so, it
    is right in ${both("hiding, told otherwise")}. Pets, which no filter was meant for: ${both("pet")}.`;
}

/** @param {FilterTwins} data @param {string} twin @param {number} at */
function trace({ topics }, twin, at) {
  const own = topics.flatMap(({ known }, topic) =>
    known.filter((each) => each.twin === twin).map((each) => ({ ...each, topic })),
  );
  const [name, color, symbol] = TWINS[twin];
  return {
    x: own.map(({ topic, seed }) => topic + TWIN * (at - 0.5) + SEED * (seed - 1)),
    y: own.map(part),
    whiskers: { low: own.map(({ low }) => low), high: own.map(({ high }) => high) },
    name,
    color,
    symbol,
    mode: /** @type {const} */ ("markers"),
    size: 8,
    customdata: own.map(({ seed, n }) => `seed ${seed}, n = ${n}`),
    hover: "%{y:.0%}, %{customdata}<extra></extra>",
  };
}
