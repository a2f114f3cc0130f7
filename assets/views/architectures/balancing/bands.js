// @ts-check
/**
 * The shares of all experts over the steps, as stacked bands: an expert whose band closes is idle.
 *
 * @import { BalancingTraining, TrainingBands } from "../../../types/architectures"
 * @import { ScaleLinear } from "../../../vendor/d3.js"
 *
 * @typedef {object} Scene
 * @property {BalancingTraining} data
 * @property {number} width in pixels
 * @property {number} right where the bands of both trainings end, so that a step is at one place in both
 * @property {number} most what the bars of both trainings reach
 * @property {number} step that is looked at
 * @property {number} trained steps so far
 * @property {number} expert that is selected
 * @property {(step: number) => void} goTo
 * @property {(expert: number) => void} choose
 *
 * @typedef {{ right: number, x: (step: number) => number, y: ScaleLinear<number, number> }} Frame
 * @typedef {{ expert: number, share: number, middle: number }} Ending where a band ends
 */
import { apart } from "../../../kit/drawing/apart.js";
import { textWidth } from "../../../kit/drawing/measure.js";
import { tip } from "../../../kit/tooltip.js";
import { area, cumsum, range, scaleLinear, sum } from "../../../vendor/d3.js";
import { nothing, svg } from "../../../vendor/lit.js";
import { hover, press, walk } from "./bands_pointer.js";
import { share as written } from "./sides.js";

const TOP = 6;
const TALL = 236;
const HEIGHT = TOP + TALL + 22;
/** From the bands' end to their names, and what one name takes of the height. */
const GAP = 10;
const NAME = 13;
/** What the selected name's weight adds to its width. */
const BOLD = 1.07;
const y = scaleLinear([0, 1], [TOP, TOP + TALL]);

/**
 * @param {TrainingBands} run
 * @param {string} title
 * @param {Scene} scene
 */
export function bands(run, title, scene) {
  const { data, width, expert, step, right } = scene;
  const names = namesOf(run, expert);
  const frame = { right, x: scaleLinear([0, data.steps - 1], [0, right]), y };
  return svg`
    <svg class="fig bands" viewBox="0 0 ${width} ${HEIGHT}" width=${width} height=${HEIGHT} role="application"
      tabindex="0"
      aria-label=${spoken(run, title, scene)} @keydown=${(/** @type {KeyboardEvent} */ event) => walk(event, scene)}
      @pointermove=${(/** @type {PointerEvent} */ event) => hover(event, run, scene, frame)} @pointerleave=${tip.hide}
      @click=${(/** @type {MouseEvent} */ event) => press(event, run, scene, frame)}>
      ${paths(run, right, data).map(
        (path, each) =>
          svg`<path class="band ${each === expert ? "selected" : each % 2 ? "odd" : ""}" data-expert=${each}
            d=${path} />`,
      )}
      ${range(1, data.experts).map(
        (each) =>
          svg`<line class="even" x1="0" x2=${right} y1=${y(each / data.experts)} y2=${y(each / data.experts)} />`,
      )}
      ${names.named.map(
        (each) =>
          svg`<path class=${each.selected ? "lead selected" : "lead"}
            d="M${right} ${each.middle}L${right + GAP - 3} ${each.place}" />
            <text class=${each.selected ? "now" : ""} x=${right + GAP} y=${each.place + 4}>${each.text}</text>`,
      )}
      <text class="dim" x=${right + GAP} y=${HEIGHT - 5}>${names.others.text}</text>
      ${ticks(data.steps, frame)}
      <line class="cursor" x1=${frame.x(step)} x2=${frame.x(step)} y1=${TOP - 4} y2=${TOP + TALL + 4} />
    </svg>`;
}

/**
 * Paths of 32 bands over 600 steps are made once for a width, not at each step that is looked at.
 * @type {WeakMap<TrainingBands, { right: number, made: string[] }>}
 */
const known = new WeakMap();

/** @param {TrainingBands} run @param {number} right @param {BalancingTraining} data */
function paths(run, right, { experts, steps }) {
  const before = known.get(run);
  if (before?.right === right) return before.made;
  const x = scaleLinear([0, steps - 1], [0, right]);
  const all = range(run.share.shape[0]);
  const upper = all.map((step) => cumsum(run.share.a.subarray(step * experts, (step + 1) * experts)));
  const made = range(experts).map(
    (expert) =>
      area(
        (/** @type {number} */ step) => x(step),
        (/** @type {number} */ step) => y(expert ? upper[step][expert - 1] : 0),
        (/** @type {number} */ step) => y(upper[step][expert]),
      ).digits(2)(all) ?? "",
  );
  known.set(run, { right, made });
  return made;
}

/**
 * The bands that have room for a name, and the selected one; the others in one line.
 * @param {TrainingBands} run
 * @param {number} expert
 */
function namesOf({ end }, expert) {
  const upper = cumsum(end.share.a);
  const endings = Array.from(end.share.a, (share, each) => ({
    expert: each,
    share,
    middle: y(upper[each] - share / 2),
  }));
  const isNamed = (/** @type {Ending} */ { expert: each, share }) => each === expert || share * TALL >= NAME;
  const shown = endings.filter(isNamed);
  const places = apart(
    shown.map(({ middle }) => middle),
    NAME,
    [TOP + 6, TOP + TALL - 6],
  );
  const rest = endings.filter((each) => !isNamed(each));
  const others = rest.length
    ? `${rest.length} other${rest.length > 1 ? "s" : ""} ${written(sum(rest, ({ share }) => share))}`
    : "";
  return {
    named: shown.map((each, at) => ({
      ...each,
      place: places[at],
      selected: each.expert === expert,
      text: `e${each.expert} ${written(each.share)}`,
    })),
    others: { text: others },
  };
}

/**
 * Where the bands end: the longest name of all trainings that are drawn beside each other has room.
 * @param {TrainingBands[]} runs
 * @param {number} expert that is selected
 * @param {number} width
 */
export function bandsEnd(runs, expert, width) {
  const texts = runs.flatMap((run) => {
    const { named, others } = namesOf(run, expert);
    return [...named, others].map(({ text }) => textWidth(text));
  });
  return width - GAP - Math.ceil(BOLD * Math.max(...texts));
}

/** @param {number} steps @param {Frame} frame */
function ticks(steps, { x, right }) {
  const every = steps <= 150 ? 50 : steps <= 300 ? 100 : 200;
  const last = String(steps);
  const room = right - textWidth(last) - GAP;
  return svg`
    ${range(0, steps, every).map((step) => {
      const name = step ? String(step) : "step 1";
      if (step && x(step) + textWidth(name) / 2 > room) return nothing;
      return svg`<text class="dim" x=${step ? x(step) : 0} y=${HEIGHT - 5}
        text-anchor=${step ? "middle" : "start"}>${name}</text>`;
    })}
    <text class="dim" x=${right} y=${HEIGHT - 5} text-anchor="end">${last}</text>`;
}

/** @param {TrainingBands} run @param {string} title @param {Scene} scene */
function spoken({ end }, title, { trained, data }) {
  const shares = Array.from(end.share.a, (share, expert) => `expert ${expert} ${written(share)}`).join(", ");
  return (
    `${title}: share of the tokens of each expert over ${trained} of ${data.steps} steps. ` +
    `${trained < data.steps ? "So far" : "At the end"} ${shares}. Left and right move the ` +
    "step; up and down choose an expert."
  );
}
