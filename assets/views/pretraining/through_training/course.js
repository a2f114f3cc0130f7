// @ts-check
/**
 * The loss of the run above the induction score of its heads, on one axis of steps.
 *
 * @import { CourseThrough } from "../../../types/pretraining"
 * @import { Row, View } from "../../../kit/view"
 */
import { plot } from "../../../kit/chart/plot.js";
import { decimal, headName, percent, whole } from "../../../kit/numbers/format.js";
import { html } from "../../../vendor/lit.js";
import { choice, chosen, here, place, pressed, stepAxis } from "./steps.js";

const HEIGHT = 270;
/** Batches whose mean a point of the drawn loss is, as a share of the steps before it. */
const SMOOTH = 0.06;
/** The score from which on a head is said to be an induction head: a third of its weight. */
const FORMED = 1 / 3;

/** @type {View<CourseThrough>} */
export function course(data, ctx) {
  const x = stepAxis(data.steps);
  const best = data.steps.map((_, at) => strongest(data, at));
  const marks = [here(data, ctx)];
  return html`
    ${choice(data, ctx)}
    <p class="readout lead">${said(data, chosen(data, ctx))}</p>
    <h3 class="sub3">Loss <small>nats a token</small></h3>
    ${plot({
      label: "Losses over the steps: training batches, held-out text, and tokens said again",
      height: HEIGHT,
      traces: [
        { ...smoothed(data), name: "training batches", color: "line2", width: 1 },
        { x: held(data), y: data.held, name: "held-out text", color: "river-deep" },
        { x: held(data), y: data.said_first, name: "repeated windows: said first", color: "ink3", dash: "4px,3px" },
        { x: held(data), y: data.again, name: "repeated windows: said again", color: "prob" },
      ],
      x,
      y: { title: "nats" },
      marks,
      onClick: pressed(data, ctx),
    })}
    <h3 class="sub3">Induction <small>on random tokens said twice</small></h3>
    ${plot({
      label: "The strongest head’s induction score at each checkpoint, and the loss of the random tokens said again",
      height: HEIGHT,
      traces: [
        {
          x: data.steps.map(place),
          y: best.map(({ score }) => score),
          mode: "lines+markers",
          name: "strongest head’s score",
          color: "prob",
        },
        {
          x: data.steps.map(place),
          y: Array.from(data.random_again.a, (nats) => nats / Math.log(data.d_vocab)),
          mode: "lines+markers",
          name: "loss of tokens said again, 1 = guessing",
          color: "river-deep",
          dash: "4px,3px",
        },
      ],
      x,
      y: { title: "share" },
      marks,
      onClick: pressed(data, ctx),
    })}
    <p class="hint">One run of ${whole(data.parameters)} parameters, seed ${data.seed}. Of the training windows
      ${percent(data.repeated, 0)} say their first ${data.period[0]} to ${data.period[1]} tokens again and again, so
      that
      it pays to copy; natural text repeats less. Held-out text is measured as it is, and repeated in the same way. The
      lines of loss come
      from the run’s own log; each point of the grey line is the mean of the batches just before it. The score of a
      head is its mean weight on the token that followed the last time; of a head that looks at all alike, it is
      ${decimal(uniform(), 2)}. One run gives no spread: another seed may form other heads.</p>`;
}

/** @param {CourseThrough} data @returns {Row[]} */
export const rows = (data) =>
  data.steps.map((step, at) => {
    const { score, layer, head } = strongest(data, at);
    return {
      step,
      strongest_head: headName(layer, head),
      induction: score,
      loss_of_random_tokens_said_again: data.random_again.a[at],
    };
  });

/** Where the held-out loss was measured. @param {CourseThrough} data */
const held = ({ held_step }) => Array.from(held_step.a, place);

/** The head with the largest score. @param {CourseThrough} data @param {number} at */
export function strongest({ induction: { a, shape } }, at) {
  const [, layers, heads] = shape;
  const scores = Array.from(a.slice(at * layers * heads, (at + 1) * layers * heads));
  const most = scores.indexOf(Math.max(...scores));
  return { score: scores[most], layer: Math.floor(most / heads), head: most % heads };
}

/** Means over more batches the later they are, so that all parts of a log axis are about as smooth. */
/** @param {CourseThrough} data */
function smoothed({ loss }) {
  const [x, y] = [/** @type {number[]} */ ([]), /** @type {number[]} */ ([])];
  for (let end = 1; end <= loss.a.length; end += Math.max(1, Math.floor(end * SMOOTH))) {
    const some = loss.a.slice(end - Math.max(1, Math.floor(end * SMOOTH)), end);
    x.push(place(end));
    y.push(some.reduce((sum, each) => sum + each, 0) / some.length);
  }
  return { x, y };
}

/** Of queries 32 to 63, each with as many keys as stand before it and itself. */
function uniform() {
  const each = Array.from({ length: 32 }, (_, at) => 1 / (33 + at));
  return each.reduce((sum, share) => sum + share, 0) / each.length;
}

/** @param {CourseThrough} data @param {number} at */
function said(data, at) {
  const { score, layer, head } = strongest(data, at);
  return html`After <b>${whole(data.steps[at])}</b> steps the head with the largest induction score is
    <b>${headName(layer, head)}</b> with <b>${decimal(score)}</b>. Random tokens said again cost
    <b>${decimal(data.random_again.a[at])}</b> nats; guessing among ${whole(data.d_vocab)} costs
    ${decimal(Math.log(data.d_vocab))}. ${verdict(data)}`;
}

/** What the whole run comes to: a head that looks at all tokens alike is the measure. @param {CourseThrough} data */
function verdict(data) {
  const most = Math.max(...data.induction.a);
  return most < FORMED
    ? html`<b>No induction head forms in this run</b>: the largest score of all checkpoints is ${decimal(most)}; a head
        that looks at that token alone has 1.`
    : html`The largest score of all checkpoints is ${decimal(most)}; a head that looks at that token alone has 1.`;
}
