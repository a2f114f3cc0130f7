// @ts-check
/**
 * What stands around the picture of the stages: notices, the other run, the chosen row, and the facts.
 *
 * @import { Sampler, ViewContext } from "../../../kit/view"
 * @import { Scene } from "./scene.js"
 * @import { State } from "./stages.js"
 * @import { Subject } from "./subject.js"
 */

import { decimal, percent, whole } from "../../../kit/numbers/format.js";
import { explained } from "../../../kit/text/terms.js";
import { token } from "../../../kit/text/tokens.js";
import { html, nothing } from "../../../vendor/lit.js";
import { share } from "./stage.js";
import { entropyOf, heldBy } from "./subject.js";
import { told } from "./words.js";

/**
 * @param {Subject} subject
 * @param {Sampler} settings
 * @param {ViewContext<State>} ctx
 */
export function notices({ free, next, data }, settings, ctx) {
  const warm = () => ctx.setSampler({ temperature: 1 });
  const given = html`
    <p class="notice">
      Position ${data.position} is inside the prompt: the prompt gives its next token
      ${next === undefined ? "" : token(next)}, and
      the sampler draws nothing. The sliders still act on the model’s probabilities here.
    </p>`;
  const greedy = html`
    <p class="notice">
      Temperature 0 always takes the likeliest token, so the cuts and the draw have no effect.
      <button class="linkbtn" type="button" @click=${warm}>Set temperature 1</button>
    </p>`;
  return html`${free ? nothing : given}${settings.temperature === 0 ? greedy : nothing}`;
}

/** The other run. @param {Subject} subject @param {ViewContext<State>} ctx */
export function comparison({ there, base }, { beside }) {
  if (!there) return nothing;
  const likeliest = token(there.likeliest, { className: "mono tokword b" });
  const [p, now] = [there.base, base].map((stage) => share(stage, there.likeliest));
  const kl = html`KL(${beside.short} ‖ ${beside.now}) <b data-kl=${there.kl}>${decimal(there.kl, 4)} nats</b>,
    ${explained("total variation")} <b data-variation=${there.variation}>${percent(there.variation)}</b>`;
  return html`<i class="basetick"></i>${beside.name}. ${kl}. Its likeliest token ${likeliest} has ${percent(p)} there
    and
    ${percent(now)} ${beside.now === "now" ? "now" : "in this run"}.`;
}

/**
 * The numbers of the chosen row, and the button that branches the text there. It keeps its height, whatever it says.
 * @param {Scene} scene
 * @param {ViewContext<State>} ctx
 */
export function chosen(scene, ctx) {
  const { picked, subject } = scene;
  const { free, data } = subject;
  const force = free ? "; click it, then force that token to branch here" : "";
  const said =
    picked === null
      ? html`Point at a row to read its numbers${force}.`
      : html`${token(picked, { most: 24, className: "mono tokword b" })} ${told(scene, picked)
          .map((line) => line.join(" "))
          .join(", ")}`;
  const branch = () => picked !== null && ctx.force(data.position, picked);
  return html`
    <div class="chosen">
      <p class="readout" aria-live="polite">${said}</p>
      ${
        free
          ? html`<button class="btn force" type="button" ?disabled=${picked === null} @click=${branch}>
              Force ${picked === null ? "a token" : token(picked, { most: 14 })} here
            </button>`
          : nothing
      }
    </div>`;
}

/**
 * @param {Scene} scene
 * @param {ViewContext<State>} ctx
 * @param {number} again
 */
export function facts({ subject, stages, drawn }, { run }, again) {
  const end = stages[stages.length - 1];
  const lines = [
    ["Tokens that can be drawn", whole(end.left)],
    ["Model probability kept", percent(heldBy(subject, end))],
    ["Entropy of the model", `${decimal(entropyOf(subject.base))} bits`],
    ["Entropy after the cuts", `${decimal(entropyOf(end))} bits`],
    ["Different tokens in 1,000 draws", whole(drawn.size)],
    ["Seed of the draws", again ? `${run.seed}, draw ${again + 1}` : String(run.seed)],
  ];
  return html`<dl class="facts">
    ${lines.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}
    </dl>`;
}
