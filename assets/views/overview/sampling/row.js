// @ts-check
/**
 * A token's row in the picture of the stages.
 *
 * @import { Geometry, Scaled } from "./chart.js"
 * @import { Scene } from "./scene.js"
 * @import { Stage } from "./stage.js"
 *
 * @typedef {object} Place
 * @property {number} id
 * @property {number} at which row it is
 * @property {Scene} scene
 * @property {Scaled[]} columns
 * @property {Geometry} place
 * @property {boolean} marked whether the text goes on with this token
 */

import { pressing } from "../../../kit/controls/roving.js";
import { percent, whole } from "../../../kit/numbers/format.js";
import { cut, svgToken, tokenText } from "../../../kit/text/tokens.js";
import { spoken, tooltip } from "../../../kit/tooltip.js";
import { nothing, svg } from "../../../vendor/lit.js";
import { DRAWS } from "./draws.js";
import { margins } from "./scene.js";
import { kept, share } from "./stage.js";
import { shareThere } from "./there.js";
import { PENALTIES, told } from "./words.js";

/** Pixels between the tokens' names and the first column, and of the column of how often a token was drawn. */
const BESIDE = 14;
export const DRAWN = 56;
/** Between the last number and the end of the row. */
export const INSET = 4;

/** @param {Place} options */
export function tokenRow({ id, at, scene, columns, place, marked }) {
  const tip = tooltip(tokenText(id), () => told(scene, id));
  const y = place.middle(at);
  const picked = scene.picked === id;
  const left = kept(scene.stages[scene.stages.length - 1], id);
  const state = [left ? "left" : "", marked ? "marked" : "", picked ? "picked" : ""];
  return svg`
    <g class="token-row ${state.join(" ")}" data-id=${id} role="button" tabindex=${tabbed(scene, id, at) ? 0 : -1}
       aria-pressed=${picked} aria-label=${called(scene, id, left)}
       @click=${() => scene.pick(id)} @keydown=${pressing(() => scene.press(id))}
       @pointermove=${tip.show} @pointerleave=${tip.hide} @focus=${tip.beside} @blur=${tip.hide}>
      <rect class="hit" x="0" y=${y - place.row / 2} width=${scene.width} height=${place.row} />
      <rect class="edge" x="0" y=${y - place.row / 2} width="3" height=${place.row} />
      ${name({ id, y, scene, marked, far: place.isFar(at) })}
      ${marks(columns, scene, { id, y })}
      ${left ? numbers(columns[columns.length - 1], scene, { id, y }) : nothing}
    </g>`;
}

/**
 * Tab reaches the chosen row, or the first one.
 * @param {Scene} scene
 * @param {number} id
 * @param {number} at
 */
const tabbed = ({ picked }, id, at) => (picked === null ? at === 0 : picked === id);

/**
 * @param {Scene} scene
 * @param {number} id
 * @param {boolean} left whether the sampler leaves it
 */
function called(scene, id, left) {
  const { stages, drawn, narrow } = scene;
  const end = left && percent(share(stages[stages.length - 1], id), 1);
  return spoken({
    written: [cut(tokenText(id), longest(narrow)), end, left && !narrow && whole(drawn.get(id) ?? 0)],
    called: tokenText(id),
    lines: told(scene, id),
  });
}

/** Characters of a name. @param {boolean} narrow */
const longest = (narrow) => (narrow ? 10 : 13);

/** @param {{ id: number, y: number, scene: Scene, marked: boolean, far: boolean }} place */
function name({ id, y, scene, marked, far }) {
  const { names } = margins(scene.narrow);
  const ground = { x: BESIDE / 2, width: names - BESIDE - 1 };
  return svg`
    ${marked ? svg`<rect class="ground" x=${ground.x} y=${y - 9} width=${ground.width} height="18" rx="4" />` : nothing}
    ${svgToken(id, { x: names - BESIDE, y: y + 4, anchor: "end", most: longest(scene.narrow) })}
    ${far ? svg`<text class="dim" x=${names - BESIDE} y=${y - 14} text-anchor="end">…</text>` : nothing}`;
}

/**
 * The token's mark in each column: hollow from where it was cut, at the probability that it had before.
 * @param {Scaled[]} columns
 * @param {Scene} scene
 * @param {{ id: number, y: number }} place
 */
function marks(columns, scene, { id, y }) {
  const { base } = scene.subject;
  let seen = base; // the last of the stages drawn that still had it
  return columns.map((column) => {
    const { stage, step, x, width } = column;
    const before = column.before ?? base;
    const live = kept(stage, id);
    const p = live ? share(stage, id) : share(kept(before, id) ? before : seen, id);
    if (live) seen = stage;
    const was = step === "model" ? shareThere(scene.subject.there, id) : undefined;
    const moved = PENALTIES.includes(step) && scene.subject.counts.has(id) ? arrow(stage, before, id) : "";
    return svg`
      ${mark({
        x,
        to: column.at(p),
        y,
        kind: `${step === "model" ? "model" : "after"} ${live ? "live" : "cut"}`,
        bar: !scene.logarithmic,
      })}
      ${
        was === undefined
          ? nothing
          : svg`<line class="basemark" x1=${column.at(was)} x2=${column.at(was)} y1=${y - 7} y2=${y + 7}
            data-p=${was} />`
      }
      ${moved ? svg`<text class="dim" x=${x + width + 4} y=${y + 4}>${moved}</text>` : nothing}`;
  });
}

/** @param {{ x: number, to: number, y: number, kind: string, bar: boolean }} options a bar, or a dot on a stem */
function mark({ x, to, y, kind, bar }) {
  if (bar) return svg`<rect class="share ${kind}" x=${x} y=${y - 5} width=${Math.max(1, to - x)} height="10" rx="1" />`;
  return svg`
    <line class="stem ${kind}" x1=${x} x2=${to} y1=${y} y2=${y} />
    <circle class="share ${kind}" cx=${to} cy=${y} r=${kind.endsWith("live") ? 4 : 3.4} />`;
}

/** Which way a penalty has pushed the token. @param {Stage} stage @param {Stage} before @param {number} id */
function arrow(stage, before, id) {
  if (stage.logits[id] < before.logits[id]) return "↓";
  return stage.logits[id] > before.logits[id] ? "↑" : "";
}

/**
 * Beside what is left: its share, and how often it was drawn, as a number and on the same scale.
 * @param {Scaled} column
 * @param {Scene} scene
 * @param {{ id: number, y: number }} place
 */
function numbers({ stage, at }, { drawn, width, narrow }, { id, y }) {
  const times = drawn.get(id) ?? 0;
  const x = at(times / DRAWS);
  return svg`
    ${times ? svg`<line class="drawn-share" x1=${x} x2=${x} y1=${y - 8} y2=${y + 8} />` : nothing}
    <text class="ink kept" x=${(narrow ? width : width - DRAWN) - INSET} y=${y + 4}
      text-anchor="end">${percent(share(stage, id), 1)}</text>
    ${
      narrow
        ? nothing
        : svg`<text class="ink drawn" x=${width - INSET} y=${y + 4} text-anchor="end">${whole(times)}</text>`
    }`;
}
