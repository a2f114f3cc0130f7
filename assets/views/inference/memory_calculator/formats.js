// @ts-check
/**
 * One model in every format of its weights, part by part, against the memory of a card.
 *
 * @import { FormatOnCard, MemoryFormats } from "../../../types/inference"
 *
 * @typedef {Pick<MemoryFormats, "asked" | "name" | "capacity" | "formats">} OnCard
 *
 * @typedef {{ name: string, brief: string, bytes: number, kind: "weights" | "keys-values" | "overhead" }} Part
 * @typedef {{ format: FormatOnCard, parts: Part[], total: number, y: number, step: number, on: boolean,
 *   named: boolean, choose: (format: string) => void }} Bar
 * @typedef {{ x: (bytes: number) => number, width: number, narrow: boolean, limit: number, room: number }} Frame
 */

import { pressing, rove } from "../../../kit/controls/roving.js";
import { textWidth } from "../../../kit/drawing/measure.js";
import { percent } from "../../../kit/numbers/format.js";
import { memory } from "../../../kit/numbers/magnitude.js";
import { spoken, tooltip } from "../../../kit/tooltip.js";
import { cumsum, max, scaleLinear, sum } from "../../../vendor/d3.js";
import { nothing, svg } from "../../../vendor/lit.js";

/** The parts of the weights in the order that they are passed, with a name for where there is little room. */
const PARTS = [
  { key: "embedding", name: "embedding", brief: "embed" },
  { key: "positions", name: "positions", brief: "pos" },
  { key: "attention", name: "attention", brief: "attn" },
  { key: "feed_forward", name: "MLP", brief: "MLP" },
  { key: "router", name: "router", brief: "router" },
  { key: "norms", name: "norms", brief: "norms" },
  { key: "unembedding", name: "unembedding", brief: "unembed" },
  { key: "cache", name: "keys and values", brief: "cache" },
  { key: "activations", name: "activations", brief: "act" },
  { key: "overhead", name: "overhead", brief: "over" },
];
/** @type {Record<string, Part["kind"]>} */
const KINDS = { cache: "keys-values", activations: "overhead", overhead: "overhead" };
/** Below this width names stand above the bars. */
const NARROW = 560;
const BAR = 24;
const TOP = 26;
const STEP = { wide: 34, narrow: 48 };
/** Pixels for the names of formats. */
const NAMES = 190;

/**
 * @param {{ data: OnCard, width: number, choose: (format: string) => void }} options
 */
export function formats({ data, width, choose }) {
  const { capacity: room, asked } = data;
  const lines = data.formats.map((format) => ({ format, parts: partsOf(format) }));
  const totals = lines.map(({ parts }) => sum(parts, ({ bytes }) => bytes));
  const longest = max(totals) ?? 0;
  const frame = frameOf(width, Math.max(room, longest), room);
  const step = frame.narrow ? STEP.narrow : STEP.wide;
  const height = TOP + lines.length * step + 4;
  /** @type {(format: FormatOnCard, parts: Part[], at: number) => Bar} */
  const barOf = (format, parts, at) => {
    const on = format.name === asked.weights;
    const named = on || totals[at] === longest; // the one that is chosen, and the one with most room for names
    return { format, parts, total: totals[at], y: TOP + at * step, step, on, named, choose };
  };
  const bars = lines.map(({ format, parts }, at) => barOf(format, parts, at));
  return svg`
    <svg class="fig formats" preserveAspectRatio="xMinYMin" viewBox="0 0 ${width} ${height}" height=${height}
      role="group"
      aria-label="${data.name}: its parts in every format, against ${memory(room)}" data-rove @keydown=${rove}>
      ${bars.map((bar) => formatBar(bar, frame))}
      ${limitLine(frame, height)}
      ${bars.map((bar) => totalOf(bar, frame))}
    </svg>`;
}

/**
 * @param {number} width
 * @param {number} most bytes
 * @param {number} room bytes of memory
 * @returns {Frame}
 */
function frameOf(width, most, room) {
  const narrow = width < NARROW;
  const x = scaleLinear([0, 1.02 * most], narrow ? [0, width - 4] : [NAMES, width - 170]);
  return { x, width, narrow, limit: x(room), room };
}

/**
 * @param {FormatOnCard} format
 * @returns {Part[]}
 */
function partsOf({ parts }) {
  const all = PARTS.map(({ key, name, brief }) => ({
    name,
    brief,
    bytes: parts[key] ?? 0,
    kind: KINDS[key] ?? "weights",
  }));
  return all.filter(({ bytes }) => bytes > 0);
}

/**
 * @param {Bar} bar
 * @param {Frame} frame
 */
function formatBar({ format, parts, total, y, step, on, named, choose }, frame) {
  const { x, width, narrow, room } = frame;
  const words = inWords(total, room);
  const press = () => choose(format.name);
  const ends = cumsum(parts, ({ bytes }) => bytes);
  const { top, text } = heights(y, narrow);
  /** @type {[string, string][]} */
  const details = parts.map(({ name, bytes }) => [name, memory(bytes)]);
  const called = spoken({ written: ["Weights in", format.title, words], lines: details });
  const tip = tooltip(`${format.title} weights: ${words}`, details);
  return svg`
    <g class="format ${on ? "selected" : ""}" data-format=${format.name} role="button" tabindex=${on ? 0 : -1}
      aria-pressed=${on} aria-label=${called}
      @click=${press} @keydown=${pressing(press)} @focus=${tip.beside} @blur=${tip.hide}>
      <rect class="hit" x="0" y=${y} width=${width} height=${step - 4} rx="3" />
      <text x="0" y=${text} class="name">${format.title}</text>
      ${parts.map((part, at) => partOfBar({ part, total, from: x(ends[at] - part.bytes), to: x(ends[at]), top }))}
    </g>
    ${
      named
        ? svg`<g class="part-names ${on ? "" : "pale"}">${parts.map((part, at) =>
            partName(part, x(ends[at] - part.bytes), x(ends[at]), top + 16, frame.limit),
          )}</g>`
        : nothing
    }`;
}

/**
 * Where a bar's rectangles begin, and where its words stand.
 * @param {number} y
 * @param {boolean} narrow
 */
function heights(y, narrow) {
  const top = y + (narrow ? 20 : 6);
  return { top, text: narrow ? top - 6 : top + 16 };
}

/**
 * @param {number} total bytes
 * @param {number} room bytes
 */
function inWords(total, room) {
  return `${memory(total)}, ${total <= room ? "fits" : `${memory(total - room)} too much`}`;
}

/**
 * What all parts take, over the line of the memory.
 * @param {Bar} bar
 * @param {Frame} frame
 */
function totalOf({ total, y, on }, { x, width, narrow, room }) {
  return svg`
    <text class="total haloed ${on ? "chosen" : ""}" x=${narrow ? width : x(total) + 8}
      y=${heights(y, narrow).text} text-anchor=${narrow ? "end" : "start"}>${inWords(total, room)}</text>`;
}

/**
 * @param {{ part: Part, total: number, from: number, to: number, top: number }} place
 */
function partOfBar({ part, total, from, to, top }) {
  const tip = tooltip(part.name, [
    ["bytes", memory(part.bytes)],
    ["of all", percent(part.bytes / total)],
  ]);
  const gap = to - from > 3 ? 1 : 0;
  return svg`
    <rect class=${part.kind} x=${from} y=${top} width=${Math.max(0.75, to - from - gap)} height=${BAR} rx="1"
          @pointermove=${tip.show} @pointerleave=${tip.hide} />`;
}

/**
 * The longer name that fits, where the line of the memory does not cross it; else none.
 * @param {Part} part
 * @param {number} from
 * @param {number} to
 * @param {number} y
 * @param {number} limit
 */
function partName({ name, brief, kind }, from, to, y, limit) {
  const starts = limit > from && limit < to ? [from, limit] : [from];
  const places = [name, brief].flatMap((text) =>
    starts.map((start) => ({ text, start, end: start + 10 + textWidth(text) })),
  );
  const place = places.find(({ start, end }) => end <= to && (limit <= start || limit >= end));
  return place ? svg`<text class="part ${kind}" x=${place.start + 6} y=${y}>${place.text}</text>` : nothing;
}

/**
 * @param {Frame} frame
 * @param {number} height
 */
function limitLine({ limit, room, width }, height) {
  const name = `${memory(room)} of memory`;
  const turned = limit + 8 + textWidth(name) > width;
  return svg`
    <line class="limit" x1=${limit} x2=${limit} y1="18" y2=${height} />
    <text class="ink" x=${limit + (turned ? -6 : 6)} y="14" text-anchor=${turned ? "end" : "start"}>${name}</text>`;
}
