// @ts-check
/**
 * What decided one token: the model's probabilities against the draft's, and the number that was drawn.
 *
 * @import { SpeculationRounds, SpecRound } from "../../../types/inference"
 * @import { Scene } from "./played.js"
 */
import { segmented } from "../../../kit/controls/controls.js";
import { decimal } from "../../../kit/numbers/format.js";
import { token } from "../../../kit/text/tokens.js";
import { html, nothing } from "../../../vendor/lit.js";
import { chances, drawnNumber } from "./chances.js";
import { lookOf } from "./passes.js";

/**
 * The open token of a round.
 * @typedef {object} Opened
 * @property {SpecRound} round
 * @property {number} pick
 * @property {number} step where it stands in the round
 * @property {number} id
 * @property {boolean} own the model's own, not drafted
 * @property {boolean} replaces whether it stands in place of a rejected one
 * @property {boolean} decided whether the model judged it
 */

/**
 * @param {SpeculationRounds} data
 * @param {Scene} scene
 * @param {number} width in pixels
 */
export function verdict(data, scene, width) {
  const opened = openedOf(scene);
  const { round, pick, own, decided } = opened;
  const look = `tok ${lookOf(data, round, pick)}`;
  return html`
    <div class="verdict">
      <h3 class="sub3">Pass ${scene.at + 1}${named(opened)} ${token(opened.id, { className: look })}</h3>
      <p class="reason">${reason(data, opened)}${copied(data, opened)}</p>
      ${data.temperature === 1 ? nothing : distribution(data, scene)}
      ${chances({ opened, raw: scene.raw, width })}
      ${
        !own && data.temperature > 0
          ? drawnNumber({ chance: round.chance[pick], u: decided ? round.u[pick] : undefined, width })
          : nothing
      }
    </div>`;
}

/**
 * @param {Scene} scene
 * @returns {Opened}
 */
function openedOf({ round, pick }) {
  const own = pick >= round.ids.length;
  return {
    round,
    pick,
    step: own ? round.accepted : pick,
    id: own ? round.next : round.ids[pick],
    own,
    replaces: own && round.accepted < round.ids.length,
    decided: own || pick < round.u.length,
  };
}

/** @param {Opened} opened */
function named({ own, replaces, round, pick }) {
  if (!own) return `, drafted token ${pick + 1}:`;
  if (replaces) return ", the model’s own:";
  return round.ids.length ? ", one more:" : ", a plain step:";
}

/**
 * @param {SpeculationRounds} data
 * @param {Opened} opened
 */
function reason(data, { own, replaces, decided, round, pick }) {
  const greedy = data.temperature === 0;
  if (replaces) {
    const why = greedy ? ": the model’s likeliest." : ": drawn from the part of p above q, the pale bars.";
    return html`Replaces ${token(round.ids[round.accepted])}${why}`;
  }
  if (own && round.ids.length) return "All drafted tokens are accepted, so the same pass also gives the next token.";
  if (own) {
    return data.draft === "lookup"
      ? "The last tokens occur nowhere before, so there is nothing to copy."
      : "Only one token is left to write, so nothing is drafted.";
  }
  if (!decided) return "Not decided: a token before it is rejected, so this token continues a text that was dropped.";
  if (greedy) {
    return round.chance[pick] === 1
      ? "Accepted: the model finds the same token likeliest."
      : "Rejected: the model finds another token likeliest.";
  }
  const kept = pick < round.accepted;
  const [u, chance] = [round.u[pick], round.chance[pick]].map((value) => decimal(value, 3));
  return `${kept ? "Accepted" : "Rejected"}: u = ${u} ${kept ? "<" : "≥"} min(1, p/q) = ${chance}.`;
}

/**
 * @param {SpeculationRounds} data
 * @param {Opened} opened
 */
function copied({ draft }, { own, round, pick }) {
  if (draft !== "lookup" || own || round.copied_from === null) return "";
  const last = round.matched === 1 ? "token" : `${round.matched} tokens`;
  return ` Copied from position ${round.copied_from + pick}, after an earlier occurrence of the last ${last}.`;
}

/**
 * @param {SpeculationRounds} data
 * @param {Scene} scene
 */
function distribution({ temperature }, { raw, show }) {
  return segmented({
    label: "Distribution",
    choices: [
      ["sampled", temperature === 0 ? "At temperature 0" : `At temperature ${decimal(temperature, 1)}`],
      ["raw", "Before the sampler"],
    ],
    chosen: raw ? "raw" : "sampled",
    choose: (look) => show({ look: /** @type {"sampled" | "raw"} */ (look) }),
  });
}
