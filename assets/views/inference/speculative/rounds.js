// @ts-check
/**
 * The rounds of one generation: what was drafted, what was kept, what decided each token, and where the time went.
 *
 * @import { SpeculationRounds } from "../../../types/inference"
 * @import { TimesAsLong } from "../../../types/shared"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 * @import { Played, Scene } from "./played.js"
 */
import { player } from "../../../kit/controls/controls.js";
import { legend } from "../../../kit/drawing/legend.js";
import { counted, decimal, percent } from "../../../kit/numbers/format.js";
import { range, verdict } from "../../../kit/numbers/timing.js";
import { tokenText } from "../../../kit/text/tokens.js";
import { html, nothing } from "../../../vendor/lit.js";
import { kindName } from "./kinds.js";
import { passes } from "./passes.js";
import { sceneOf, step } from "./played.js";
import { roundsThere } from "./rounds_there.js";
import { drafts, settings } from "./settings.js";
import { totals } from "./totals.js";
import { verdict as decision } from "./verdict.js";

/** From here on what decided a token stands beside the rounds; below it, under the round that is open. */
const WIDE = 820;
const SIDE = 348;
const GAP = 32;
/** Milliseconds for a draft, and for its judgement. */
const PACE = 620;

/** @type {View<SpeculationRounds, Played>} */
export function rounds(data, ctx) {
  return html`
    <div class="speculation">
      <div class="bar">
        ${drafts(ctx, data.draft, data.kinds)}
        ${legend([
          ["solid", "accepted"],
          ["rejected", "rejected"],
          ["own", "the model’s own"],
        ])}
      </div>
      ${settings(data, ctx)}
      ${data.rounds.length ? race(data, ctx) : html`<p class="readout">The first pass is running.</p>`}
    </div>`;
}

/**
 * A line for each token that was drafted, and for each of the model's own.
 * @param {SpeculationRounds} data
 * @returns {Row[]}
 */
export function rows({ rounds }) {
  return rounds.flatMap((round, at) =>
    [...round.ids, round.next].map((id, pick) => ({
      pass: at + 1,
      position: pick < round.ids.length ? round.start + pick : round.start + round.accepted,
      id,
      token: tokenText(id),
      by: pick < round.ids.length ? "draft" : "model",
      accepted: pick < round.ids.length ? pick < round.accepted : null,
      u: round.u[pick],
      chance: round.chance[pick],
      overlap: round.overlap[pick],
    })),
  );
}

/**
 * @param {SpeculationRounds} data
 * @param {ViewContext<Played, SpeculationRounds>} ctx
 */
function race(data, ctx) {
  const scene = sceneOf(data, ctx);
  const wide = ctx.width >= WIDE;
  const room = { wide, width: wide ? ctx.width - SIDE - GAP : ctx.width };
  const decided = (/** @type {number} */ width) => (wide || !scene.playing ? decision(data, scene, width) : nothing);
  return html`
    <p class="readout summary">${summary(data)}</p>
    ${roundsThere(data, ctx)}
    <div class="beside ${wide ? "wide" : ""}">
      <div>
        ${transport(data, ctx, scene)}
        ${passes({ data, scene, ...room, opened: wide ? nothing : decided(ctx.width - 24) })}
      </div>
      <div class="side">
        ${wide ? decided(SIDE) : nothing}
        ${totals(data, wide ? SIDE : Math.min(ctx.width, 480), ctx)}
      </div>
    </div>`;
}

/**
 * @param {SpeculationRounds} data
 * @param {ViewContext<Played>} ctx
 * @param {Scene} scene
 */
function transport(data, ctx, scene) {
  const count = data.rounds.length;
  return html`
    <div class="transport">
      ${player({
        ctx,
        at: scene.upto,
        count,
        choose: (to) => step(data, ctx, scene, to),
        label: "Play the rounds",
        noun: "round",
        pace: PACE,
      })}
      <span class="place">Pass <b>${scene.at + 1}</b> of ${count}${scene.waiting ? ": the draft proposes" : ""}</span>
      <button class="btn ghost" type="button" ?hidden=${scene.upto === count - 1}
        @click=${() => scene.show({ upto: null, playing: false })}>
        Show all
      </button>
    </div>`;
}

/** @param {SpeculationRounds} data */
function summary(data) {
  const { rounds, new_ids, tested, accepted, overlap } = data;
  const passes = counted(rounds.length, "pass", "passes");
  const kept = tested
    ? html`The model accepts <b>${accepted} of ${tested}</b> decided tokens, ${percent(accepted / tested)}; the overlap
        of the model’s p and the draft’s q, Σ min(p, q), predicts ${percent(overlap ?? 0)}.`
    : "Nothing was drafted.";
  return html`
    <b>${counted(new_ids.length, "token")} in ${passes}</b>, ${decimal(new_ids.length / rounds.length)} a pass. ${kept}
    ${speed(data)} ${opening(data)} ${data.stopped ? "The model ended the text." : ""}
    ${data.changed ? "Interventions do not act here: the model runs without them." : ""}`;
}

/** @param {SpeculationRounds} data */
function speed({ repeats, of_repeats, ratio }) {
  if (!ratio || repeats < of_repeats) {
    return repeats
      ? `The text is written ${repeats} of ${of_repeats} times so far.`
      : "The text is being written for the first time.";
  }
  const said = (/** @type {TimesAsLong} */ times) =>
    html`It runs at <b>${decimal(times.median)} times plain decoding’s speed</b> (median of ${repeats} times, middle
      half
      ${range(times)})${times.median > 1 ? "." : ": the draft costs more than it saves."}`;
  return verdict(ratio, said, "the speed against plain decoding’s");
}

/** Why this draft is open, where nobody asked for one. @param {SpeculationRounds} data */
function opening({ opened, draft }) {
  if (!opened) return "";
  const name = kindName(draft).toLowerCase();
  return opened.tells
    ? `The page opens on ${name}: among drafts with a rejected token, the model accepts most of this one.`
    : "On this prompt the model accepts or rejects every draft as a whole.";
}
