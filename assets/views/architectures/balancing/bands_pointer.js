// @ts-check
/**
 * What pointer and arrow keys do on the bands: another step, another expert.
 *
 * @import { TrainingBands } from "../../../types/architectures"
 * @import { Frame, Scene } from "./bands.js"
 */
import { decimal } from "../../../kit/numbers/format.js";
import { tip } from "../../../kit/tooltip.js";
import { cumsum } from "../../../vendor/d3.js";
import { share as written } from "./sides.js";

const FAR = 25;

/**
 * The step and the expert under the pointer; no expert beside the bands.
 * @param {MouseEvent} event
 * @param {TrainingBands} run
 * @param {Scene} scene
 * @param {Frame} frame
 */
function under(event, run, { data, trained }, { right, y }) {
  const box = /** @type {Element} */ (event.currentTarget).getBoundingClientRect();
  const place = Math.round(((event.clientX - box.left) / right) * (data.steps - 1));
  const step = Math.max(0, Math.min(trained - 1, place));
  const height = y.invert(event.clientY - box.top);
  const upper = cumsum(run.share.a.subarray(step * data.experts, (step + 1) * data.experts));
  const expert = height < 0 || height > 1 || place > trained + 1 ? -1 : upper.findIndex((share) => share >= height);
  return { step, expert };
}

/** @param {PointerEvent} event @param {TrainingBands} run @param {Scene} scene @param {Frame} frame */
export function hover(event, run, scene, frame) {
  const { step, expert } = under(event, run, scene, frame);
  if (expert < 0) return tip.hide();
  const at = step * scene.data.experts + expert;
  tip.show(event.clientX, event.clientY, `Expert ${expert}, step ${step + 1}`, [
    ["share of the pairs", written(run.share.a[at])],
    ["f", decimal(run.f.a[at], 3)],
    ["P", decimal(run.P.a[at], 3)],
  ]);
}

/** @param {MouseEvent} event @param {TrainingBands} run @param {Scene} scene @param {Frame} frame */
export function press(event, run, scene, frame) {
  const { step, expert } = under(event, run, scene, frame);
  scene.goTo(step);
  if (expert >= 0 && expert !== scene.expert) scene.choose(expert);
}

/** @param {KeyboardEvent} event @param {Scene} scene */
export function walk(event, { step, trained, expert, data, goTo, choose }) {
  const by = { ArrowRight: 1, ArrowLeft: -1, PageDown: FAR, PageUp: -FAR, Home: -trained, End: trained }[event.key];
  const next = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!by && !next) return;
  event.preventDefault();
  if (by) goTo(Math.max(0, Math.min(trained - 1, step + by)));
  if (next) choose(Math.max(0, Math.min(data.experts - 1, expert + next)));
}
