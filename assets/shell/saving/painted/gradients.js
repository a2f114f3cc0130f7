// @ts-check
/**
 * A box's linear gradients as SVG draws them: each layer of its own angle, stops, size, place and repetition.
 *
 * @import { Place } from "./boxes"
 */
import { made } from "../drawing.js";
import { parted, pixelsOf } from "./colours.js";
import { stopsOf } from "./stops.js";

const TURNS = { top: 0, right: 90, bottom: 180, left: 270 };
let count = 0;

/**
 * The layers, the last first, since the first lies on top.
 * @param {CSSStyleDeclaration} style
 * @param {Place} place of the padding
 * @param {Element} element
 * @param {(place: Place) => SVGElement} shape of the whole ground
 * @returns {SVGElement[]}
 */
export function layers(style, place, element, shape) {
  const images = parted(style.backgroundImage);
  const of = (/** @type {string} */ list, /** @type {number} */ at) => {
    const all = parted(list);
    return all[at % all.length] ?? "";
  };
  const drawn = images.map((image, at) => {
    const local = of(style.backgroundAttachment, at) === "local";
    const ground = local ? scrolled(element, place) : place;
    const tile = tileOf(of(style.backgroundSize, at), of(style.backgroundPosition, at), ground);
    return layer(image, tile, place, of(style.backgroundRepeat, at), shape);
  });
  return drawn.reverse().flat();
}

/** What is scrolled in a box, as far as it reaches. @param {Element} element @param {Place} place @returns {Place} */
const scrolled = ({ scrollLeft, scrollTop, scrollWidth, scrollHeight }, { x, y, width, height }) => ({
  x: x - scrollLeft,
  y: y - scrollTop,
  width: Math.max(width, scrollWidth),
  height: Math.max(height, scrollHeight),
});

/** @param {string} size @param {string} position @param {Place} ground @returns {Place} */
function tileOf(size, position, ground) {
  const [wide, high] = parted(size, " ");
  const width = wide && wide !== "auto" && /\d/.test(wide) ? pixelsOf(wide, ground.width) : ground.width;
  const height = high && high !== "auto" ? pixelsOf(high, ground.height) : ground.height;
  const [left, top] = parted(position, " ");
  return {
    x: ground.x + pixelsOf(left, ground.width - width),
    y: ground.y + pixelsOf(top, ground.height - height),
    width,
    height,
  };
}

/**
 * @param {string} image
 * @param {Place} tile
 * @param {Place} place
 * @param {string} repeat
 * @param {(place: Place) => SVGElement} shape
 */
function layer(image, tile, place, repeat, shape) {
  const found = image.match(/^(repeating-)?linear-gradient\((.*)\)$/);
  if (!found || !(tile.width > 0 && tile.height > 0)) return [];
  const covers = tile.width >= place.width && tile.height >= place.height;
  count += 1;
  if (covers) return [gradient(found, tile, `ramp${count}`), filled(shape(place), `ramp${count}`)];
  if (repeat === "no-repeat") {
    const part = shared(tile, place);
    return part ? [gradient(found, tile, `ramp${count}`), filled(made("rect", { ...part }), `ramp${count}`)] : [];
  }
  const [across, down] = repeat === "repeat" ? [true, true] : [repeat === "repeat-x", repeat === "repeat-y"];
  const own = { ...tile, x: 0, y: 0 };
  const pattern = made(
    "pattern",
    { id: `tiles${count}`, ...tile, patternUnits: "userSpaceOnUse" },
    gradient(found, own, `ramp${count}`),
    filled(made("rect", own), `ramp${count}`),
  );
  const lane = {
    x: across ? place.x : tile.x,
    y: down ? place.y : tile.y,
    width: across ? place.width : tile.width,
    height: down ? place.height : tile.height,
  };
  const part = shared(lane, place);
  return part ? [pattern, filled(made("rect", { ...part }), `tiles${count}`)] : [];
}

/** @param {SVGElement} shape @param {string} id */
function filled(shape, id) {
  shape.setAttribute("fill", `url(#${id})`);
  return shape;
}

/** What lies in both. @param {Place} one @param {Place} other @returns {Place | null} */
function shared(one, other) {
  const [x, y] = [Math.max(one.x, other.x), Math.max(one.y, other.y)];
  const width = Math.min(one.x + one.width, other.x + other.width) - x;
  const height = Math.min(one.y + one.height, other.y + other.height) - y;
  return width > 0 && height > 0 ? { x, y, width, height } : null;
}

/** @param {RegExpMatchArray} found @param {Place} tile @param {string} id */
function gradient([, repeating, inside], tile, id) {
  const parts = parted(inside);
  const { angle, space } = headOf(parts[0]);
  const turn = (angle * Math.PI) / 180;
  const [over, up] = [Math.sin(turn), -Math.cos(turn)];
  const length = Math.abs(tile.width * over) + Math.abs(tile.height * up);
  const stops = stopsOf(headed(parts[0]) ? parts.slice(1) : parts, length, space);
  const [first, last] = repeating ? [stops[0].at, stops[stops.length - 1].at] : [0, length];
  const from = (/** @type {number} */ at) => ({
    x: tile.x + tile.width / 2 + over * (at - length / 2),
    y: tile.y + tile.height / 2 + up * (at - length / 2),
  });
  const [start, end] = [from(first), from(last)];
  return made(
    "linearGradient",
    {
      id,
      gradientUnits: "userSpaceOnUse",
      ...{ x1: start.x, y1: start.y, x2: end.x, y2: end.y },
      spreadMethod: repeating ? "repeat" : undefined,
    },
    ...stops.map(({ colour, alpha, at }) =>
      made("stop", {
        offset: (at - first) / Math.max(last - first, 1e-6),
        "stop-color": colour,
        "stop-opacity": alpha < 1 ? alpha : undefined,
      }),
    ),
  );
}

/** Whether it says an angle, or the space that colours are mixed in. @param {string} part */
const headed = (part) => /^(?:-?[\d.]+(?:deg|turn|rad)|to |in )/.test(part);

/** @param {string} part */
function headOf(part) {
  if (!headed(part)) return { angle: 180, space: "" };
  const space = part.match(/\bin ([a-z-]+)/)?.[1] ?? "";
  const side = part.match(/^to ([a-z]+)/)?.[1];
  const angle = side ? TURNS[/** @type {keyof typeof TURNS} */ (side)] : Number.parseFloat(part);
  return { angle: Number.isFinite(angle) ? angle : 180, space };
}
