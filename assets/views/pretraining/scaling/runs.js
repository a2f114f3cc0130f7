// @ts-check
/**
 * What the views of a sweep share: colours of its groups, and how a run trained.
 *
 * @import { ScalingRun } from "../../../types/pretraining"
 */
import { legend } from "../../../kit/drawing/legend.js";
import { dot, line } from "../../../kit/drawing/marks.js";
import { picture } from "../../../kit/drawing/picture.js";
import { sizesWithin, tensWithin } from "../../../kit/drawing/round_ticks.js";
import { decimal, power, whole } from "../../../kit/numbers/format.js";
import { parameters } from "../../../kit/numbers/magnitude.js";
import { max, min, scaleLog } from "../../../vendor/d3.js";
import { html } from "../../../vendor/lit.js";

/** One a group, the least compute first; the predicted run has the last. */
const COLOURS = ["ink2", "river-deep", "pos", "prob", "neg"];
const HEIGHT = 260;

/** @param {number} at */
export const colourOf = (at) => COLOURS[at % COLOURS.length];

/** What a run is called: w96 × 4, 0.54 M. @param {ScalingRun} run */
export const nameOf = ({ layers, width, parameters: count, seed }) =>
  `${parameters(count)}, ${layers} blocks of ${width}${seed ? `, seed ${seed}` : ""}`;

/**
 * How one run trained: its loss, and what is held out.
 * @param {ScalingRun} run
 * @param {string} color
 * @param {number} width
 */
export function curve(run, color, width) {
  const seen = Array.from(run.seen.a);
  const heldSeen = Array.from(run.held_seen.a);
  const losses = [...run.losses.a, ...run.held.a];
  return html`
    <p class="readout lead"><b>${nameOf(run)}</b>: ${parameters(run.tokens)} tokens, the texts read
      ${decimal(run.epochs, 2)} times, highest rate ${run.rate.toPrecision(2)}, ${whole(Math.round(run.seconds))} s of a
      processor; held-out loss at the end <b>${decimal(run.loss, 3)}</b> nats a token.</p>
    ${picture({
      label: `The loss of ${nameOf(run)} over tokens, in training and on held-out text`,
      width,
      height: HEIGHT,
      margin: { left: 46, right: 16, top: 16, bottom: 46 },
      x: scaleLog().domain([Number(min(seen)), Number(max(seen))]),
      y: [Number(min(losses)) - 0.1, Number(max(losses)) + 0.1],
      left: { title: "nats a token" },
      bottom: { title: "tokens read", values: tensWithin(Number(min(seen)), Number(max(seen))), format: parameters },
      marks: [
        line({ data: run.losses.a, x: (_, at) => seen[at], y: Number, color }),
        dot({ data: run.held.a, x: (_, at) => heldSeen[at], y: Number, r: 4.5, color, hollow: true }),
      ],
    })}
    ${legend([
      [{ color, shape: "line" }, "training, a mean since the point before"],
      [{ color, shape: "dot", hollow: true }, "held-out text, 8 windows of each kind"],
    ])}`;
}

/** The ends of an axis of sizes. @param {readonly { parameters: number }[]} runs */
export const sizesOf = (runs) => [
  Number(min(runs, (run) => run.parameters)) / 1.2,
  Number(max(runs, (run) => run.parameters)) * 1.2,
];

/** The ends of an axis of losses. @param {readonly { loss: number }[]} runs */
export const lossesOf = (runs) => [
  Number(min(runs, ({ loss }) => loss)) - 0.12,
  Number(max(runs, ({ loss }) => loss)) + 0.12,
];

/**
 * Held-out loss over parameters.
 * @param {readonly { parameters: number, loss: number }[]} runs
 * @param {number} width
 * @param {Pick<Parameters<typeof picture>[0], "label" | "marks">} what
 */
export function overSizes(runs, width, what) {
  const [low, high] = sizesOf(runs);
  return picture({
    ...what,
    width,
    height: 340,
    margin: { left: 46, right: 16, top: 16, bottom: 46 },
    x: scaleLog().domain([low, high]),
    y: lossesOf(runs),
    left: { title: "held-out loss, nats a token" },
    bottom: { title: "N, parameters", values: sizesWithin(low, high), format: parameters },
  });
}

/** One run as a row of a table. @param {ScalingRun} run */
export const flat = ({ seen: _s, losses: _l, held_seen: _h, held: _d, ...rest }) => rest;

/** The name of a group. @param {number} compute */
export const spent = (compute) => `${power(compute)} FLOP`;
