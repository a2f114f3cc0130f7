// @ts-check
/**
 * One feature of the trained dictionary, and beside it the placebo's strongest on the same token.
 *
 * @import { FeatureBesidePlacebo, FeatureCard } from "../../../types/inside"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 */
import { legend } from "../../../kit/drawing/legend.js";
import { halfWidth } from "../../../kit/layout.js";
import { decimal, percent, signed, whole } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { contexts } from "../../../kit/text/contexts.js";
import { token, tokenText } from "../../../kit/text/tokens.js";
import { html, nothing } from "../../../vendor/lit.js";
import { fired, pushes } from "./pushes.js";

export const follows = true;

/** @type {View<FeatureBesidePlacebo>} */
export function one(data, ctx) {
  return html`
    <div class="features">
      <div class="side-by-side">
        ${card(data, data.trained, "trained", ctx)} ${card(data, data.placebo, "placebo", ctx)}
      </div>
    </div>`;
}

/**
 * @param {FeatureBesidePlacebo} data
 * @param {FeatureCard} of
 * @param {"trained" | "placebo"} role
 * @param {ViewContext} ctx
 */
function card(data, of, role, ctx) {
  const width = halfWidth(ctx.width);
  const here = data.ids.a[of.peak];
  return html`
    <section class="feature-card ${role}">
      <p class="readout">
        <b>${role === "trained" ? "Trained" : "Placebo"} ${of.feature}</b> fires on ${percent(of.density)} of the
        corpus.
        ${
          of.acts.a[of.peak] > 0
            ? html`On this text it is strongest at ${token(here)} (position ${of.peak}): ${percent(of.share)} of the
              stream’s length there.`
            : "It does not fire on this text."
        }
      </p>
      <h3 class="sub3">Where it fires most, of ${whole(data.corpus_tokens)} tokens of passages</h3>
      ${contexts(of.contexts, of.most)}
      <h3 class="sub3">How strongly it fires there</h3>
      ${fired(of, width)}
      <h3 class="sub3">What it says and does at ${token(here)}</h3>
      ${pushes(of, width)}
      ${legend([
        [{ color: "ink", hollow: true }, "says: lost at the end of the stream"],
        [{ color: "river" }, "does: lost behind its block"],
      ])}
      ${next(data, of, role)}
      <p class="hint">${verdict(data, of)}</p>
      ${role === "trained" ? near(of, ctx) : nothing}
    </section>`;
}

/**
 * The next token with the feature and without.
 * @param {FeatureBesidePlacebo} data @param {FeatureCard} of @param {string} role
 */
const next = (data, of, role) =>
  table({
    label: `Next token with ${role} ${of.feature} and without`,
    columns: [
      {
        name: html`Next token behind ${token(data.ids.a[of.at])}`,
        cell: (/** @type {number} */ at) => token(of.next.a[at], { most: 14 }),
      },
      { name: "with it", number: true, cell: (at) => percent(of.before.a[at]) },
      { name: "without", number: true, cell: (at) => percent(of.after.a[at]) },
    ],
    rows: Array.from(of.next.a, (_, at) => at),
  });

/** @param {FeatureBesidePlacebo} data @param {FeatureCard} of */
function verdict(data, { divergence, random, at }) {
  const more =
    divergence > 3 * random ? ": the direction matters" : divergence < 1.5 * random ? ": any push does as much" : "";
  return html`Without it KL is <b>${decimal(divergence, 3)}</b> nats behind ${token(data.ids.a[at])}; without as much of
    a random direction <b>${decimal(random, 3)}</b> (mean of 8)${more}.`;
}

/** Its neighbours by the cosine of their directions. @param {FeatureCard} of @param {ViewContext} ctx */
const near = (of, ctx) => html`
  <h3 class="sub3">Nearest directions of the dictionary, by cosine</h3>
  <div class="cluster">
    ${Array.from(
      of.near.a,
      (feature, at) => html`<button class="btn" type="button" @click=${() => ctx.control("feature", feature)}>
        ${feature} <span class="num">${decimal(of.cosines.a[at])}</span></button>`,
    )}
  </div>`;

/**
 * @param {FeatureBesidePlacebo} data
 * @returns {Row[]}
 */
export const rows = (data) =>
  /** @type {const} */ (["trained", "placebo"]).flatMap((dictionary) => {
    const of = data[dictionary];
    return [
      ...Array.from(of.raises.a, (id, at) => ({
        dictionary,
        feature: of.feature,
        what: "raises",
        token: tokenText(id),
        says: signed(of.said.a[at], 4),
        does: signed(of.done.a[at], 4),
      })),
      ...Array.from(of.next.a, (id, at) => ({
        dictionary,
        feature: of.feature,
        what: "next token",
        token: tokenText(id),
        with: of.before.a[at],
        without: of.after.a[at],
      })),
    ];
  });
