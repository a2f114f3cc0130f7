// @ts-check
/**
 * The strip of tokens on top: prompt and generated tokens, the selection, step and play, what comes next.
 *
 * @import { Run } from "../../kit/view"
 * @import { Store } from "../store"
 */
import { cut, token, tokenText } from "../../kit/text/tokens.js";
import { tip } from "../../kit/tooltip.js";
import { html, nothing, render } from "../../vendor/lit.js";
import { reduced } from "../scroll.js";
import { drawArcs } from "./arcs.js";
import { forcedPositions, kindOf, LONGEST, next, said } from "./status.js";

/** Milliseconds a token while it plays. */
const PACE = 1100;

export class Strip {
  #timer = 0;
  /** The query whose tokens are shown. */
  #shown = "";

  /**
   * @param {HTMLElement} box
   * @param {Store} store
   */
  constructor(box, store) {
    this.box = box;
    this.store = store;
    this.draw();
  }

  draw() {
    const { run, focus } = this.store;
    const at = focus.position ?? 0;
    const other = run !== null && run.query !== this.#shown;
    if (other) this.#newRun(run.query);
    render([this.#line(run, at), this.#tokens(run, at)], this.box);
    if (other) this.arcs(null);
    this.#centre(at);
    // Tokens change their width once their typeface is there.
    if (other) void document.fonts.ready.then(() => this.#centre(this.store.focus.position ?? 0));
  }

  /** @param {string} query */
  #newRun(query) {
    this.#shown = query;
    this.stop();
  }

  /** @param {Run | null} run @param {number} at */
  #line(run, at) {
    const playing = this.#timer !== 0;
    return html`
      <div class="runline">
        <p class="runmeta" id="runmeta">${run ? said(run, at) : nothing}</p>
        <div class="nextbox">${run ? next(run, at) : nothing}</div>
        <div class="stepper" role="group" aria-label="Step through the run">
          <button class="btn icon" type="button" aria-label="Step back" ?disabled=${at === 0}
            @click=${() => this.move(-1)}>◀</button>
          <button class="btn icon play" type="button" aria-pressed=${playing} @click=${() => this.#toggle()}>
            ${playing ? "Pause" : "Play"}
          </button>
          <button class="btn icon" type="button" aria-label="Step forward"
            ?disabled=${!run || at === run.ids.length - 1} @click=${() => this.move(1)}>▶</button>
        </div>
      </div>`;
  }

  /** @param {Run | null} run @param {number} at */
  #tokens(run, at) {
    return html`
      <div class="stripwrap">
        <div class="striparcs" aria-hidden="true"></div>
        <div class="strip" id="strip" role="listbox" aria-label="Tokens of the run" tabindex="0"
          aria-activedescendant=${run ? `tok${at}` : nothing} @keydown=${this.#keyed} @click=${this.#pressed}
          @pointerover=${this.#told} @pointerout=${tip.hide}>${run ? tokens(run, at) : nothing}</div>
      </div>`;
  }

  /** @param {KeyboardEvent} event */
  #keyed = (event) => {
    const count = this.store.run?.ids.length ?? 0;
    const step = { ArrowRight: 1, ArrowLeft: -1, Home: -count, End: count }[event.key];
    if (!step) return;
    event.preventDefault();
    this.move(step);
  };

  /** @param {Event} event */
  #pressed = (event) => {
    const position = positionOf(event);
    if (position !== null) this.store.set({ position });
  };

  /** @param {PointerEvent} event */
  #told = (event) => {
    const position = positionOf(event);
    const { run } = this.store;
    if (position === null || !run) return;
    const bytes = run.bytes[position];
    const title = `Position ${position}, ${kindOf(run, position)}${run.special[position] ? ", special" : ""}`;
    tip.show(event.clientX, event.clientY, title, [
      ["id", String(run.ids[position])],
      ["bytes", cut(bytes, LONGEST.bytes)],
    ]);
  };

  /** @param {number} by */
  move(by) {
    const { run, focus } = this.store;
    if (run) this.store.set({ position: Math.min(run.ids.length - 1, Math.max(0, (focus.position ?? 0) + by)) });
  }

  #atEnd() {
    const { run, focus } = this.store;
    return !run || (focus.position ?? 0) >= run.ids.length - 1;
  }

  #toggle() {
    if (this.#timer || !this.store.run) this.stop();
    else this.#play();
    this.draw();
  }

  #play() {
    if (this.#atEnd()) this.store.set({ position: 0 });
    this.#timer = setInterval(() => {
      if (!this.#atEnd()) return this.move(1);
      this.stop();
      this.draw();
    }, PACE);
  }

  stop() {
    clearInterval(this.#timer);
    this.#timer = 0;
  }

  get list() {
    return /** @type {HTMLElement} */ (this.box.querySelector(".strip"));
  }

  /** Where the tokens do not all fit, the selected one comes into the middle. @param {number} at */
  #centre(at) {
    const list = this.list;
    const chosen = /** @type {HTMLElement | undefined} */ (list.children[at]);
    const where = `${this.#shown} ${at} ${list.scrollWidth} ${list.clientWidth}`;
    if (!chosen || list.scrollWidth <= list.clientWidth || this.#centred === where) return;
    this.#centred = where;
    list.scrollTo({ left: chosen.offsetLeft - list.clientWidth / 2, behavior: reduced() ? "instant" : "smooth" });
  }

  #centred = "";

  /**
   * Arcs from the tokens that the selected position reads; null for none.
   * @param {ArrayLike<number> | null} weights
   */
  arcs(weights) {
    const place = /** @type {HTMLElement} */ (this.box.querySelector(".striparcs"));
    drawArcs(place, [...this.list.children], this.store.focus.position ?? 0, this.store.run && weights);
  }
}

/** @param {Event} event */
function positionOf(event) {
  const found = /** @type {Element} */ (event.target).closest(".tok");
  return found ? Number(found.id.slice("tok".length)) : null;
}

/** @param {Run} run @param {number} at the selected position */
function tokens(run, at) {
  const forced = forcedPositions(run);
  return run.ids.map((id, position) => {
    const names = [
      "tok",
      position >= run.nPrompt ? "gen" : "",
      forced.has(position) ? "forced" : "",
      run.special[position] ? "special" : "",
      position > at ? "after" : "",
    ];
    return html`<span id="tok${position}" class=${names.filter(Boolean).join(" ")} role="option"
      aria-selected=${position === at}
      aria-label="${position}: ${tokenText(id)}">${token(id, { className: "" })}</span>`;
  });
}
