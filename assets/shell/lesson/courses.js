// @ts-check
/**
 * Courses: lessons in an order for one kind of reader, with how far this one is in each.
 *
 * @import { Course, LessonList, Listed } from "./lesson"
 */

import { asset } from "../../kit/asset.js";
import { html, nothing } from "../../vendor/lit.js";
import { keep, kept, placeIn } from "./kept.js";

const LIST = asset("lessons.json");

/** What there is to read; nothing where the server does not answer. @returns {Promise<LessonList>} */
export async function readList() {
  const answer = await fetch(LIST).catch(() => null);
  return answer?.ok ? answer.json() : { lessons: [], courses: [] };
}

/** The first lesson of a course that was not read to its end; the first where all were. @param {Course} course */
export const nextIn = ({ lessons }) => lessons.find((name) => !placeIn(name).done) ?? lessons[0];

/** The course of that name is being read. @param {string} name */
export const follow = (name) => keep({ course: name });

/**
 * The course that goes on from a lesson: the one that is being read, where it has the lesson.
 * @param {Course[]} courses @param {string} lesson
 */
export function courseOf(courses, lesson) {
  const having = courses.filter(({ lessons }) => lessons.includes(lesson));
  return having.find(({ name }) => name === kept().course);
}

/**
 * The courses, one a row.
 * @param {LessonList} list @param {(lesson: string) => void} open
 */
export function courseRows({ courses, lessons }, open) {
  if (!courses.length) return nothing;
  return html`
    <h3>Courses</h3>
    <ul class="courses">${courses.map((each) => row(each, lessons, open))}</ul>`;
}

/** @param {Course} course @param {Listed[]} listed @param {(lesson: string) => void} open */
function row(course, listed, open) {
  const own = course.lessons.map((name) => /** @type {Listed} */ (listed.find((each) => each.name === name)));
  const read = own.filter(({ name }) => placeIn(name).done).length;
  const minutes = own.reduce((sum, each) => sum + each.minutes, 0);
  const begun = own.some(({ name }) => placeIn(name).step > 0 || placeIn(name).done);
  const act = read === own.length ? "Read again" : begun ? "Go on" : "Start";
  const go = (/** @type {string} */ lesson) => {
    follow(course.name);
    open(lesson);
  };
  return html`<li>
    <div><b>${course.title}</b> <small>${own.length} lessons, ${minutes} min${
      read ? `, ${read} read` : ""
    }</small></div>
    <p>${course.audience} ${course.about}</p>
    <div class="rowbtns">
      <button class="btn primary" type="button" @click=${() => go(nextIn(course))}
        aria-label=${`${act}: ${course.title}`}>${act}</button>
      <details><summary>Its lessons</summary>
        <ol>${own.map(
          ({ name, title }) => html`<li><button class="linkbtn" type="button" @click=${() => go(name)}>${title}</button>
            ${placeIn(name).done ? html`<small>read</small>` : nothing}</li>`,
        )}</ol>
      </details>
    </div>
  </li>`;
}
