// @ts-check
/**
 * What stands around the picture of the stages: notices, the unmodified run, the chosen row, and the facts.
 *
 * @import { Sampler, ViewContext } from "../../../kit/view"
 * @import { Scene } from "./scene.js"
 * @import { State } from "./stages.js"
 * @import { Subject } from "./subject.js"
 */

import { decimal, percent, whole } from "../../../kit/format.js";
import { explained } from "../../../kit/terms.js";
import { token } from "../../../kit/tokens.js";
import { html, nothing } from "../../../vendor/lit.js";
import { share } from "./stage.js";
import { entropyOf, heldBy, unmodified } from "./subject.js";
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
      Position ${data.position} lies inside the prompt: its next token ${next === undefined ? "" : token(next)} was
      given, not drawn. The model’s distribution is there all the same, and the sliders work on it.
    </p>`;
  const greedy = html`
    <p class="notice">
      Temperature 0 takes the likeliest token: the cuts and the draw have nothing to choose from.
      <button class="linkbtn" type="button" @click=${warm}>Set temperature 1</button>
    </p>`;
  return html`${free ? nothing : given}${settings.temperature === 0 ? greedy : nothing}`;
}

/** The run beside this one. @param {Subject} subject @param {ViewContext<State>} ctx */
export function comparison({ data, base }, { beside }) {
  const before = data.base;
  if (!before) return nothing;
  const likeliest = token(before.likeliest, { className: "mono tokword b" });
  const [p, now] = [unmodified(data, before.likeliest) ?? Number.NaN, share(base, before.likeliest)];
  const kl = html`KL(${beside.short} ‖ ${beside.now}) <b data-kl=${before.kl}>${decimal(before.kl, 4)} nats</b>,
    ${explained("total variation")} <b data-variation=${before.variation}>${percent(before.variation)}</b>`;
  return html`<i class="basetick"></i>${beside.name}. ${kl}; its likeliest token ${likeliest} ${percent(p)},
    ${beside.now} ${percent(now)}.`;
}

/**
 * The numbers of the chosen row, and the button that branches the text there. It keeps its height, whatever it says.
 * @param {Scene} scene
 * @param {ViewContext<State>} ctx
 */
export function chosen(scene, ctx) {
  const { picked, subject } = scene;
  const { free, data } = subject;
  const force = free ? "; choose it to force that token and branch here" : "";
  const said =
    picked === null
      ? html`Point at a row for its numbers${force}.`
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
    ["Model’s probability kept", percent(heldBy(subject, end))],
    ["Entropy, model", `${decimal(entropyOf(subject.base))} bits`],
    ["Entropy, after the cuts", `${decimal(entropyOf(end))} bits`],
    ["Different tokens drawn", whole(drawn.size)],
    ["Seed of the draws", again ? `${run.seed}, draw ${again + 1}` : String(run.seed)],
  ];
  return html`<dl class="facts">
    ${lines.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}
    </dl>`;
}
