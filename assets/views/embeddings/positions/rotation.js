// @ts-check
/**
 * A query and a key of this run as clock hands, pair by pair: what each adds to their score, and how the score would
 * change with their distance.
 *
 * @import { Row, ViewContext } from "../../../kit/view"
 * @import { PositionsRotation } from "../../../types/embeddings"
 * @import { Chosen, Held, Turning } from "./turning"
 *
 * @typedef {ViewContext<Held, PositionsRotation>} Context
 */

import { control } from "../../../kit/controls/declared.js";
import { rove } from "../../../kit/controls/roving.js";
import { legend } from "../../../kit/drawing/legend.js";
import { counted, decimal, signed, whole } from "../../../kit/numbers/format.js";
import { baseNote } from "../../../kit/runs/beside.js";
import { cut, token, tokenText } from "../../../kit/text/tokens.js";
import { spoken } from "../../../kit/tooltip.js";
import { max, range } from "../../../vendor/d3.js";
import { html, nothing } from "../../../vendor/lit.js";
import { clocks, sized, turn } from "./clocks.js";
import { distances } from "./distances.js";
import { hasSum, pairs } from "./pairs.js";
import { chosen as chosenOf, linked, told, turning as turningOf, turnOf } from "./turning.js";

/**
 * @param {PositionsRotation} data
 * @param {Context} ctx
 */
export function rotation(data, ctx) {
  const chosen = chosenOf(data, ctx);
  const turning = turningOf(data, chosen.at);
  const parts = turning.parts(chosen.distance);
  const there = partsThere(data, chosen, ctx);
  const details = (/** @type {number} */ pair) =>
    detailsOf(data, turning, { pair, parts, there, name: ctx.beside.short });
  const select = (/** @type {number} */ pair) => ctx.control("pair", pair);
  const shared = { data, turning, chosen, parts, details, select, width: ctx.width };
  return html`
    ${sliders(data, ctx, chosen)}
    <div class="bar">${keys(data, ctx, chosen)} ${marks(ctx)}</div>
    <p class="readout">${said(data, ctx, chosen, turning)}</p>
    ${baseNote(ctx, ctx.there, saidThere(chosen, ctx))}
    ${clocks(shared)}
    <h3 class="sub3">All ${parts.length} pairs <small>outline: the most that a pair could add or take away; a hand’s
      length is the
        square root of its size</small></h3>
    ${pairs({ ...shared, there })}
    <p class="readout">${pairSaid(data, ctx, chosen, turning, details(told(chosen)))}</p>
    <h3 class="sub3">The same two vectors at other distances <small>q·k by distance, log scale; set the distance with a
        click or the arrow keys</small></h3>
    ${distances({
      data,
      turning,
      chosen,
      width: ctx.width,
      select: (distance) => ctx.control("dist", linked(data, chosen.key, distance)),
    })}
    <p class="hint">${method(data)}</p>`;
}

/**
 * What each pair adds at the chosen distance, and the score at every distance.
 * @param {PositionsRotation} data
 * @param {Context} ctx
 * @returns {Row[]}
 */
export function rows(data, ctx) {
  const chosen = chosenOf(data, ctx);
  const turning = turningOf(data, chosen.at);
  const there = partsThere(data, chosen, ctx);
  const about = { query: tokenText(ctx.run.ids[data.position]), key: tokenText(ctx.run.ids[chosen.key]) };
  const byPair = turning.parts(chosen.distance).map((adds, pair) => ({
    ...about,
    distance: chosen.distance,
    pair,
    adds,
    at_most: turning.most[pair],
    [ctx.beside.column]: there?.[pair],
    turn_in_tokens: turnOf(data, pair),
    query_length: turning.query[pair].length,
    key_length: turning.key[pair].length,
  }));
  const byDistance = range(chosen.far + 1).map((distance) => ({ ...about, distance, score: turning.score(distance) }));
  return [...byPair, ...byDistance];
}

/** @param {ViewContext<Held>} ctx */
const marks = (ctx) =>
  legend([
    [{ color: "prob" }, "query hand"],
    [{ color: "ink" }, "key hand"],
    [{ color: "pos" }, "adds"],
    [{ color: "neg" }, "takes away"],
    ctx.changed && [{ color: "ink", shape: "line", dash: true }, `${ctx.beside.name}, at the text’s own distance`],
  ]);

/**
 * @param {PositionsRotation} data
 * @param {ViewContext<Held>} ctx
 * @param {Chosen} chosen
 * @param {Turning} turning
 */
function said(data, ctx, { key, at, own, distance, shift }, turning) {
  const back = () => ctx.control("dist", "");
  return html`Query ${token(ctx.run.ids[data.position])} at <b>${whole(key + shift + distance)}</b>, key
    ${token(ctx.run.ids[key])} at <b>${whole(key + shift)}</b>: distance <b>${whole(distance)}</b>, q·k
    <b>${signed(turning.score(distance), 1)}</b>, ${
      distance === own
        ? html`attention <b>${decimal(data.attention.a[at], 3)}</b>`
        : html`not the text’s own distance: <button class="linkbtn" type="button"
          @click=${back}>back to ${own}</button>`
    }`;
}

/**
 * What each pair adds in the other run, at the distance of the text; null where it lacks this key or has other pairs.
 * @param {PositionsRotation} data
 * @param {Chosen} chosen
 * @param {Context} ctx
 */
function partsThere(data, { key, own, distance }, { there }) {
  if (!there || distance !== own || key < there.first) return null;
  return there.inv_freq.a.length === data.inv_freq.a.length ? turningOf(there, key - there.first).parts(own) : null;
}

/**
 * @param {Chosen} chosen
 * @param {Context} ctx
 */
function saidThere({ key, own }, { there, beside }) {
  if (!there) return nothing;
  if (key < there.first) return html`${beside.start}, the query does not see this key: its window is shorter.`;
  const at = key - there.first;
  return html`${beside.start}, this query and key have q·k
    <b>${signed(turningOf(there, at).score(own), 1)}</b>,
    attention <b data-there=${there.attention.a[at]}>${decimal(there.attention.a[at], 3)}</b>.`;
}

/**
 * @param {PositionsRotation} data
 * @param {Turning} turning
 * @param {{ pair: number, parts: number[], there: number[] | null, name: string }} of
 * @returns {[string, string][]}
 */
function detailsOf(data, { query, key, most }, { pair, parts, there, name }) {
  const largest = max(most) ?? 0;
  /** @type {[string, string][]} */
  const other = there ? [[name, sized(there[pair], largest)]] : [];
  return [
    ["adds", sized(parts[pair], largest)],
    ...other,
    ["at most", sized(most[pair], largest).replace("+", "±")], // either way
    ["one turn in", `${turn(turnOf(data, pair))} tokens`],
    ["|q|, |k|", `${decimal(query[pair].length)}, ${decimal(key[pair].length)}`],
  ];
}

/**
 * @param {PositionsRotation} data
 * @param {ViewContext<Held>} ctx
 * @param {Chosen} chosen
 * @param {Turning} turning
 * @param {[string, string][]} details
 */
function pairSaid(data, ctx, chosen, turning, details) {
  const score = turning.score(chosen.distance);
  const unturned = data.d_head - data.d_rotary;
  const listed = details.map(([name, value], at) => html`${at ? ", " : ""}${name} <b>${value}</b>`);
  const added = html`Sum q·k <b>${signed(score, 1)}</b> × ${Number(data.scale.toPrecision(3))} =
    <b>${signed(score * data.scale)}</b>.`;
  const rest = html`${unturned} numbers are not rotated and add <b>${signed(data.rest.a[chosen.at], 1)}</b>.`;
  return html`Pair ${told(chosen)}: ${listed}. ${hasSum(ctx.width) ? nothing : added}
    ${unturned > 0 ? rest : nothing}`;
}

/** @param {PositionsRotation} data */
function method(data) {
  const turns = range(data.inv_freq.a.length).map((pair) => turnOf(data, pair));
  const slow = turns.filter((tokens) => tokens > data.n_ctx).length;
  const last = turns.length - 1;
  return (
    `Fast pairs tell near tokens apart, slow pairs far ones. Pair 0 turns once in ${turn(turns[0])} tokens, ` +
    `pair ${last} once in ${turn(turns[last])} tokens. ${slow} of ${turns.length} pairs do not finish a turn within ` +
    `${counted(data.n_ctx, "position")}, ${data.trained ? "the trained length" : "the config’s limit"}.` +
    (data.window ? ` The queries of this block see the last ${counted(data.window, "token")}.` : "")
  );
}

// What is chosen above the clocks: the key, its distance, how far both are moved.

/** Keys that are offered by name. */
const KEYS = { few: 4, many: 7, from: 640 };
/** Characters of a name. */
const LONGEST = 14;

/**
 * @param {PositionsRotation} data
 * @param {ViewContext<Held>} ctx
 * @param {Chosen} chosen
 */
function sliders(data, ctx, { key, distance, far, shift }) {
  const before = () => ctx.keep({ key: undefined, distance: undefined, shift: undefined });
  const held = /** @type {const} */ ({ as: "slider", format: whole, before });
  return html`
    <div class="sliders">
      ${control(ctx, "key", {
        ...held,
        value: key,
        least: data.first,
        most: data.position,
        move: (value) => ctx.keep({ key: value }),
      })}
      ${control(ctx, "dist", {
        ...held,
        value: distance,
        most: far,
        move: (value) => ctx.keep({ distance: value }),
        choose: (value) => ctx.control("dist", linked(data, key, Number(value))),
      })}
      ${control(ctx, "shift", { ...held, value: shift, move: (value) => ctx.keep({ shift: value }) })}
    </div>`;
}

/**
 * The most attended keys, the chosen one and the query itself.
 * @param {PositionsRotation} data
 * @param {ViewContext<Held>} ctx
 * @param {Chosen} chosen
 */
export function keys({ attention, first }, ctx, chosen) {
  const strongest = range(attention.a.length)
    .sort((a, b) => attention.a[b] - attention.a[a])
    .slice(0, ctx.width < KEYS.from ? KEYS.few : KEYS.many);
  const shown = [...new Set([...strongest, chosen.at, attention.a.length - 1])].sort((a, b) => a - b);
  return html`
    <div class="keys" role="group" aria-label="Key, with its attention" data-rove @keydown=${rove}>
      <span>Key</span>
      ${shown.map((at) => {
        const id = ctx.run.ids[first + at];
        const name = spoken({
          written: [cut(tokenText(id), LONGEST), decimal(attention.a[at])],
          called: tokenText(id),
          lines: [
            ["key at position", String(first + at)],
            ["attention", decimal(attention.a[at], 3)],
          ],
        });
        return html`
          <button type="button" aria-pressed=${at === chosen.at} aria-label=${name}
            tabindex=${at === chosen.at ? 0 : -1}
            @click=${() => ctx.control("key", first + at)}>${token(id, { most: LONGEST, className: "word" })}
              <small>${decimal(attention.a[at])}</small></button>`;
      })}
    </div>`;
}
