// @ts-check
/**
 * What is said of a head above its pictures: its numbers, its kin, and that it can be taken out.
 *
 * @import { ViewContext } from "../../../kit/view"
 * @import { AttentionHead } from "../../../types/overview"
 * @import { State } from "./head.js"
 */
import { segmented } from "../../../kit/controls/controls.js";
import { adds } from "../../../kit/controls/over.js";
import { headName } from "../../../kit/numbers/format.js";
import { token } from "../../../kit/text/tokens.js";
import { html } from "../../../vendor/lit.js";
import { score as number } from "./pointing.js";

/**
 * The intervention that takes this head out, if one does.
 * @param {AttentionHead} data
 * @param {ViewContext<State>} ctx
 */
function ablationOf({ layer, head }, { interventions }) {
  const text = `ablate:${layer}.${head}`;
  return interventions.find(({ on, text: each }) => on !== false && each.replace(/:(mean|zero)$/, "") === text);
}

/**
 * @param {AttentionHead} data
 * @param {ViewContext<State>} ctx
 */
export function facts(data, ctx) {
  const { position, facts, share, target, measured } = data;
  const scores = Number.isFinite(facts.previous)
    ? html`Means over the text: previous token <b>${number(facts.previous, 2)}</b>, first-token sink
        <b>${number(facts.sink, 2)}</b>, entropy <b>${number(facts.entropy, 2, " bits")}</b>.`
    : "The text has one token, so the head can read nothing else.";
  const written = html`It ${adds(share, target, measured)}`;
  const off = ablationOf(data, ctx) ? " (ablated)" : "";
  return html`<p class="readout summary">Query: ${token(ctx.run.ids[position])} at position ${position}. ${scores}
    ${written}${off}.</p>`;
}

/**
 * Takes the head out of the run, or puts it back.
 * @param {AttentionHead} data
 * @param {ViewContext<State>} ctx
 */
export function ablation(data, ctx) {
  const { layer, head } = data;
  const found = ablationOf(data, ctx);
  const press = () => (found ? ctx.restore(found.text) : ctx.intervene(`ablate:${layer}.${head}`));
  return html`
    <button class="btn ${found ? "on" : ""}" type="button" data-act=${found ? "restore" : "ablate"} @click=${press}>
      ${found ? "Restore" : "Ablate"} ${headName(layer, head)}
    </button>`;
}

/**
 * The heads that read the same keys and values.
 * @param {AttentionHead} data
 * @param {ViewContext<State>} ctx
 */
export function kin({ kin, kv, layer, head }, ctx) {
  return html`
    <div class="choice kin">
      <span>Heads that share key/value head ${kv}</span>
      ${segmented({
        label: `Heads that share key/value head ${kv}`,
        choices: kin.map((each) => [each, headName(layer, each)]),
        chosen: head,
        choose: (each) => ctx.select({ head: each }),
      })}
    </div>`;
}
