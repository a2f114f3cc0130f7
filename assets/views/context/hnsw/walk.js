// @ts-check
/**
 * One question's walk through a graph of neighbours: every distance that was computed, what was missed and why, and how
 * many of the true nearest a longer list finds.
 *
 * @import { HnswWalk } from "../../../types/context"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 */
import { player } from "../../../kit/controls/controls.js";
import { control } from "../../../kit/controls/declared.js";
import { typed, typedText } from "../../../kit/controls/typed.js";
import { legend } from "../../../kit/drawing/legend.js";
import { halfWidth } from "../../../kit/layout.js";
import { counted, decimal, whole } from "../../../kit/numbers/format.js";
import { html } from "../../../vendor/lit.js";
import { map } from "./map.js";
import { found, missed } from "./missed.js";
import { levels, recall } from "./recall.js";
import { steps } from "./steps.js";

/** @type {View<HnswWalk>} */
export function walk(data, ctx) {
  const all = data.far_of.length;
  const at = shownStep(data, ctx);
  const choose = (/** @type {number} */ to) => ctx.control("step", to + 1 >= all ? 0 : to + 1);
  return html`
    <div class="asked">
      ${typed(
        { name: "question", value: typedText("question", data.question, ctx), single: true, plain: true, named: true },
        ctx,
      )}
    </div>
    <div class="settings-row">${control(ctx, "ef", { as: "select" })} ${control(ctx, "m", { as: "select" })}
      ${control(ctx, "build", { as: "select" })} ${control(ctx, "count", { as: "number" })}</div>
    <p class="readout lead">${lead(data)}</p>
    <div class="cluster">${player({ ctx, at, count: all, choose, label: "Replay the walk", pace: 250 })}
      <span class="hint">${said(data, at)}</span></div>
    ${steps({ data, at, width: ctx.width, choose })}
    ${legend([
      [{ color: "prob", shape: "dot" }, "enters the list of the nearest"],
      [{ color: "ink3", shape: "dot" }, "is farther than all in the list"],
      [{ color: "river-deep", shape: "dot" }, `one of the true nearest ${data.true.length}`],
    ])}
    ${map(data, at, ctx.width)}
    ${missed(data)} ${found(data)}
    <div class="side-by-side">
      ${recall(data, halfWidth(ctx.width))}
      ${levels(data)}
    </div>`;
}

/** @param {HnswWalk} data @param {ViewContext} ctx */
function shownStep({ far_of: far }, ctx) {
  const said = Number(ctx.controls.step);
  return (said > 0 ? Math.min(said, far.length) : far.length) - 1;
}

/** @param {HnswWalk} data */
function lead({
  missed: lost,
  true: right,
  far_of: far,
  count,
  titles,
  lengths,
  recall: shares,
  questions,
  found: got,
}) {
  const looked = `The walk computes ${counted(far.length, "distance")} for ${whole(count)} articles`;
  const miss = lost.length
    ? html`and misses ${lost.length} of the true nearest ${right.length}: <b>${titles[lost[0].node]}</b>${
        lost.length > 1 ? " and others" : ""
      }.`
    : html`and finds all of the true nearest ${right.length}.`;
  const enough = shares.findIndex((each) => each >= 0.95);
  const rest =
    enough < 0
      ? `No list tried finds 95% for the set’s ${questions} questions.`
      : `Over ${questions} questions, 95% are found from ef ${lengths[enough]} on.`;
  return html`Nearest found: <b>${titles[got[0]]}</b>. ${looked} ${miss} ${rest}`;
}

/** What happens at a step. @param {HnswWalk} data @param {number} at */
function said({ titles, level, begin, end, far_of: far, entered }, at) {
  if (at < 0) return "";
  const [from, to] = [titles[begin.a[at]], titles[end.a[at]]];
  const kept = entered.a[at] ? (level.a[at] ? "nearer than all before" : "enters the list") : "stays out";
  return `Step ${at + 1} of ${far.length}, level ${level.a[at]}: from ${from} to ${to}, distance ${decimal(
    far[at],
    3,
  )}: ${kept}.`;
}

/** @param {HnswWalk} data @returns {Row[]} */
export const rows = ({ titles, level, begin, end, far_of: far, entered, true: right }) =>
  far.map((distance, at) => ({
    step: at + 1,
    level: level.a[at],
    from: titles[begin.a[at]],
    to: titles[end.a[at]],
    distance,
    entered: Boolean(entered.a[at]),
    true_neighbour: right.includes(end.a[at]),
  }));
