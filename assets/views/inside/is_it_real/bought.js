// @ts-check
/**
 * What training bought: the metrics of the shelf's dictionaries beside their placebos', seed by seed.
 *
 * @import { DictionaryWorth, IsItRealBought } from "../../../types/inside"
 * @import { Row, View } from "../../../kit/view"
 * @import { Metric } from "./metrics.js"
 */
import { plot } from "../../../kit/chart/plot.js";
import { legend } from "../../../kit/drawing/legend.js";
import { decimal, percent, whole } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { mean } from "../../../vendor/d3.js";
import { html, nothing } from "../../../vendor/lit.js";
import { metrics } from "./metrics.js";

const HEIGHT = 230;

/** @type {View<IsItRealBought>} */
export function bought(data, ctx) {
  const trained = data.dictionaries.filter(({ role }) => role === "trained");
  const placebos = data.dictionaries.filter(({ role }) => role === "placebo");
  return html`
    <div class="is-it-real">
      <div class="bar">
        <p class="readout said">${said(data, trained, placebos)}</p>
        ${legend([
          [{ color: "ink", shape: "dot" }, "trained, a seed"],
          [{ color: "river-deep", shape: "dot", hollow: true }, "placebo, a seed"],
          [{ color: "ink3", shape: "tick" }, "by chance"],
        ])}
      </div>
      ${metrics(listed(data, trained, placebos), ctx.width)}
      <div class="side-by-side">
        <div>
          <h3 class="sub3">Explained variance as they were trained</h3>
          ${curves(data)}
        </div>
        <div>
          <h3 class="sub3">One error, three formulas</h3>
          ${formulas(data.dictionaries)}
          <p class="hint">
            “Explained variance” meant other formulas in tools until 2026: a ratio averaged over tokens, and a variance
            that squares squares.
          </p>
        </div>
      </div>
    </div>`;
}

/** The mean of one number. @param {DictionaryWorth[]} all @param {(each: DictionaryWorth) => number} of */
const meanOf = (all, of) => mean(all, of) ?? 0;

/** @param {IsItRealBought} data @param {DictionaryWorth[]} trained @param {DictionaryWorth[]} placebos */
function said(data, trained, placebos) {
  const [zero, average] = ["zero", "mean"].map((name) => meanOf(placebos, ({ recovered }) => recovered[name]));
  const flattery = placebos.length
    ? html`Setting the stream to zero costs ${decimal(data.ablated_loss.zero - data.clean_loss, 1)} nats, so that even
    the
      placebo “recovers” <b>${percent(zero)}</b> of the loss; against the stream’s mean it recovers
      <b>${percent(average)}</b>.`
    : nothing;
  const again = data.pairs.filter(({ role }) => role === "trained");
  const found = again.length
    ? html`Another seed finds <b>${percent(mean(again, ({ share }) => share) ?? 0)}</b> of the directions again (cosine
      above 0.7, matched one to one).`
    : nothing;
  return html`
    ${data.done < data.of ? `${data.done} of ${data.of} dictionaries so far. ` : nothing}Behind block ${data.layer},
    ${whole(data.width)} features, ${data.k} a token: learned directions explain
    <b>${percent(meanOf(trained, ({ explained }) => explained))}</b> of the variance of ${whole(data.tokens)} tokens of
    passages that no dictionary has read, random ones
    <b>${percent(meanOf(placebos, ({ explained }) => explained))}</b>. ${flattery} ${found}`;
}

/**
 * @param {IsItRealBought} data
 * @param {DictionaryWorth[]} trained
 * @param {DictionaryWorth[]} placebos
 * @returns {Metric[]}
 */
function listed({ pairs, chance }, trained, placebos) {
  /** @type {(name: string, about: string, of: (each: DictionaryWorth) => number) => Metric} */
  const metric = (name, about, of) => ({ name, about, trained: trained.map(of), placebo: placebos.map(of) });
  const paired = (/** @type {string} */ role, /** @type {"share" | "best"} */ what) =>
    pairs.filter((each) => each.role === role).map((each) => each[what]);
  return [
    metric("Explained variance", "1 − squared error ÷ variance", ({ explained }) => explained),
    metric("Loss recovered, against zeros", "0: stream set to zero; 1: as it is", ({ recovered }) => recovered.zero),
    metric("Loss recovered, against the mean", "0: stream set to its mean", ({ recovered }) => recovered.mean),
    metric("Loss recovered, against others", "0: another token’s stream", ({ recovered }) => recovered.resample),
    metric("KL score, against the mean", "1 − KL ÷ KL of the mean", ({ scores }) => scores.mean),
    metric("Relative bias", "1: as long as the stream", ({ bias }) => bias),
    metric("Dead", "share that fires nowhere here", ({ dead }) => dead),
    metric("Same token", "at a feature’s 20 strongest places", ({ same_token }) => same_token),
    {
      name: "Found again, other seed",
      about: "share with a cosine above 0.7",
      trained: paired("trained", "share"),
      placebo: paired("placebo", "share"),
    },
    {
      name: "Best cosine, other seed",
      about: "mean over directions",
      trained: paired("trained", "best"),
      placebo: paired("placebo", "best"),
      chance,
    },
  ];
}

/** @param {IsItRealBought} data */
const curves = ({ curves: all }) =>
  plot({
    label: "Explained variance over the tokens of the stored trainings; arrow keys walk them",
    height: HEIGHT,
    traces: all.map(({ role, seed, tokens, explained }) => ({
      x: tokens,
      y: explained,
      ...(seed === 0 ? { name: role } : { hover: `%{y}<extra>${role}, seed ${seed}</extra>` }),
      labelled: seed === 0,
      ...(role === "trained" ? { color: "ink" } : { color: "river-deep", dash: "5px,4px" }),
      width: seed === 0 ? 2 : 1,
    })),
    x: { title: "tokens read" },
    y: { rangemode: "tozero", tickformat: ".1f" },
    margin: { r: 86, t: 10 },
  });

/** @param {DictionaryWorth[]} rows */
const formulas = (rows) =>
  table({
    label: "Explained variance by three formulas",
    columns: [
      { name: "dictionary", cell: ({ role, seed }) => `${role} ${seed}` },
      { name: "right", number: true, cell: ({ explained }) => decimal(explained, 3) },
      { name: "ratio averaged", number: true, cell: ({ ratio_averaged }) => decimal(ratio_averaged, 3) },
      { name: "squares squared", number: true, cell: ({ squared_squares }) => decimal(squared_squares, 3) },
      { name: "L0", number: true, cell: ({ l0 }) => decimal(l0, 1) },
    ],
    rows,
  });

/**
 * @param {IsItRealBought} data
 * @returns {Row[]}
 */
export const rows = ({ dictionaries }) =>
  dictionaries.map(({ recovered, scores, ...rest }) => ({
    ...rest,
    ...Object.fromEntries(Object.entries(recovered).map(([name, value]) => [`recovered_${name}`, value])),
    ...Object.fromEntries(Object.entries(scores).map(([name, value]) => [`kl_score_${name}`, value])),
  }));
