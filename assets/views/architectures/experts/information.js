// @ts-check
/**
 * Whether the choice of experts tells more about a token than chance: bits by block, four labels.
 *
 * @import { ExpertsInformation, LabelInformation } from "../../../types/architectures"
 * @import { Content } from "../../../kit/numbers/table"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 */

import { control } from "../../../kit/controls/declared.js";
import { legend } from "../../../kit/drawing/legend.js";
import { percent } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { under } from "../../../kit/runs/beside.js";
import { explained } from "../../../kit/text/terms.js";
import { max } from "../../../vendor/d3.js";
import { html } from "../../../vendor/lit.js";
import { curveThere, numberThere, saidThere } from "./compared_information.js";
import { pane } from "./pane.js";
import { bits, chosenBlock, corpus, ownRouting } from "./selection.js";

/** @type {Record<string, { name: string, shuffled: string }>} */
const LABELS = {
  kind: { name: "Text kind", shuffled: "the kinds of whole passages are permuted" },
  class: { name: "Token class", shuffled: "the classes of a passage are rotated" },
  token: { name: "Token", shuffled: "the tokens of a passage are rotated" },
  kind_given_token: {
    name: "Text kind, given the token",
    shuffled: "kinds are permuted among the occurrences of one token",
  },
};

/** From here on four panes stand side by side. */
const WIDE = 900;
const GAP = { wide: 24, narrow: 12 };

/** @type {View<ExpertsInformation>} */
export function information(data, ctx) {
  const block = chosenBlock(data, ctx);
  return html`
    <div class="experts">
      <div class="bar">
        ${control(ctx, "count")}
        ${legend([
          ["measured", "measured"],
          ["band", `95 % of ${data.shuffles} shuffles`],
          ["available", "all bits in the routing"],
          ctx.there && ["dot", `measured, ${ctx.beside.name}`],
        ])}
      </div>
      <ul class="sentences">${data.sentences.map((sentence) => html`<li>${explained(sentence)}</li>`)}</ul>
      ${saidThere(data, ctx)}
      ${panes(data, ctx, block)}
      <h3 class="sub3 next">
        Block ${data.layers[block]} <small>bits; the routing has ${bits(data.available.a[block])}</small>
      </h3>
      ${numbers(data, ctx, block)}
      <p class="hint">${note(data, ctx)}</p>
    </div>`;
}

/**
 * @param {ExpertsInformation} data
 * @param {ViewContext<object, ExpertsInformation>} ctx
 * @returns {Row[]}
 */
export function rows(data, ctx) {
  return data.measured.flatMap((measured) =>
    data.layers.map((layer, at) => ({
      label: LABELS[measured.label].name,
      block: layer,
      bits: measured.bits.a[at],
      shuffled: measured.chance.a[at],
      shuffled_low: measured.low.a[at],
      shuffled_high: measured.high.a[at],
      beyond_chance: Boolean(measured.beyond.a[at]),
      of_label: measured.of_label.a[at],
      of_routing: measured.of_routing.a[at],
      miller_madow: measured.miller_madow.a[at],
      routing_carries: data.available.a[at],
      ...(ctx.there ? { bits_of_the_other: curveThere(data, ctx, measured)?.[at] ?? "" } : {}),
    })),
  );
}

/** @param {ExpertsInformation} data @param {ViewContext<object, ExpertsInformation>} ctx @param {number} block */
function panes(data, ctx, block) {
  const [columns, gap] = ctx.width >= WIDE ? [4, GAP.wide] : [2, GAP.narrow];
  const width = Math.floor((ctx.width - (columns - 1) * gap) / columns);
  const curves = [data, ...(ctx.there ? [ctx.there] : [])].flatMap(({ measured }) => measured);
  const most = max([...data.available.a, ...curves.flatMap(({ bits }) => Array.from(bits.a))]) ?? 1;
  return html`
    <div class="panes columns-${columns}">
      ${data.measured.map((measured) =>
        pane({
          measured,
          there: curveThere(data, ctx, measured),
          beside: ctx.beside.name,
          name: LABELS[measured.label].name,
          layers: data.layers,
          available: data.available,
          most,
          block,
          width,
          select: (at) => ctx.select({ layer: data.layers[at] }),
        }),
      )}
    </div>`;
}

/** @param {ExpertsInformation} data @param {ViewContext<object, ExpertsInformation>} ctx @param {number} block */
function numbers(data, ctx, block) {
  const beyond = (/** @type {LabelInformation} */ { bits, chance }) => bits.a[block] - chance.a[block];
  const far = (/** @type {LabelInformation} */ { beyond }) => Boolean(beyond.a[block]);
  const share = (/** @type {number} */ value) => percent(Math.max(0, value));
  const both = (
    /** @type {Content} */ here,
    /** @type {LabelInformation} */ each,
    /** @type {(there: LabelInformation, at: number) => string} */ read,
  ) => under(here, ctx.beside, numberThere({ data, ctx, block }, each, read));
  return table({
    label: `Information in block ${data.layers[block]}`,
    className: "information",
    rows: data.measured,
    columns: [
      { name: "Label", cell: ({ label }) => html`<span title=${LABELS[label].shuffled}>${LABELS[label].name}</span>` },
      {
        name: "measured",
        cell: (each) => both(html`<b>${bits(each.bits.a[block])}</b>`, each, (there, at) => bits(there.bits.a[at])),
        number: true,
      },
      { name: "shuffled", cell: ({ low, high }) => `${bits(low.a[block])} to ${bits(high.a[block])}`, number: true },
      {
        name: "beyond chance",
        title: "the measured value minus the mean of the shuffled ones",
        cell: (each) => (far(each) ? html`<b>${bits(beyond(each))}</b>` : html`<span class="muted">chance</span>`),
        number: true,
      },
      {
        name: "of the label",
        title: "beyond chance, as a share of the label's entropy",
        cell: (each) => (far(each) ? share(beyond(each) / each.entropy) : ""),
        number: true,
        className: "spare",
      },
      {
        name: "of the routing",
        title: "beyond chance, as a share of all bits in the routing",
        cell: (each) =>
          both(far(each) ? share(each.of_routing.a[block]) : "", each, (there, at) =>
            there.beyond.a[at] ? share(there.of_routing.a[at]) : "chance",
          ),
        number: true,
      },
      {
        name: "Miller–Madow",
        title: "the measured value minus the first term of its bias, without shuffling",
        cell: (each) => bits(each.miller_madow.a[block]),
        number: true,
        className: "spare",
      },
    ],
  });
}

/** @param {ExpertsInformation} data @param {ViewContext} ctx */
function note(data, ctx) {
  const shuffled = data.measured.map(({ label }) => `${LABELS[label].name.toLowerCase()}: ${LABELS[label].shuffled}`);
  return (
    `${corpus(data)}. How labels are shuffled: ${shuffled.join("; ")}. “Beyond chance” is a cautious figure: where a ` +
    "label determines much of the choice, the shuffled mean is larger than the bias. Each kind is one source here, " +
    `so its effect cannot be separated from that of its author, age or language.${ownRouting(ctx)}`
  );
}
