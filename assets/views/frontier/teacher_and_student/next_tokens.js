// @ts-check
/**
 * One text read by a teacher, its student and the student's twin: where the student parts from the teacher, and the
 * three distributions after the chosen token.
 *
 * @import { TeacherStudent } from "../../../types/frontier"
 * @import { Drafts } from "../../../kit/controls/typed.js"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 */
import { plot } from "../../../kit/chart/plot.js";
import { shaded } from "../../../kit/colour/legible.js";
import { ramp } from "../../../kit/colour/ramp.js";
import { control } from "../../../kit/controls/declared.js";
import { rove } from "../../../kit/controls/roving.js";
import { typed, typedText } from "../../../kit/controls/typed.js";
import { answerBars } from "../../../kit/drawing/answer_bars.js";
import { legend } from "../../../kit/drawing/legend.js";
import { halfWidth } from "../../../kit/layout.js";
import { counted, decimal, percent, whole } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { piece } from "../../../kit/text/tokens.js";
import { visible } from "../../../kit/text/vocabulary.js";
import { tooltip } from "../../../kit/tooltip.js";
import { html, styleMap } from "../../../vendor/lit.js";

const HEIGHT = 250;
const DEEPEST = 0.85;
/** @type {Record<string, { name: string, color: string }>} */
const WHO = {
  teacher: { name: "teacher", color: "ink3" },
  student: { name: "student", color: "prob" },
  alone: { name: "same size, text alone", color: "neg" },
};

/** @type {View<TeacherStudent, Drafts>} */
export function next_tokens(data, ctx) {
  const beta = betaAt(data, ctx);
  const at = placeAt(data, ctx, beta);
  return html`
  <div class="teacher-and-student">
    ${typed({ name: "text", value: typedText("text", data.text, ctx), lines: [2, 5], plain: true }, ctx)}
    ${
      data.left_out
        ? html`<p class="hint">The first ${counted(data.tokens.length, "token")} are taken; ${data.left_out} are left
            out.</p>`
        : ""
    }
    <div class="settings-row">${control(ctx, "beta", { as: "select" })} ${control(ctx, "temperature")}</div>
    <p class="readout lead">${verdict(data, beta)}</p>
    ${strip(data, ctx, "student", beta, at)}
    ${strip(data, ctx, "alone", beta, at)}
    <div class="side-by-side">
      ${distributions(data, at, halfWidth(ctx.width))}
      ${curve(data, at, beta)}
    </div>
    <p class="readout dark">${dark(data, at)}</p>
    ${readers(data)}
    <p class="hint">Held-out losses are those of the trainings: the teacher’s is of all that was held out, the other
      two are of the same part of it.</p>
  </div>`;
}

/** @param {TeacherStudent} data @returns {Row[]} */
export const rows = (data) =>
  data.tokens.flatMap((token, place) =>
    data.betas.map((beta, at) => ({
      ...{ place, token, beta },
      student: data.student.a[at * data.tokens.length + place],
      text_alone: data.alone.a[at * data.tokens.length + place],
    })),
  );

/** @param {TeacherStudent} data @param {ViewContext<any>} ctx */
const betaAt = (data, ctx) =>
  Math.max(
    0,
    data.betas.findIndex((each) => Math.abs(each - Number(ctx.controls.beta ?? 0)) < 1e-9),
  );

/** @param {TeacherStudent} data @param {"student" | "alone"} who @param {number} beta */
const along = (data, who, beta) =>
  Array.from(data[who].a.slice(beta * data.tokens.length, (beta + 1) * data.tokens.length));

/** The chosen place, else where the student differs most. @param {TeacherStudent} data @param {ViewContext<any>} ctx
 * @param {number} beta */
function placeAt(data, ctx, beta) {
  const said = ctx.controls.place;
  if (said !== undefined && said !== null && said !== "") return Math.min(Number(said), data.tokens.length - 1);
  const all = along(data, "student", beta);
  return all.indexOf(Math.max(...all));
}

/** @param {number[]} values */
const mean = (values) => values.reduce((sum, each) => sum + each, 0) / values.length;

/** @param {TeacherStudent} data @param {number} at of the betas */
function measure({ betas }, at) {
  if (betas[at] === 0) return "forward KL, KL(teacher ‖ student)";
  return betas[at] === 1 ? "reverse KL, KL(student ‖ teacher)" : `JSD with beta ${betas[at]}`;
}

/** @param {TeacherStudent} data @param {number} beta */
function verdict(data, beta) {
  const [own, twin] = [mean(along(data, "student", beta)), mean(along(data, "alone", beta))];
  return html`On this text the student is <b>${decimal(own, 3)}</b> nats a token from its teacher, and the same size
    trained on text alone <b>${decimal(twin, 3)}</b> (${measure(data, beta)}). The teacher has
    ${whole(data.readers[0].parameters)} parameters, the student ${whole(data.readers[1].parameters)}.`;
}

/**
 * @param {TeacherStudent} data
 * @param {ViewContext<any>} ctx
 * @param {"student" | "alone"} who
 * @param {number} beta
 * @param {number} chosen
 */
function strip(data, ctx, who, beta, chosen) {
  const values = along(data, who, beta);
  const most = Math.max(...along(data, "student", beta), ...along(data, "alone", beta)) || 1;
  const colour = ramp("neg");
  const title = `Distance from the teacher after each token: ${WHO[who].name}`;
  return html`
    <h3 class="sub3">${title} <small>nats; press a token to see what may follow it</small></h3>
    <div class="parted" role="group" aria-label=${title} data-rove @keydown=${rove}>
      ${data.tokens.map((token, at) => {
        const word = visible(token);
        const told = tooltip(word, () => [["from the teacher", `${decimal(values[at], 3)} nats`]]);
        return html`<button type="button" class="at ${at === chosen ? "chosen" : ""}" tabindex=${at ? -1 : 0}
          style=${styleMap(shaded(colour((DEEPEST * values[at]) / most)))} aria-pressed=${at === chosen}
          aria-label="${word}, ${decimal(values[at], 3)} nats" @click=${() => ctx.control("place", at)}
          @pointermove=${told.show} @focus=${told.beside} @pointerleave=${told.hide}
          @blur=${told.hide}><bdi>${piece(word, "mono")}</bdi></button>`;
      })}
    </div>`;
}

/** @param {TeacherStudent} data @param {number} at */
function probabilities(data, at) {
  const [, readers, shown] = data.likely.shape;
  return data.readers.map((_, who) =>
    Array.from(data.likely.a.slice((at * readers + who) * shown, (at * readers + who + 1) * shown)),
  );
}

/** @param {TeacherStudent} data @param {number} at @param {number} width */
function distributions(data, at, width) {
  const found = probabilities(data, at);
  return html`<div>
    <h3 class="sub3">What may follow “${visible(data.tokens[at])}” <small>the teacher’s likeliest tokens; ✓ comes in the
      text</small></h3>
    ${legend(data.readers.map(({ name }) => [{ color: WHO[name].color }, WHO[name].name]))}
    ${answerBars({
      label: `Probability of the teacher’s likeliest next tokens after token ${at}, by teacher, student and twin`,
      width,
      answers: data.names[at].map((name) => ({ name: visible(name), right: name === data.tokens[at + 1] })),
      rows: data.readers.map(({ name }, who) => ({ title: WHO[name].name, p: found[who], color: WHO[name].color })),
    })}
  </div>`;
}

/** @param {TeacherStudent} data @param {number} at @param {number} beta */
function curve(data, at, beta) {
  const n = data.tokens.length;
  const inner = data.betas.map((_, place) => place).filter((place) => data.betas[place] > 0 && data.betas[place] < 1);
  const value = (/** @type {"student" | "alone"} */ who, /** @type {number} */ place) => data[who].a[place * n + at];
  return html`<div>
    <h3 class="sub3">The divergence over beta <small>at this place; it jumps at both ends</small></h3>
    ${plot({
      label: "Divergence from the teacher over beta at the chosen place; dots at both ends are forward and reverse KL",
      height: HEIGHT,
      traces: /** @type {("student" | "alone")[]} */ (["student", "alone"]).flatMap((who) => [
        {
          x: inner.map((place) => data.betas[place]),
          y: inner.map((place) => value(who, place)),
          color: WHO[who].color,
          legend: false,
          name: WHO[who].name,
          hover: `%{y:.4f} nats at beta %{x}<extra>${WHO[who].name}</extra>`,
        },
        {
          x: [0, 1],
          y: [value(who, 0), value(who, data.betas.length - 1)],
          mode: "markers",
          size: 9,
          color: WHO[who].color,
          legend: false,
          name: WHO[who].name,
          hover: `%{y:.4f} nats<extra>${WHO[who].name}</extra>`,
        },
      ]),
      x: { title: "beta", range: [-0.04, 1.04] },
      y: { title: "nats", rangemode: "tozero" },
      marks: [{ x: data.betas[beta], color: "ink3", dash: "dot" }],
      margin: { r: 14, t: 12 },
    })}
    <p class="hint">Between the ends the value is that of the generalised JSD, which goes to 0 at both. It is a KL
      divergence at exactly 0 and 1 only, by definition. A loss with beta 0.001 is therefore no forward KL: it is about
      a
      thousandth of it.</p>
  </div>`;
}

/** @param {TeacherStudent} data @param {number} at */
function dark(data, at) {
  const [teacher, student, alone] = probabilities(data, at);
  const tail = (/** @type {number[]} */ each) => each.slice(1).reduce((sum, p) => sum + p, 0);
  const runners = data.names[at].length - 1;
  return html`After “${visible(data.tokens[at])}” the teacher gives its likeliest token
    <b>${percent(data.first.a[at], 1)}</b> at temperature ${data.temperature}, and all others together
    ${percent(1 - data.first.a[at], 1)}. The next ${runners} have ${percent(tail(teacher), 1)}; the student gives the
    same ${runners} tokens ${percent(tail(student), 1)}, the twin ${percent(tail(alone), 1)}. The probabilities of
    tokens that did not come are called dark knowledge: a text alone does not show them.`;
}

/** @param {TeacherStudent} data */
function readers(data) {
  const n = data.tokens.length;
  const agree = [0, 1].map((who) => mean(data.tokens.map((_, at) => data.agree.a[at * 2 + who])));
  return table({
    label: "The three models on this text",
    rows: data.readers.map((each, at) => ({ ...each, agree: at ? agree[at - 1] : 1 })),
    columns: [
      { name: "model", cell: ({ name }) => WHO[name].name },
      { name: "parameters", number: true, cell: ({ parameters }) => whole(parameters) },
      { name: "loss on this text, nats", number: true, cell: ({ loss }) => (n > 1 ? decimal(loss, 3) : "") },
      { name: "same likeliest token", number: true, cell: (each) => percent(each.agree, 0) },
      { name: "held out, nats", number: true, cell: ({ held }) => decimal(held, 3) },
    ],
  });
}
