// @ts-check
/** What one presses and slides above a picture: a choice, a slider, a number, and the one kind of Play. */
import { html, nothing, ref } from "../../vendor/lit.js";

/**
 * One of a few, side by side.
 * @template {string | number} Key
 * @param {object} options
 * @param {string} options.label
 * @param {readonly (readonly [key: Key, name: string, title?: string])[]} options.choices
 * @param {Key | undefined} options.chosen
 * @param {(key: Key) => void} options.choose
 */
export function segmented({ label, choices, chosen, choose }) {
  return html`
    <div class="seg" role="group" aria-label=${label}>
      ${choices.map(
        ([key, name, title]) => html`
          <button type="button" data-k=${key} title=${title ?? nothing} aria-pressed=${key === chosen}
            @click=${() => choose(key)}>
            ${name}
          </button>`,
      )}
    </div>`;
}

/**
 * A slider with its name and value. While it is held it says what it would set; `choose` is called when it is let go,
 * `move` at each step.
 * @param {{ label: string, value: number, least: number, most: number, step?: number, title?: string, note?: string,
 *   format?: (value: number) => string, choose?: (value: number) => void, move?: (value: number) => void }} options
 */
export function slider({ label, value, least, most, step = 1, title, note, format = String, choose, move }) {
  const read = (/** @type {Event} */ event) => Number(/** @type {HTMLInputElement} */ (event.target).value);
  const held = (/** @type {Event} */ event) => {
    const said = /** @type {HTMLElement} */ (event.target).closest("label")?.querySelector("output");
    if (said) said.textContent = format(read(event));
    move?.(read(event));
  };
  return html`
    <label class="slide" title=${title ?? nothing}>
      <span>${label}</span>
      <input type="range" min=${least} max=${most} step=${step} .value=${String(value)} aria-label=${label}
        aria-valuetext=${format(value)} ?disabled=${most <= least}
        @input=${held} @change=${(/** @type {Event} */ event) => choose?.(read(event))} />
      <output .textContent=${format(value)}></output>
      ${note ? html`<small>${note}</small>` : nothing}
    </label>`;
}

/** Milliseconds after the last key until what is typed is taken. */
const PAUSE = 250;
/** @type {WeakMap<EventTarget, number>} */
const typing = new WeakMap();

/**
 * A number to type, a whole one where nothing is said of its step. A view that says itself what is wrong with it
 * takes all that is `written`, whatever it is.
 * @param {{ label: string, value: number | string, least: number, most: number, step?: number | "any",
 *   title?: string, choose?: (value: number) => void, written?: (text: string) => void }} options
 */
export function number({ label, value, least, most, step = 1, title, choose, written }) {
  const typed = (/** @type {Event} */ event) => {
    const input = /** @type {HTMLInputElement} */ (event.target);
    if (written) return;
    if (input.validity.valid && input.value !== "") choose?.(input.valueAsNumber);
    else input.value = String(value);
  };
  const keyed = (/** @type {Event} */ event) => {
    const input = /** @type {HTMLInputElement} */ (event.target);
    clearTimeout(typing.get(input));
    if (written)
      typing.set(
        input,
        setTimeout(() => written(input.value), PAUSE),
      );
  };
  return html`
    <label class="mini" title=${title ?? nothing}>
      <span>${label}</span>
      <input type="number" min=${least} max=${most} step=${step} .value=${String(value)}
        @change=${typed} @input=${keyed} />
    </label>`;
}

/** What plays in each group of buttons. @type {WeakMap<Element, { timer: number, pace: number, tick: () => void }>} */
const playing = new WeakMap();
const PACE = 1100;

/**
 * Back, Play and on through so many steps. Whether it plays is kept by the view, as `playing`.
 * @param {{ ctx: { kept: { playing?: boolean }, keep: (change: { playing: boolean }) => void }, at: number,
 *   count: number, choose: (at: number) => void, label: string, noun?: string, pace?: number }} options
 */
export function player({ ctx, at, count, choose, label, noun = "step", pace = PACE }) {
  const last = count - 1;
  const on = Boolean(ctx.kept.playing);
  const move = (/** @type {number} */ by) => {
    ctx.keep({ playing: false });
    choose(Math.max(0, Math.min(last, at + by)));
  };
  const toggle = () => {
    ctx.keep({ playing: !on });
    if (!on && at >= last) choose(0);
  };
  const tick = () => (at >= last ? ctx.keep({ playing: false }) : choose(at + 1));
  return html`
    <div class="stepper" role="group" aria-label=${label} ${ref((element) => keepPlaying(element, on, tick, pace))}>
      <button class="btn icon" type="button" aria-label="One ${noun} back" ?disabled=${at <= 0}
        @click=${() => move(-1)}>◀</button>
      <button class="btn icon play" type="button" aria-pressed=${on} @click=${toggle}>${on ? "Pause" : "Play"}</button>
      <button class="btn icon" type="button" aria-label="One ${noun} on" ?disabled=${at >= last}
        @click=${() => move(1)}>▶</button>
    </div>`;
}

/**
 * @param {Element | undefined} element
 * @param {boolean} on
 * @param {() => void} tick of the newest drawing
 * @param {number} pace milliseconds to the next step
 */
function keepPlaying(element, on, tick, pace) {
  if (!element) return;
  const found = playing.get(element);
  if (found && on && found.pace === pace) {
    found.tick = tick;
  } else if (on) {
    clearInterval(found?.timer);
    const made = { tick, pace, timer: 0 };
    made.timer = setInterval(() => (element.isConnected ? made.tick() : clearInterval(made.timer)), pace);
    playing.set(element, made);
  } else if (found) {
    clearInterval(found.timer);
    playing.delete(element);
  }
}
