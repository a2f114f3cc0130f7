// @ts-check
/**
 * Connectors: what a picture costs with each, and what they reach when trained alike.
 *
 * @import { Connector, Connectors } from "../../../types/frontier"
 * @import { Row, View } from "../../../kit/view"
 */
import { intervals } from "../../../kit/drawing/intervals.js";
import { decimal, percent, whole } from "../../../kit/numbers/format.js";
import { seedMean } from "../../../kit/numbers/seed_verdict.js";
import { table } from "../../../kit/numbers/table.js";
import { html, nothing } from "../../../vendor/lit.js";

/** @type {Record<string, { name: string, what: string }>} */
const NAMED = {
  linear: { name: "linear", what: "one matrix a patch" },
  mlp: { name: "two layers", what: "matrix, GELU, matrix a patch: LLaVA-1.5" },
  shuffle: { name: "pixel shuffle", what: "2 × 2 patches to one token, one matrix: SmolVLM" },
  resampler: { name: "resampler", what: "16 learned queries read the patches: Flamingo’s Perceiver" },
  cross: { name: "cross-attention", what: "no image tokens; the text reads the patches before each block" },
  blind: { name: "blind twin", what: "no picture" },
};

/** @type {View<Connectors>} */
export function connectors(data, ctx) {
  const first = data.arms[0];
  return html`
    <p class="readout lead">With the same decoder a picture takes from 0 to ${whole(first.image_tokens)} positions,
      which is most of what a step costs: a text of ${whole(first.sequence - first.image_tokens)} tokens is read in a
      sequence of ${whole(first.sequence)} where each patch is one.</p>
    ${data.seeds ? html`<p class="readout">${data.arms.map((each, at) => said(each, at))}</p>` : nothing}
    ${data.seeds ? measured(data, ctx) : nothing}
    ${table({
      label: "Connectors: tokens, sizes and what was measured",
      rows: data.arms,
      columns: [
        { name: "connector", cell: ({ arm }) => html`${NAMED[arm].name} <small>${NAMED[arm].what}</small>` },
        { name: "image tokens", number: true, cell: ({ image_tokens }) => whole(image_tokens) },
        { name: "parameters", number: true, cell: ({ parameters }) => whole(parameters) },
        { name: "sequence", number: true, cell: ({ sequence }) => whole(sequence) },
        ...(data.seeds ? columns(data, first) : []),
      ],
    })}
    <p class="hint">${
      data.seeds
        ? `Each was trained for ${whole(data.steps)} steps, far fewer than the model above. The order may change with
          longer training.`
        : `Their accuracy is not recorded yet: python -m explorer scenes models/scenes/scenes.toml trains each for
          ${whole(data.steps)} steps from several seeds, and it stands here afterwards.`
    }</p>`;
}

/** @param {Connectors} data @returns {Row[]} */
export const rows = (data) =>
  data.arms.map(({ arm, image_tokens, parameters, sequence, trained }) => ({
    ...{ arm, image_tokens, parameters, sequence },
    ...(trained ? { right: trained.mean, half: trained.half } : {}),
  }));

/** @param {Connectors} data @param {import("../../../kit/view").ViewContext<any>} ctx */
const measured = (data, ctx) => html`
  <h3 class="sub3">Right answers <small>${whole(data.steps)} steps, ${whole(data.seeds)} seeds of weights and batches
    each; Student’s 95 % interval</small></h3>
  ${intervals({
    rows: data.arms.flatMap(({ arm, trained }) =>
      trained
        ? {
            name: NAMED[arm].name,
            value: trained.mean,
            low: trained.mean - trained.half,
            high: trained.mean + trained.half,
            words: `${percent(trained.mean)} ± ${percent(trained.half)}`,
          }
        : [],
    ),
    width: ctx.width,
    domain: [0, 1],
    format: (value) => percent(value, 0),
    title: "held-out questions answered rightly, mean of the kinds",
    label: "Right answers of each connector, with Student’s 95 % interval over seeds",
  })}`;

/**
 * @param {Connectors} data
 * @param {Connector} first
 * @returns {import("../../../kit/numbers/table").Column<Connector>[]}
 */
const columns = (data, first) => [
  {
    name: "seconds a training",
    number: true,
    title: "Processor time, one thread, other work beside it",
    cell: ({ trained }) => (trained ? whole(Math.round(trained.seconds)) : ""),
  },
  {
    name: `points over ${NAMED[first.arm].name}`,
    number: true,
    title: "Seed by seed, with Student’s interval of 95 %",
    cell: (each) => (each === first ? "" : over(each)),
  },
  ...data.kinds.map((kind, at) => ({
    name: kind,
    number: true,
    cell: (/** @type {Connector} */ { trained }) => (trained ? percent(trained.by_kind[at], 0) : ""),
  })),
];

/** @param {Connector} each */
const over = ({ trained }) => (trained ? apart(trained) : "");

/** @param {import("../../../types/frontier").ConnectorTrained} trained */
const apart = ({ difference, difference_half }) =>
  seedMean(100 * difference, 100 * (difference - difference_half), 100 * (difference + difference_half));

/** @param {Connector} each @param {number} at */
function said({ arm, trained }, at) {
  if (!trained) return "";
  const name = NAMED[arm].name;
  if (!at) return html`With ${name} ${percent(trained.mean)} of the answers are right. `;
  const [less, more] = [trained.difference - trained.difference_half, trained.difference + trained.difference_half];
  const told = less > 0 ? "more" : more < 0 ? "fewer" : "";
  return told
    ? html`With ${name} it is <b>${decimal(100 * Math.abs(trained.difference), 1)} points</b> ${told}
        (± ${decimal(100 * trained.difference_half, 1)}). `
    : html`With ${name} no difference is shown. `;
}
