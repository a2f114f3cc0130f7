// @ts-check
/**
 * Ratios of trainer and sampler over one text, by the way in which the sampler scores it.
 *
 * @import { RatioWay, SamplerTrainer } from "../../../types/finetuning"
 * @import { Row, View } from "../../../kit/view"
 */
import { bar, rule } from "../../../kit/drawing/marks.js";
import { picture } from "../../../kit/drawing/picture.js";
import { counted, decimal, percent, scientific } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { html, nothing } from "../../../vendor/lit.js";

const HEIGHT = 144;
const WIDE = 300;
/** Of a histogram: ratios from and to, bins. */
const [LOW, HIGH, BINS] = [0.5, 1.5, 40];
/** GSPO's clip. */
const NARROW = [1 - 3e-4, 1 + 4e-4];
/** @type {Record<string, string>} */
const NAMES = {
  cache: "float32, through a cache",
  batch: "float32, in a batch of 8",
  bf16: "bfloat16",
  "bf16 batch": "bfloat16, in a batch of 8",
  cache4: "float32, cache in 4 bits",
  int4: "matrices in 4 bits",
};

/** @type {View<SamplerTrainer>} */
export function ways(data) {
  return html`
    <p class="readout lead">${said(data)}</p>
    ${table({
      label: "Ratios by the way of the sampler",
      columns: [
        { name: "sampler", cell: (/** @type {RatioWay} */ { name }) => NAMES[name] ?? name },
        { name: "trainer", cell: ({ against }) => (against === "trainer" ? "float32, whole text" : "bfloat16, alone") },
        { name: "mean ratio", number: true, cell: ({ mean }) => decimal(mean, 4) },
        { name: "farthest from 1", number: true, cell: ({ most }) => scientific(most) },
        ...data.clips.map(([low, high], at) => ({
          name: `outside ${decimal(1 - low, 2)} to ${decimal(1 + high, 2)}`,
          number: true,
          cell: (/** @type {RatioWay} */ { outside }) => percent(outside[at]),
        })),
        {
          name: "ratio of the text (GSPO)",
          title: "The geometric mean of its tokens’ ratios",
          number: true,
          cell: ({ sequence }) => decimal(sequence, 5),
        },
      ],
      rows: [...data.ways],
    })}
    <div class="small-multiples">
      ${data.ways.map(
        (each) => html`
          <figure>
            <figcaption>${NAMES[each.name] ?? each.name}</figcaption>
            ${histogram(each)}
          </figure>`,
      )}
    </div>
    <p class="hint">${counted(data.ids.length - 1, "token")} of the run’s text, scored by the same weights each time.
      The ratio is the trainer’s probability divided by the sampler’s; the pictures show the share of tokens at each.
      The clips are PPO’s and GRPO’s, DAPO’s, and a narrower one; GSPO’s holds the geometric mean of the text to 0.9997
      to 1.0004. Bars beyond 0.5 and 1.5 stand at the ends; lines are at 0.8 and 1.2.
      ${data.done ? nothing : "More ways are being measured."}</p>`;
}

/** @param {SamplerTrainer} data @returns {Row[]} */
export const rows = (data) =>
  data.ways.map(({ name, against, mean, most, outside, sequence }) => ({
    sampler: NAMES[name] ?? name,
    ...{ against, mean, most, sequence },
    ...Object.fromEntries(outside.map((share, at) => [`outside_${data.clips[at].join("_")}`, share])),
  }));

/** @param {SamplerTrainer} data */
function said({ ways: all }) {
  const narrow = all.filter(({ sequence }) => sequence < NARROW[0] || sequence > NARROW[1]);
  const [far] = [...all].sort((one, other) => other.outside[0] - one.outside[0] || other.most - one.most);
  if (!far) return "";
  return html`<b>${NAMES[far.name] ?? far.name}</b> is the farthest: <b>${percent(far.outside[0])}</b> of its ratios are
    outside 0.8 to 1.2, before any update. The text’s ratio leaves GSPO’s clip in
    <b>${narrow.length}</b> of ${counted(all.length, "way")}: there the whole text has no gradient, if its
    advantage points farther out.`;
}

/** @param {RatioWay} way */
function histogram({ ratios, name }) {
  const counts = new Array(BINS).fill(0);
  for (const ratio of ratios.a) {
    const at = Math.floor(((ratio - LOW) / (HIGH - LOW)) * BINS);
    counts[Math.max(0, Math.min(BINS - 1, at))] += 1 / ratios.a.length;
  }
  const step = (HIGH - LOW) / BINS;
  return picture({
    label: `Share of tokens by ratio: ${NAMES[name] ?? name}`,
    width: WIDE,
    height: HEIGHT,
    margin: { left: 40, right: 8, top: 8, bottom: 36 },
    x: [LOW, HIGH],
    y: [0, Math.max(...counts)],
    left: { format: (/** @type {number} */ share) => percent(share, 0) },
    bottom: { title: "ratio" },
    marks: [
      bar({
        data: counts,
        x: (/** @type {number} */ _, /** @type {number} */ at) => [LOW + at * step, LOW + (at + 1) * step],
        y: (/** @type {number} */ share) => [0, share],
        color: "prob",
      }),
      rule({ x: 0.8, color: "line2" }),
      rule({ x: 1.2, color: "line2" }),
    ],
  });
}
