// @ts-check
/**
 * One line a pass: where its tokens stand in the text, which were drafted, and how many were kept.
 *
 * @import { SpeculationRounds, SpecRound } from "../../../types/inference"
 * @import { TemplateResult } from "lit-html"
 * @import { Line } from "../../../kit/tooltip.js"
 * @import { Scene } from "./played.js"
 */
import { counted, decimal, percent } from "../../../kit/numbers/format.js";
import { token, tokenText } from "../../../kit/text/tokens.js";
import { tip, tooltip } from "../../../kit/tooltip.js";
import { html, nothing, ref } from "../../../vendor/lit.js";
import { order } from "./played.js";
import { stair } from "./stair.js";

/** Below this width a stair stands under its tokens. */
const NARROW = 560;
/** Pixels of the stair: the share of the width, the least and the most; beside it, number and word of a narrow line. */
const STAIR = { share: 0.3, least: 140, most: 300, narrowest: 160, beside: 52 };

/**
 * @typedef {object} Passes
 * @property {SpeculationRounds} data
 * @property {Scene} scene
 * @property {number} width in pixels
 * @property {TemplateResult | symbol} opened stands under the open round
 *
 * @param {Passes} passes
 */
export function passes({ data, scene, width, opened }) {
  const narrow = width < NARROW;
  const wide = narrow
    ? Math.max(STAIR.narrowest, width - STAIR.beside)
    : Math.min(STAIR.most, Math.max(STAIR.least, width * STAIR.share));
  const tokens = `${counted(data.new_ids.length, "token")}; dots: one token a pass`;
  return html`
    <div class="rounds ${narrow ? "narrow" : ""}" role="list" aria-label="Rounds" style="--stair: ${wide}px"
      @keydown=${(/** @type {KeyboardEvent} */ event) => walk(event, data, scene)}>
      <div class="round head" aria-hidden="true">
        <span>Pass</span>
        ${narrow ? nothing : html`<span>${tokens}</span>`}
        <span>${data.draft === "lookup" ? "drafted by copying" : "drafted"}</span>
        <span class="kept">accepted</span>
      </div>
      ${data.rounds.map((_, at) => [pass({ data, scene, at, narrow, wide }), at === scene.at ? opened : nothing])}
    </div>`;
}

/** @param {{ data: SpeculationRounds, scene: Scene, at: number, narrow: boolean, wide: number }} place */
function pass({ data, scene, at, narrow, wide }) {
  const round = data.rounds[at];
  const open = at === scene.at;
  const waiting = open && scene.waiting;
  const before = round.start > data.n_prompt ? data.new_ids[round.start - data.n_prompt - 1] : data.context.at(-1);
  const chips = html`
    <div class="chips">
      ${before === undefined ? nothing : token(before, { className: "tok context" })}
      ${order(round)
        .filter((pick) => !(waiting && pick === round.ids.length))
        .map((pick) => chip({ data, scene, at, pick, waiting }))}
    </div>`;
  const kept = html`<span class="kept">${waiting ? "" : keptOf(data, round)}</span>`;
  const steps = stair({ data, round, at, waiting, width: wide });
  const follow = (/** @type {Element | undefined} */ row) =>
    open && scene.playing && row?.scrollIntoView({ block: "nearest" });
  return html`
    <div class="round ${open ? "on" : ""} ${at > scene.upto ? "later" : ""}" role="listitem" data-round=${at}
      ${ref(follow)}>
      <span>${at + 1}</span>${narrow ? [chips, kept, steps] : [steps, chips, kept]}
    </div>`;
}

/**
 * Whether the text had ended before this token.
 * @param {SpeculationRounds} data
 * @param {SpecRound} round
 * @param {number} step of the round
 */
export const isPast = (data, round, step) => round.start - data.n_prompt + step >= data.new_ids.length;

/**
 * How a token of a round looks.
 * @param {SpeculationRounds} data
 * @param {SpecRound} round
 * @param {number} pick
 */
export function lookOf(data, round, pick) {
  const own = pick >= round.ids.length;
  if (isPast(data, round, own ? round.accepted : pick)) return "past";
  if (own) return "own";
  return pick < round.accepted ? "accepted" : "rejected";
}

/**
 * @param {SpeculationRounds} data
 * @param {SpecRound} round
 * @param {number} pick
 */
function fateOf(data, round, pick) {
  const { ids, accepted } = round;
  const own = pick >= ids.length;
  if (isPast(data, round, own ? accepted : pick)) return "past the end of the text";
  if (!own) return pick < accepted ? "accepted" : pick === accepted ? "rejected" : "dropped after the rejected one";
  if (accepted < ids.length) return "the model’s own token in its place";
  return ids.length ? "one more from the same pass" : "no draft: a plain step of the model";
}

/** @param {{ data: SpeculationRounds, scene: Scene, at: number, pick: number, waiting: boolean }} place */
function chip({ data, scene, at, pick, waiting }) {
  const round = data.rounds[at];
  const id = pick < round.ids.length ? round.ids[pick] : round.next;
  const open = at === scene.at && pick === scene.pick;
  const fate = waiting ? "drafted" : fateOf(data, round, pick);
  const tip = tooltip(`${fate[0].toUpperCase()}${fate.slice(1)}`, numbers(data, round, pick));
  const upto = at > scene.upto ? { upto: null } : {};
  return html`
    <button type="button" class="tok ${waiting ? "waiting" : lookOf(data, round, pick)}" data-pick=${pick}
      tabindex=${open ? 0 : -1} aria-label="Pass ${at + 1}: ${tokenText(id)}, ${fate}" aria-pressed=${open}
      @click=${() => scene.show({ at, pick, playing: false, ...upto })} @pointermove=${tip.show}
      @pointerleave=${tip.hide} >${token(id, { className: "word" })}</button>`;
}

/**
 * @param {SpeculationRounds} data
 * @param {SpecRound} round
 * @param {number} pick
 * @returns {Line[]}
 */
function numbers(data, round, pick) {
  if (pick >= round.ids.length) return [["position", String(round.start + round.accepted)]];
  /** @type {Line[]} */
  const drawn = pick < round.u.length && data.temperature > 0 ? [["u", decimal(round.u[pick], 3)]] : [];
  return [["chance to be kept", percent(round.chance[pick])], ...drawn, ["Σ min(p, q)", percent(round.overlap[pick])]];
}

/**
 * @param {SpeculationRounds} data
 * @param {SpecRound} round
 */
function keptOf(data, round) {
  if (!round.ids.length) return "no draft";
  if (isPast(data, round, round.accepted)) return `${data.new_ids.length - round.start + data.n_prompt}, the end`;
  return `${round.accepted} of ${round.ids.length} + 1`;
}

/**
 * Left and right walk the tokens of a pass, up and down the passes.
 * @param {KeyboardEvent} event
 * @param {SpeculationRounds} data
 * @param {Scene} scene
 */
function walk(event, data, scene) {
  const along = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  const down = { ArrowDown: 1, ArrowUp: -1, Home: -data.rounds.length, End: data.rounds.length }[event.key];
  if (!along && !down) return;
  event.preventDefault();
  tip.hide();
  const list = /** @type {Element} */ (event.currentTarget);
  const at = Math.max(0, Math.min(scene.upto, scene.at + (down ?? 0)));
  const round = data.rounds[at];
  const all = order(round);
  const here = Math.max(0, Math.min(all.length - 1, all.indexOf(scene.pick) + (along ?? 0)));
  const pick = down ? Math.min(scene.pick, round.ids.length) : all[here];
  scene.show({ at, pick, playing: false });
  queueMicrotask(() => /** @type {HTMLElement | null} */ (list.querySelector(".tok[tabindex='0']"))?.focus());
}
