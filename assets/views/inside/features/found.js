// @ts-check
/**
 * What a dictionary finds in a text: features by tokens, and what the removal of each changes in the real run.
 *
 * @import { DictionaryOnText, FeatureRow, FeaturesFound } from "../../../types/inside"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 */
import { segmented } from "../../../kit/controls/controls.js";
import { control } from "../../../kit/controls/declared.js";
import { typed, typedText } from "../../../kit/controls/typed.js";
import { legend } from "../../../kit/drawing/legend.js";
import { decimal, percent, whole } from "../../../kit/numbers/format.js";
import { token, tokenText } from "../../../kit/text/tokens.js";
import { html, nothing } from "../../../vendor/lit.js";
import { strip } from "./strip.js";

/** @type {View<FeaturesFound>} */
export function found(data, ctx) {
  const role = ctx.controls.dictionary === "placebo" ? "placebo" : "trained";
  const { rows } = data[role];
  return html`
    <div class="features">
      <div class="settings-row ruled">
        ${control(ctx, "dictionary")} ${data.depths.length > 1 ? depth(data, ctx) : nothing}
        <div class="word-search">
          ${typed(
            { name: "word", value: typedText("word", undefined, ctx), single: true, named: true, plain: true },
            ctx,
          )}
        </div>
      </div>
      <p class="readout said">${worth(data, role)}</p>
      <div class="bar">
        <p class="hint">${listing(data, role)}</p>
        ${legend([
          ["ramp", "fires, share of its greatest in the corpus"],
          [{ color: "prob" }, "KL without it"],
          [{ color: "ink", shape: "tick" }, "random direction, same length"],
        ])}
      </div>
      ${
        rows.length
          ? strip(data, rows, { role, width: ctx.width, chosen: chosenOf(ctx, rows), open: opener(ctx) })
          : nothing
      }
      <p class="hint">What features of the MLPs do to each other, from tokens to the answer:
        <button class="linkbtn" type="button" @click=${() => ctx.go("attribution_graph", "graph")}>Attribution
          graph</button></p>
    </div>`;
}

/** Behind which block. @param {FeaturesFound} data @param {ViewContext} ctx */
const depth = ({ layer, depths }, ctx) =>
  html`<span class="cluster"><span class="muted">Behind block</span>
    ${segmented({
      label: "Behind block",
      choices: depths.map((each) => [String(each), String(each)]),
      chosen: String(layer),
      choose: (each) => ctx.select({ layer: Number(each) }),
    })}</span>`;

/** @param {ViewContext} ctx @param {FeatureRow[]} rows */
function chosenOf(ctx, rows) {
  const said = ctx.controls.feature;
  return said === undefined ? null : (rows.find(({ feature }) => feature === Number(said))?.feature ?? null);
}

/** Only the trained dictionary's features are opened: the placebo's card stands beside. @param {ViewContext} ctx */
const opener = (ctx) => (/** @type {number} */ feature) => ctx.control("feature", feature);

/** What the whole sum is worth here. @param {FeaturesFound} data @param {"trained" | "placebo"} role */
function worth(data, role) {
  /** @type {DictionaryOnText} */
  const side = data[role];
  return html`
    ${role === "trained" ? "Trained dictionary" : "Placebo: its directions stay as they were drawn at random"}: with its
    sum in the place of the stream behind block ${data.layer}, the next token ${token(data.answer_id)} goes from
    <b>${percent(data.answer)}</b> to <b>${percent(side.answer)}</b> (KL ${decimal(side.divergence)} nats). Here it
    explains ${percent(side.explained)} of the variance with ${decimal(side.l0, 1)} of ${whole(side.width)} features a
    token.`;
}

/** @param {FeaturesFound} data @param {"trained" | "placebo"} role */
function listing({ word, matches, corpus_tokens, ids, of }, role) {
  const cut = ids.a.length < of ? ` The first ${ids.a.length} of ${whole(of)} tokens are read.` : "";
  const press = role === "trained" ? " Press a row to open its feature below." : "";
  if (!word) {
    return `The strongest features of each token, of those that fire on less than a tenth of the corpus.${cut}${press}`;
  }
  if (!matches) return `No token of the corpus (${whole(corpus_tokens)}) holds “${word}”: the text’s own are listed.`;
  return `Features that fire most on “${word}”, at ${whole(matches)} of ${whole(corpus_tokens)} tokens.${cut}${press}`;
}

/**
 * @param {FeaturesFound} data
 * @returns {Row[]}
 */
export function rows(data) {
  return /** @type {const} */ (["trained", "placebo"]).flatMap((dictionary) =>
    data[dictionary].rows.flatMap(({ feature, density, acts, divergence, random }) =>
      Array.from(acts.a, (activation, position) => ({
        dictionary,
        feature,
        density,
        position,
        token: tokenText(data.ids.a[position]),
        activation,
        kl_without: divergence.a[position],
        kl_random: random.a[position],
      })),
    ),
  );
}
