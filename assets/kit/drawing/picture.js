// @ts-check
/**
 * A picture: marks over two scales, with axes, a name, and the keys that walk it.
 *
 * `items` are marks that tell of themselves: the pointer and the keyboard find them, a screen reader says their name,
 * one of them is chosen. Arrow keys lead from one to the next; where a picture says `walk`, they choose one of so many
 * places instead, and it has the focus as a whole.
 *
 * @import { Items, Mark, Picture, Plane, Scale, Span, Told } from "./mark"
 */
import { scaleLinear } from "../../vendor/d3_first.js";
import { nothing, svg } from "../../vendor/lit.js";
import { pressing, rove, stepping } from "../controls/roving.js";
import { spoken, tip, tooltip } from "../tooltip.js";
import { bottomAxis, leftAxis } from "./axis.js";
import { ends, given } from "./marks.js";

/** @param {Picture} options */
export function picture(options) {
  const { label, width, height, bottom, left, marks, className = "", walk } = options;
  const plane = planeOf(options);
  const [across, down] = [plane.right - plane.left, plane.bottom - plane.top];
  const content = drawn(marks, plane);
  const role = walk ? "application" : !plane.first() ? "group" : label ? "img" : nothing;
  return svg`
    <svg class="fig ${className}" viewBox="0 0 ${width} ${height}" height=${height} preserveAspectRatio="xMinYMin"
      role=${role} aria-label=${label ?? nothing} aria-hidden=${label ? nothing : "true"}
      tabindex=${walk ? 0 : nothing} data-rove=${role === "group" ? "" : nothing}
      @keydown=${walk ? stepping(walk) : rove}>
      ${left ? leftAxis({ ...left, scale: plane.y, x: plane.left, grid: left.grid === false ? 0 : across }) : nothing}
      ${bottom ? bottomAxis({ ...bottom, scale: plane.x, y: plane.bottom, grid: bottom.grid ? down : 0 }) : nothing}
      ${content}
    </svg>`;
}

/** @param {Picture} options @returns {Plane} */
function planeOf({ width, height, margin = {}, x, y, walk }) {
  const [left, right] = [margin.left ?? 0, width - (margin.right ?? 0)];
  const [top, bottom] = [margin.top ?? 0, height - (margin.bottom ?? 0)];
  let asked = false;
  return {
    ...{ left, right, top, bottom, width, height },
    x: onto(x, [left, right]),
    y: onto(y, [bottom, top]),
    walked: Boolean(walk),
    first() {
      const is = !asked;
      asked = true;
      return is;
    },
  };
}

/**
 * A place is so many pixels where no scale is given.
 * @param {Picture["x"]} scale
 * @param {[number, number]} pixels
 * @returns {Scale}
 */
function onto(scale, pixels) {
  if (!scale) return scaleLinear([0, 1], [0, 1]);
  if (typeof scale !== "function") return scaleLinear(scale, pixels);
  const made = scale.copy();
  made.range(pixels);
  return made;
}

/** @param {Mark} mark @param {Plane} plane @returns {unknown} */
function drawn(mark, plane) {
  if (Array.isArray(mark)) return mark.map((each) => drawn(each, plane));
  return typeof mark === "function" ? drawn(mark(plane), plane) : mark || nothing;
}

/**
 * Marks that tell of themselves, each in a group of its own.
 * @template Datum
 * @param {Items<Datum>} options
 * @returns {Mark}
 */
export function items({ data, marks, told, press, chosen, hit, className = "", key }) {
  const all = Array.from(data);
  return (plane) => {
    const reached = !plane.walked && all.length && plane.first();
    const focused = reached ? Math.max(0, chosen ? all.findIndex(chosen) : 0) : -1;
    return all.map((datum, at) => {
      const { title, lines, name } = told(datum, at);
      const bubble = tooltip(title, lines);
      const on = Boolean(chosen?.(datum, at));
      const go = press && (() => press(datum, at));
      const keyboard = !plane.walked;
      const content = drawn(marks(datum, at), plane);
      return svg`
        <g class="item ${given(className, datum, at)} ${on ? "chosen" : ""} ${hit ? "" : "bare"}"
          data-key=${key?.(datum, at) ?? nothing}
          role=${keyboard ? (go ? "button" : "img") : nothing}
          tabindex=${keyboard ? (at === focused ? 0 : -1) : nothing}
          aria-label=${keyboard ? (name ?? spoken({ written: [title], lines })) : nothing}
          aria-pressed=${keyboard && go && chosen ? on : nothing}
          @click=${go ?? nothing} @keydown=${go ? pressing(go) : nothing} @pointermove=${bubble.show}
          @pointerleave=${bubble.hide} @focus=${bubble.beside} @blur=${bubble.hide}>
          ${hit ? found(hit(datum, at), plane) : nothing}
          ${content}
        </g>`;
    });
  };
}

/**
 * Where the pointer finds an item.
 * @param {{ x?: Span, y?: Span, thick?: number }} hit
 * @param {Plane} plane
 */
function found({ x, y, thick = 0 }, plane) {
  const [left, right] = x === undefined ? [0, plane.width] : ends(plane.x, x, thick);
  const [top, bottom] = y === undefined ? [0, plane.height] : ends(plane.y, y, thick);
  return svg`<rect class="hit" x=${left} y=${top} width=${right - left} height=${bottom - top} rx="3" />`;
}

/**
 * The whole plane, read by the pointer: `at` brings the value of the x axis under it to one that there is.
 * @param {{ told: (value: number) => Told, at: (value: number) => number, press?: (value: number) => void }} options
 * @returns {Mark}
 */
export const sweep =
  ({ told, at, press }) =>
  ({ x, left, right, top, bottom }) => {
    const under = (/** @type {MouseEvent} */ event) => {
      const rect = /** @type {SVGGraphicsElement} */ (event.currentTarget);
      const place = new DOMPoint(event.clientX, event.clientY).matrixTransform(rect.getScreenCTM()?.inverse());
      return at(x.invert(place.x));
    };
    const tell = (/** @type {PointerEvent} */ event) => {
      const { title, lines } = told(under(event));
      tip.show(event.clientX, event.clientY, title, lines);
    };
    return svg`
      <rect class="sweep ${press ? "pressed" : ""}" x=${left} y=${top} width=${right - left} height=${bottom - top}
        @pointermove=${tell} @pointerleave=${tip.hide}
        @click=${press ? (/** @type {MouseEvent} */ event) => press(under(event)) : nothing} />`;
  };
