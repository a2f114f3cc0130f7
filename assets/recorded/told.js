// @ts-check
/**
 * What a page of recordings says of them, where the live page has its sidebar: which it is, of what it was made, the
 * way to the others and to a live server.
 *
 * @import { Step } from "./recorded"
 * @import { Opened } from "./recorded_files"
 */
import { html, nothing, render } from "../vendor/lit.js";

const DAY = new Intl.DateTimeFormat("en-GB", { dateStyle: "long", timeZone: "UTC" });
/** Milliseconds that a notice stays. */
const SHOWN = 12_000;
/** Pixels of the window up to which the page is a phone's. */
const PHONE = 860;

export class Told {
  /**
   * @param {Opened} opened
   * @param {Step} step the place that is open
   * @param {() => string} live the way to this place on a live server; nothing where none is named
   */
  constructor(opened, step, live) {
    this.all = opened;
    this.step = step;
    this.live = live;
    if (opened.embed) document.documentElement.dataset.embed = "1";
  }

  /** @param {Step} step */
  at(step) {
    this.step = step;
    this.draw();
  }

  /** A panel is opened: of the same place, if it has one there. @param {string} panel */
  opened(panel) {
    const { step } = this;
    if (panel === step.panel) return this.draw();
    const steps = this.all.steps.filter((each) => each.panel === panel);
    this.at(steps.find(({ query }) => query === step.query) ?? steps[0] ?? step);
  }

  draw() {
    const side = document.getElementById("told");
    const foot = document.getElementById("foot");
    if (side) render(this.#side(), side);
    if (foot) render(this.#foot(), foot);
  }

  #side() {
    const { list } = this.all;
    const steps = this.all.steps.filter(({ lesson }) => !lesson); // a lesson leads through its own
    const at = steps.indexOf(this.step);
    return html`
      ${this.step.title ? html`<h2>${this.step.title}</h2>` : nothing}
      ${paragraphs(this.step.text)}
      ${steps.length > 1 && at >= 0 ? this.#ways(steps, at) : nothing}
      <details class="made" ?open=${innerWidth > PHONE}>
        <summary><b class="tag">RECORDED</b> ${DAY.format(new Date(this.step.at))}</summary>
        <p class="hint">This page stores a real run with its numbers. You can select, point, sample and export.
          The page computes no new run.</p>
        ${facts(this.step)}
      </details>
      <div class="ways">
        ${this.#live("Run live")}
        ${list ? html`<a class="btn" href=${list}>All recordings</a>` : nothing}
      </div>`;
  }

  /** @param {Step[]} steps @param {number} at */
  #ways(steps, at) {
    const way = (/** @type {Step | undefined} */ step, /** @type {string} */ name) =>
      step
        ? html`<a class="btn" href=${step.link} @click=${turn}>${name}</a>`
        : html`<span class="btn" aria-disabled="true">${name}</span>`;
    return html`
      <nav aria-label="Recordings">
        ${way(steps[at - 1], "Back")}<span
          class="count">${at + 1} of ${steps.length}</span>${way(steps[at + 1], "Next")}
      </nav>`;
  }

  /** @param {string} name */
  #live(name) {
    const { live } = this.all;
    const press = (/** @type {Event} */ event) => {
      /** @type {HTMLAnchorElement} */ (event.currentTarget).href = this.live(); // as the page stands now
    };
    return live
      ? html`<a class="btn primary" href=${live} target="_blank" rel="noopener" @click=${press}>${name}</a>`
      : nothing;
  }

  #foot() {
    const { text } = this.step.runs ? said(this.step) : { text: null };
    const { model } = this.step;
    return html`
      <span><b class="tag">RECORDED</b> ${DAY.format(new Date(this.step.at))}${model ? ` · ${model}` : nothing}</span>
      ${text ? html`<span class="asked">“${text}”</span>` : nothing}
      ${this.#live("Open in the explorer")}`;
  }
}

/** @param {Step} step */
function said({ query }) {
  const parts = new URLSearchParams(query);
  return { text: parts.get("text"), parts };
}

/** The key of the run, in words. @param {Step} step */
function facts(step) {
  const { text, parts } = said(step);
  if (!step.runs) return nothing;
  const rest = [...parts].filter(([name]) => !["model", "text", "do"].includes(name));
  const one = (/** @type {string} */ name, /** @type {unknown} */ value) =>
    value ? html`<div><dt>${name}</dt><dd>${value}</dd></div>` : nothing;
  return html`
    <dl>
      ${one("Model", step.model)}${one("Prompt", text)}
      ${one("Settings", rest.map(([name, value]) => `${name}=${value}`).join(" "))}
      ${one("Interventions", parts.get("do"))}
    </dl>`;
}

/** @param {string} text */
const paragraphs = (text) =>
  text
    .split(/\n\s*\n/)
    .filter((each) => each.trim())
    .map((each) => html`<p class="text">${each}</p>`);

/** Another recorded place, without loading the page anew. @param {MouseEvent} event */
function turn(event) {
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  history.pushState(null, "", /** @type {HTMLAnchorElement} */ (event.currentTarget).href);
  dispatchEvent(new PopStateEvent("popstate"));
}

/** @type {number | undefined} */
let timer;

/** What cannot be done here, and where it can. @param {string} said @param {unknown} way */
export function notice(said, way) {
  const found = document.getElementById("notice");
  const box = found ?? document.body.appendChild(Object.assign(document.createElement("div"), { id: "notice" }));
  box.setAttribute("role", "status");
  box.hidden = false;
  const close = () => {
    box.hidden = true;
  };
  render(
    html`<span>${said}</span>${way}
      <button class="btn" type="button" @click=${close}>Close</button>`,
    box,
  );
  clearTimeout(timer);
  timer = setTimeout(close, SHOWN);
}
