// @ts-check
/**
 * All lessons by chapter, with how far one is in each; and a lesson from a file, shown before it is read.
 *
 * @import { ErrorAnswer } from "../protocol"
 * @import { LessonAnswer, LessonList, Listed } from "./lesson"
 * @import { Lessons } from "./course"
 * @import { Reading } from "./reading"
 */

import { html, nothing, render } from "../../vendor/lit.js";
import { dialog } from "../dialog.js";
import { copy } from "../saving/files.js";
import { toast } from "../toast.js";
import { carried } from "./carried.js";
import { courseOf, courseRows, readList } from "./courses.js";
import { placeIn } from "./kept.js";

/** Bytes of a file that is read at all. */
const LARGEST = 160_000;
const FINISHED = "You have read this lesson to the end. Choose the next one.";
const UNREACHED = "The list could not be loaded. Is the server still running?";
const COPIED = "Link copied: the whole lesson is in it";

/** @param {Lessons} lessons @param {string} [finished] */
export async function openList(lessons, finished) {
  const box = dialog("lessonbox", { label: "Lessons" });
  const list = await readList();
  /** @type {{ reading: Reading | null, wrong: string }} */
  const file = { reading: null, wrong: "" };
  const open = (/** @type {string} */ name) => {
    box.close();
    lessons.open({ name });
  };
  const draw = () => render(content(), box);
  /** @param {Event} event */
  const chosen = async (event) => {
    const [picked] = /** @type {HTMLInputElement} */ (event.target).files ?? [];
    if (!picked) return;
    Object.assign(file, await previewed(picked, lessons));
    draw();
    box.querySelector(".preview")?.scrollIntoView({ block: "nearest" });
  };
  const start = () => {
    box.close();
    if (file.reading) lessons.start(file.reading, 0);
  };
  const content = () => html`
    <div class="dlghead"><h2>Lessons</h2>
      <button class="btn ghost" type="button" aria-label="Close" @click=${() => box.close()}>×</button></div>
    ${finished ? ended(finished, list, open) : nothing}
    ${courseRows(list, open)}
    ${list.lessons.length ? chapters(list.lessons, open) : html`<p>${UNREACHED}</p>`}
    <section class="fromfile">
      <h3>Your own lesson</h3>
      <p class="hint">A lesson is one Markdown file with text, links to this page, and questions that the run answers.
        When you open a file here, the link of the page holds the whole lesson.</p>
      <label class="btn">Open a lesson file …<input class="unseen" type="file" accept=".md,.txt,text/markdown"
        @change=${chosen} /></label>
      <div aria-live="polite">
        ${file.wrong ? html`<p class="errbox preview">${file.wrong}</p>` : nothing}
        ${file.reading ? preview(file.reading, start) : nothing}
      </div>
    </section>`;
  render(null, box);
  draw();
  if (!box.open) box.showModal();
}

/**
 * What comes after a lesson that was read to its end.
 * @param {string} finished @param {LessonList} list @param {(name: string) => void} open
 */
function ended(finished, { courses, lessons }, open) {
  const course = courseOf(courses, finished);
  const next = course?.lessons[course.lessons.indexOf(finished) + 1];
  if (!course) return html`<p class="finished" role="status">${FINISHED}</p>`;
  if (!next) return html`<p class="finished" role="status">You have read the course “${course.title}” to its end.</p>`;
  const title = lessons.find(({ name }) => name === next)?.title;
  return html`<p class="finished" role="status">You have read this lesson to the end.
    <button class="btn primary" type="button" @click=${() => open(next)}>Next: ${title}</button></p>`;
}

/** @param {Listed[]} listed @param {(name: string) => void} open */
function chapters(listed, open) {
  const names = [...new Set(listed.map(({ chapterTitle }) => chapterTitle))];
  return names.map(
    (title) => html`
      <h3>${title}</h3>
      <ul class="lessonlist">
        ${listed.filter(({ chapterTitle }) => chapterTitle === title).map((each) => entry(each, open))}
      </ul>`,
  );
}

/** @param {Listed} each @param {(name: string) => void} open */
function entry({ name, title, learn, minutes, steps }, open) {
  const { step, done, answers } = placeIn(name);
  const begun = step > 0 || Object.keys(answers).length > 0;
  const far = done ? "Read" : begun ? `Step ${step + 1} of ${steps}` : `${steps} steps, ${minutes} min`;
  return html`<li><button type="button" class=${done ? "read" : ""} @click=${() => open(name)}>
    <b>${title}</b><small>${done ? html`<span aria-hidden="true">✓</span> ` : nothing}${far}</small>
    <span>${learn}</span></button></li>`;
}

/**
 * A file as the server reads it, or what is wrong with it.
 * @param {File} file
 * @param {Lessons} lessons
 */
async function previewed(file, lessons) {
  if (file.size > LARGEST) return { reading: null, wrong: "The file is too large to be a lesson." };
  const text = await file.text();
  /** @type {LessonAnswer | ErrorAnswer} */
  const answer = await lessons.page.server.call("lesson", { text: text || " " });
  if (answer.kind !== "lesson") return { reading: null, wrong: `${file.name}: ${answer.message} ${answer.hint ?? ""}` };
  const { Reading } = await import("./reading.js");
  return { reading: new Reading(answer.lesson, text), wrong: "" };
}

/** @param {Reading} reading @param {() => void} start */
function preview({ lesson, text }, start) {
  const share = async () => {
    const link = `${location.origin}${location.pathname}?step=1#lesson=${await carried(text)}`;
    copy(link, COPIED, toast);
  };
  return html`
    <div class="preview">
      <b>${lesson.title}</b>
      <p class="hint">${lesson.chapterTitle}, ${lesson.minutes} min. ${lesson.learn}</p>
      <ol>${lesson.steps.map(({ title }) => html`<li>${title}</li>`)}</ol>
      <p class="rowbtns"><button class="btn primary" type="button" @click=${start}>Start</button>
        <button class="btn" type="button" @click=${share}>Copy its link</button></p>
    </div>`;
}
