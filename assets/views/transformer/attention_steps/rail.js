// @ts-check
/**
 * All steps at once, each with what comes out of it: the tabs of the view.
 *
 * @import { Cells } from "./cells.js"
 * @import { Head } from "./head.js"
 * @import { Step } from "./story.js"
 */
import { picture } from "../../../kit/cells/canvas.js";
import { line, max, scaleLinear } from "../../../vendor/d3.js";
import { html, ref, svg } from "../../../vendor/lit.js";
import { colours, extremes } from "./cells.js";

const ICON = { width: 84, height: 44 };
/** Rows of an icon that is much wider than high, in pixels. */
const ROW = 2;
const THIN = 14;

/** The step that each rail was last scrolled to. @type {WeakMap<Element, number>} */
const centred = new WeakMap();

/**
 * @param {object} options
 * @param {Head} options.head
 * @param {Step[]} options.steps
 * @param {number} options.at
 * @param {(at: number) => void} options.choose
 */
export function rail({ head, steps, at, choose }) {
  const move = (/** @type {KeyboardEvent} */ event) => {
    const by = { ArrowRight: 1, ArrowLeft: -1, Home: -at, End: steps.length - 1 - at }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    const next = Math.min(steps.length - 1, Math.max(0, at + by));
    choose(next);
    const tabs = /** @type {Element} */ (event.currentTarget).querySelectorAll("button");
    tabs[next].focus({ preventScroll: true });
  };
  return html`
    <div class="rail" role="tablist" aria-label="Steps" @keydown=${move} ${ref((element) => centre(element, at))}>
      ${steps.map(
        (step, index) => html`
          <button type="button" role="tab" aria-selected=${index === at} tabindex=${index === at ? 0 : -1}
            @click=${() => choose(index)}>
            <span class="title"><i>${index + 1}</i> ${step.tab}</span>
            <span class="icon">${step.icon ? matrixIcon(step.icon) : entropyIcon(head)}</span>
          </button>`,
      )}
    </div>`;
}

/**
 * The chosen tab comes into sight where the rail is wider than the page.
 * @param {Element | undefined} element
 * @param {number} at
 */
function centre(element, at) {
  if (!element || centred.get(element) === at) return;
  centred.set(element, at);
  const tab = element.querySelectorAll("button")[at];
  if (element.scrollWidth > element.clientWidth) {
    element.scrollLeft = tab.offsetLeft - element.clientWidth / 2 + tab.offsetWidth / 2;
  }
}

/** @param {Cells} cells */
function matrixIcon(cells) {
  const { rows, columns } = cells;
  const cell = Math.min(ICON.width / columns, ICON.height / rows);
  const wide = columns > 2 * rows;
  return picture({
    rows,
    columns,
    width: wide ? ICON.width : columns * cell,
    height: wide ? Math.min(ICON.height, Math.max(THIN, rows * ROW)) : rows * cell,
    of: cells.of,
    pixels: true,
    colour: colours(cells, extremes(cells).most),
  });
}

/** Entropy of each query's softmax, without the scale and with it. @param {Head} head */
function entropyIcon({ data, count }) {
  const x = scaleLinear([0, Math.max(1, count - 1)], [2, ICON.width - 2]);
  const y = scaleLinear([0, max(data.entropy.a) || 1], [ICON.height - 3, 3]);
  const curve = (/** @type {number} */ row) =>
    line((/** @type {number} */ _, at) => x(at), y)(data.entropy.a.subarray(row * count, (row + 1) * count));
  return svg`
    <svg width=${ICON.width} height=${ICON.height} aria-hidden="true">
      <path class="bare" d=${curve(0)} /><path class="scaled" d=${curve(1)} />
    </svg>`;
}
