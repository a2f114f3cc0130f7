// @ts-check
/**
 * The draw: the unit interval, cut into the shares of the tokens that are left; u falls into one of them.
 *
 * @import { Scene } from "./scene.js"
 * @import { Stage } from "./stage.js"
 *
 * @typedef {object} Draw
 * @property {string} name
 * @property {Stage} end what the settings leave
 * @property {number} hit the place in the order that u falls to; -1 where there is none
 * @property {string} said
 * @property {number | null} u
 *
 * @typedef {{ at: number, from: number, to: number }} Part of the unit interval
 */

import { pressing, rove } from "../../../kit/controls/roving.js";
import { decimal, percent, whole } from "../../../kit/numbers/format.js";
import { cut, svgToken, tokenText } from "../../../kit/text/tokens.js";
import { spoken, tooltip } from "../../../kit/tooltip.js";
import { html, nothing, svg } from "../../../vendor/lit.js";
import { choose, shareAt } from "./stage.js";
import { differ } from "./subject.js";

/** Pixels from one draw to the next, of a picture without a draw, of the interval, and above it. */
const DRAW = 64;
const ALONE = 48;
const BAR = 22;
const TOP = 20;
/** So many parts are drawn at most, none narrower than so many pixels; the rest stays one. */
const PARTS = 400;
const THINNEST = 0.4;
const ENOUGH = 0.9995;
/** From this width on a part bears its name; a character of it takes so much. */
const NAMED = 36;
const CHARACTER = 6.8;

/** @param {Scene} scene */
export function dice(scene) {
  const { width } = scene;
  const shown = draws(scene);
  const height = scene.subject.step ? shown.length * DRAW : ALONE;
  return html`
    <section class="dice">
      <h3>The draw: a random number u from 0 to 1 falls into the share of one token</h3>
      <svg class="fig" viewBox="0 0 ${width} ${height}" height=${height} role="group" data-rove @keydown=${rove}
        aria-label="The unit interval divided among the tokens that can be drawn">
        ${shown.map((draw, at) => interval(draw, scene, TOP + at * DRAW, at === 0))}
      </svg>
    </section>`;
}

/**
 * With the run's own settings, where it drew here; and with those of the sliders.
 * @param {Scene} scene
 * @returns {Draw[]}
 */
function draws({ subject, stages, settings, runSampler }) {
  const { step, own } = subject;
  const end = stages[stages.length - 1];
  if (!step) return [{ name: "These settings", end, hit: -1, said: "", u: null }];
  const mine = own[own.length - 1];
  const drawn = [{ name: "The run’s own settings", end: mine, ...fallen(step, mine, true) }];
  if (differ(settings, runSampler)) drawn.push({ name: "These settings, same u", end, ...fallen(step, end, false) });
  return drawn;
}

/**
 * Where u falls, in words.
 * @param {NonNullable<Scene["subject"]["step"]>} step
 * @param {Stage} end
 * @param {boolean} own
 */
function fallen(step, end, own) {
  const chosen = `“${tokenText(step.chosen)}”`;
  const forced = step.forced && own;
  const u = step.u ?? null;
  if (u === null) {
    const said = forced ? `${chosen} was forced here` : `${chosen} is the likeliest token: nothing was drawn`;
    return { hit: -1, u, said };
  }
  const hit = choose(end, u);
  const found = `“${tokenText(end.order[hit])}”`;
  const how =
    end.left === 1
      ? `Only ${found} is left: every u picks it`
      : `u = ${decimal(u, 3)} falls into the share of ${found}`;
  const other = end.order[hit] === step.chosen ? ": the same token" : `, not ${chosen}`;
  return { hit, u, said: how + (forced ? `, but ${chosen} was forced` : own ? "" : other) };
}

/**
 * @param {Draw} draw
 * @param {Scene} scene
 * @param {number} y
 * @param {boolean} first
 */
function interval(draw, scene, y, first) {
  const { width } = scene;
  const parts = partsOf(draw.end, THINNEST / width);
  const end = parts.at(-1)?.to ?? 0;
  return svg`
    <text class="b ink" x="0" y=${y - 8}>${draw.name}</text>
    ${parts.map((part, at) => partOf(part, draw, scene, { y, tabbed: first && at === 0 }))}
    ${end < 0.999 ? remainder(draw, width, end, y) : nothing}
    ${
      draw.u === null
        ? nothing
        : svg`<line class="aim" x1=${draw.u * width} x2=${draw.u * width} y1=${y - 5} y2=${y + BAR + 5} />`
    }
    ${sentence(draw, width, y + BAR + 17)}`;
}

/**
 * The likeliest tokens' parts, as long as they are large enough to be seen.
 * @param {Stage} end
 * @param {number} least
 * @returns {Part[]}
 */
function partsOf(end, least) {
  const parts = [];
  let from = 0;
  for (let at = 0; at < Math.min(end.left, PARTS) && from < ENOUGH; at++) {
    const share = shareAt(end, at);
    if (share < least) break;
    parts.push({ at, from, to: from + share });
    from += share;
  }
  return parts;
}

/**
 * @param {Part} part
 * @param {Draw} draw
 * @param {Scene} scene
 * @param {{ y: number, tabbed: boolean }} place
 */
function partOf({ at, from, to }, { end, hit }, scene, { y, tabbed }) {
  const id = end.order[at];
  const [x, wide] = [from * scene.width, (to - from) * scene.width];
  const said = /** @type {[string, string][]} */ ([
    ["from", decimal(from, 4)],
    ["to", decimal(to, 4)],
    ["share", percent(to - from)],
  ]);
  const tip = tooltip(tokenText(id), said);
  const most = Math.max(3, Math.floor((wide - 8) / CHARACTER));
  const name = spoken({ written: [wide > NAMED && cut(tokenText(id), most)], called: tokenText(id), lines: said });
  const pick = () => scene.pick(id);
  const label = { x: x + wide / 2, y: y + 15, anchor: /** @type {const} */ ("middle") };
  return svg`
    <g class="part ${at === hit ? "hit" : ""} ${wide > 4 ? "" : "thin"}" role="button" tabindex=${tabbed ? 0 : -1}
       aria-label=${name}
       @click=${pick} @keydown=${pressing(pick)} @pointermove=${tip.show} @pointerleave=${tip.hide} @focus=${tip.beside}
       @blur=${tip.hide}>
      <rect x=${x + 0.5} y=${y} width=${Math.max(0.6, wide - 1)} height=${BAR} rx=${wide > 6 ? 2 : 0} />
      ${wide > NAMED ? svgToken(id, { ...label, most }) : nothing}
    </g>`;
}

/**
 * What is too narrow to be drawn; its words stand where u does not cross them.
 * @param {Draw} draw
 * @param {number} width
 * @param {number} from
 * @param {number} y
 */
function remainder({ end, u }, width, from, y) {
  const split = Math.max(from, u ?? from);
  const [left, right] = split - from > 1 - split ? [from, split] : [split, 1];
  const named = (right - left) * width > 120;
  return svg`
    <rect class="rest" x=${from * width} y=${y} width=${(1 - from) * width} height=${BAR} />
    ${
      named
        ? svg`<text x=${((left + right) / 2) * width} y=${y + 15}
          text-anchor="middle">${whole(end.left)} tokens in all</text>`
        : nothing
    }`;
}

/** @param {Draw} draw @param {number} width @param {number} y */
function sentence({ u, said }, width, y) {
  if (u === null) return svg`<text class="ink" x="0" y=${y}>${said}</text>`;
  const [anchor, shift] = u > 0.7 ? ["end", 1] : u < 0.3 ? ["start", -1] : ["middle", 0];
  return svg`<text class="ink" x=${u * width + shift} y=${y} text-anchor=${anchor}>${said}</text>`;
}
