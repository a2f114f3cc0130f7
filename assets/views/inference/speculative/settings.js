// @ts-check
/**
 * What is drafted, and how.
 *
 * @import { SpeculationRounds, SpeculativeCorpus as SpecSettings } from "../../../types"
 * @import { ViewContext } from "../../../kit/view"
 * @import { Played } from "./played.js"
 */
import { number, segmented, slider } from "../../../kit/controls.js";
import { decimal } from "../../../kit/format.js";
import { html, nothing } from "../../../vendor/lit.js";
import { asked, isPartial } from "./kinds.js";

const LONGEST_DRAFT = 8;
const HOTTEST = 2;
const LARGEST_SEED = 2 ** 31 - 1;
/** @type {[tokens: number, name: string][]} */
const LENGTHS = [
  [12, "12"],
  [24, "24"],
  [48, "48"],
];

/**
 * A setting that only the server can answer: the link remembers it, and the measurement is asked for at once.
 * @param {ViewContext<Played>} ctx
 * @param {string} name
 * @param {string | number} value
 */
export function ask(ctx, name, value) {
  ctx.control(name, value);
  if (!ctx.measured()) ctx.measure();
  ctx.keep({ playing: false });
}

/**
 * @param {SpeculationRounds} data
 * @param {ViewContext<Played>} ctx
 */
export function settings(data, ctx) {
  return html`
    <div class="settings-row">
      ${isPartial(asked(ctx, "draft", data.draft)) ? blocks(data, ctx) : nothing}
      ${slider({
        label: "Drafted a round, γ",
        value: asked(ctx, "gamma", data.gamma),
        least: 1,
        most: LONGEST_DRAFT,
        title: "how many tokens the draft proposes before the model checks them",
        choose: (value) => ask(ctx, "gamma", value),
      })}
      ${heat(data, ctx)}
      ${
        asked(ctx, "temperature", data.temperature) > 0
          ? number({
              label: "Seed",
              value: asked(ctx, "seed", data.seed),
              least: 0,
              most: LARGEST_SEED,
              choose: (value) => ask(ctx, "seed", value),
            })
          : nothing
      }
      <div class="setting">
        <span>New tokens</span>
        ${segmented({
          label: "New tokens",
          choices: LENGTHS,
          chosen: asked(ctx, "new", data.new),
          choose: (value) => ask(ctx, "new", value),
        })}
      </div>
    </div>`;
}

/**
 * @param {Pick<SpecSettings, "temperature">} data
 * @param {ViewContext<Played>} ctx
 */
export function heat(data, ctx) {
  return slider({
    label: "Temperature",
    value: asked(ctx, "temperature", data.temperature),
    least: 0,
    most: HOTTEST,
    step: 0.1,
    title: "of draft and model alike; 0 is greedy",
    format: (value) => (value === 0 ? "0, greedy" : decimal(value, 1)),
    choose: (value) => ask(ctx, "temperature", value),
  });
}

/**
 * @param {Pick<SpecSettings, "blocks" | "n_layers">} data
 * @param {ViewContext<Played>} ctx
 */
export function blocks(data, ctx) {
  return slider({
    label: "Blocks in the draft",
    value: asked(ctx, "blocks", data.blocks),
    least: 1,
    most: data.n_layers,
    format: (value) => `${value} of ${data.n_layers}`,
    choose: (value) => ask(ctx, "blocks", value),
  });
}
