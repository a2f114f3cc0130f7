// @ts-check
/**
 * The column of steps beside the panel; on a phone a card below it. Drawn anew whenever something has changed.
 *
 * @import { Lessons } from "./course"
 * @import { Reading } from "./reading"
 * @import { Step } from "./lesson"
 */
import { html, nothing } from "../../vendor/lit.js";
import { say, sayShort } from "./say.js";

const SWIPE = 48;
let touchedAt = 0;

/** @param {Reading} reading @param {Lessons} lessons */
export function column(reading, lessons) {
  const { lesson, folded } = reading;
  return html`
    <header>
      <span class="kicker">Lesson</span>
      <button class="btn ghost fold" type="button" aria-expanded=${!folded}
        @click=${() => lessons.fold(!folded)}>${folded ? "Show text" : "Fold"}</button>
      <button class="btn ghost" type="button" @click=${() => lessons.list()}>All lessons</button>
      <button class="btn ghost" type="button" @click=${() => lessons.leave()}>Leave</button>
      <h2>${lesson.title}</h2>
    </header>
    <ol ?hidden=${folded} @touchstart=${touch} @touchend=${swipe(reading, lessons)}>
      ${lesson.steps.map((step, at) => entry(step, at, reading, lessons))}
    </ol>
    ${controls(reading, lessons)}`;
}

/** @param {Step} step @param {number} at @param {Reading} reading @param {Lessons} lessons */
function entry(step, at, reading, lessons) {
  const now = at === reading.at;
  return html`
    <li class=${now ? "now" : reading.answered(at) || at < reading.furthest ? "done" : ""}>
      <button class="steptitle" type="button" aria-current=${now ? "step" : nothing}
        @click=${() => lessons.go(at)}><i aria-hidden="true"></i>${at + 1}. ${step.title}</button>
      ${now ? body(step, reading, lessons) : nothing}
    </li>`;
}

/** @param {Step} step @param {Reading} reading @param {Lessons} lessons */
function body(step, reading, lessons) {
  const saying = reading.saying("shown", (link) => lessons.visit(link));
  return html`
    <div class="stepbody">
      ${say(step.text, saying)}
      ${proved(reading)}
      ${step.ask ? question(step.ask, reading, lessons, saying) : nothing}
      ${changes(lessons)}
    </div>`;
}

/** What was held against the run that is on the page. @param {Reading} reading */
function proved(reading) {
  const claims = reading.claims();
  if (!claims.length) return nothing;
  const wrong = claims.filter(({ holds }) => !holds);
  if (!wrong.length) {
    const count = claims.length === 1 ? "One statement" : `${claims.length} statements`;
    return html`<p class="proved"><span aria-hidden="true">✓</span> ${count} checked on this run</p>`;
  }
  return html`<p class="proved fail">This run contradicts the text: <code>${wrong[0].source}</code> does not hold.</p>`;
}

/**
 * @param {NonNullable<Step["ask"]>} ask
 * @param {Reading} reading
 * @param {Lessons} lessons
 * @param {import("./say").Saying} saying
 */
function question(ask, reading, lessons, saying) {
  const answer = reading.answer;
  return html`
    <div class="ask">
      <div class="question" id="lesson-question">${say(ask.question, saying)}</div>
      ${
        ask.choices.length
          ? html`<div class="choices" role="group" aria-labelledby="lesson-question">
        ${ask.choices.map(
          (label, at) => html`<button class="btn" type="button" aria-pressed=${answer === at}
            @click=${() => lessons.answer(at)}>${sayShort(label, saying)}</button>`,
        )}</div>`
          : nothing
      }
      <div class="verdict" aria-live="polite">${answer === undefined ? nothing : verdict(ask, reading, lessons)}</div>
    </div>`;
}

/**
 * A prediction is not wrong in the way that a misread picture is.
 * @param {NonNullable<Step["ask"]>} ask
 * @param {Reading} reading
 * @param {Lessons} lessons
 */
function verdict(ask, reading, lessons) {
  const right = reading.right();
  if (right === null) return html`<p class="hint">The page reads the answer from the run …</p>`;
  const saying = reading.saying(ask.then ? "then" : "shown", (link) => lessons.visit(link));
  if (!right && ask.pick.length) {
    return html`<p><b class="no">Not this one</b> (${reading.picked()}). ${
      ask.otherwise.length ? sayShort(ask.otherwise, saying) : "Look again, and pick another."
    }</p>`;
  }
  const opening = right ? "Yes." : "The run gives another answer.";
  const more = right || !ask.otherwise.length ? ask.right : ask.otherwise;
  return html`<p><b class=${right ? "yes" : "no"}>${opening}</b> ${sayShort(more.slice(0, 1), saying)}</p>
    ${say(more.slice(1), saying)}`;
}

/** Interventions that are on: they are the step's doing, or the visitor's. @param {Lessons} lessons */
function changes({ page }) {
  const on = page.store.interventions.filter((each) => each.on);
  if (!on.length || !page.store.spec()?.requires.length) return nothing;
  return html`<p class="changes"><span class="hint">Changed in the model:</span>
    ${on.map(
      ({ text, label }) => html`<button class="btn" type="button" title="Put it back"
        @click=${() => page.actions.restore(text)}>${label} <span aria-hidden="true">×</span></button>`,
    )}</p>`;
}

/** @param {Reading} reading @param {Lessons} lessons */
function controls(reading, lessons) {
  const { at, lesson } = reading;
  const count = lesson.steps.length;
  const last = at === count - 1;
  return html`
    <nav class="stepnav" aria-label="Steps">
      ${
        lessons.wandered
          ? html`<button class="btn back" type="button" @click=${() => lessons.go(at)}>Back to step ${at + 1}</button>`
          : nothing
      }
      <button class="btn" type="button" ?disabled=${at === 0} @click=${() => lessons.go(at - 1)}>Previous</button>
      <span class="dots" role="img" aria-label="Step ${at + 1} of ${count}">
        ${lesson.steps.map(
          (_, i) => html`<i class=${i === at ? "now" : reading.answered(i) || i < reading.furthest ? "done" : ""}></i>`,
        )}
      </span>
      <button class="btn next" type="button"
        @click=${() => (last ? lessons.finish() : lessons.go(at + 1))}>${last ? "Finish" : "Next"}</button>
      <span class="hint keys">← and → go between steps. This browser keeps your place.</span>
    </nav>`;
}

/** A lesson that was left, in one line. @param {Reading} reading @param {Lessons} lessons */
export const line = (reading, lessons) => html`
  <span><b>${reading.lesson.title}</b> You left at step ${reading.at + 1} of ${reading.lesson.steps.length}.</span>
  <span class="rowbtns">
    <button class="btn primary" type="button" @click=${() => lessons.go(reading.at)}>Resume</button>
    <button class="btn" type="button" @click=${() => lessons.restart()}>Start over</button>
    <button class="btn ghost" type="button" aria-label="Close the lesson" @click=${() => lessons.close()}>×</button>
  </span>`;

/** @param {TouchEvent} event */
function touch(event) {
  touchedAt = event.changedTouches[0].clientX;
}

/** @param {Reading} reading @param {Lessons} lessons */
const swipe = (reading, lessons) => (/** @type {TouchEvent} */ event) => {
  const moved = event.changedTouches[0].clientX - touchedAt;
  if (Math.abs(moved) > SWIPE) lessons.go(reading.at + (moved < 0 ? 1 : -1));
};
