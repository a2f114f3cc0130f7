// @ts-check
/**
 * A text continued as it is, along a feature's direction, and along a random one of the same length.
 *
 * @import { FeatureSteered, SteeredText } from "../../../types/inside"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 */
import { control } from "../../../kit/controls/declared.js";
import { decimal } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { readText, tokenText } from "../../../kit/text/tokens.js";
import { html } from "../../../vendor/lit.js";

/** @type {Record<string, string>} */
const NAMES = { unchanged: "Unchanged", feature: "The feature", random: "A random direction" };

/** @type {View<FeatureSteered>} */
export function steered(data, ctx) {
  return html`
    <div class="features">
      <div class="settings-row ruled">${control(ctx, "strength", { format: (value) => `${value} ×` })}</div>
      <p class="readout said">
        Feature <b>${data.feature}</b>, ${data.strength} times its greatest activation in the corpus: a vector of length
        ${decimal(data.length, 1)} behind block ${data.layer}, where the stream is ${decimal(data.stream, 1)} long. The
        surprise is what the unchanged model thinks of the new tokens: a high one is a text that it would not write.
      </p>
      ${table({
        label: "The text continued",
        columns: [
          { name: "Added", cell: ({ name }) => NAMES[name] },
          { name: "The text goes on", className: "continued", cell: words },
          { name: "surprise, nats", number: true, cell: ({ surprise }) => decimal(surprise) },
          { name: "KL of the first, nats", number: true, cell: ({ divergence }) => decimal(divergence) },
        ],
        rows: data.texts,
      })}
      ${stack(data, ctx)}
    </div>`;
}

/**
 * The same push on the intervention stack, where every panel shows it.
 * @param {FeatureSteered} data
 * @param {ViewContext} ctx
 */
function stack({ layer, feature, length, strength }, ctx) {
  const amount = Number((Math.sign(strength) * length).toPrecision(4));
  const text = `steer:sae-${layer}-${feature}:${layer}:all:${amount}`;
  const on = ctx.interventions.some((each) => each.on && each.text === text);
  return html`
    <div class="rowbtns">
      <button class="btn ${on ? "on" : ""}" type="button" @click=${() =>
        on ? ctx.restore(text) : ctx.intervene(text)}>
        ${on ? "Take it off the interventions" : `Add ${amount} × its direction to the whole run`}
      </button>
    </div>`;
}

/** @param {SteeredText} text */
const words = ({ ids }) => html`${Array.from(ids.a, (id) => html`<span class="tokword">${readText(id)}</span>`)}`;

/**
 * @param {FeatureSteered} data
 * @returns {Row[]}
 */
export const rows = ({ feature, strength, texts }) =>
  texts.map(({ name, ids, surprise, divergence }) => ({
    feature,
    strength,
    added: name,
    text: Array.from(ids.a, (id) => tokenText(id)).join(""),
    surprise,
    kl_first: divergence,
  }));
