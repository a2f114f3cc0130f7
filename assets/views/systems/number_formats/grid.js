// @ts-check
/**
 * Every number that each format has, on one scale, and where a dragged number falls in each.
 *
 * @import { FormatGrid, NumberGrid } from "../../../types/systems"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 */
import { control } from "../../../kit/controls/declared.js";
import { derivation } from "../../../kit/numbers/derivation.js";
import { counted, decimal, percent, whole } from "../../../kit/numbers/format.js";
import { html, nothing } from "../../../vendor/lit.js";
import { bitBoxes, bitLegend } from "./bits.js";
import { isFloating, misread } from "./floating.js";
import { written } from "./numbers.js";
import { formatLine, handle, scaleOf } from "./scale.js";
import { workedOut } from "./worked.js";

/** Bits a weight of what is shown. @type {Record<string, { least: number, most: number }>} */
const SHOWN = {
  few: { least: 0, most: 3.9 },
  four: { least: 3.9, most: 5 },
  eight: { least: 5, most: 9 },
  sixteen: { least: 9, most: 99 },
  all: { least: 0, most: 99 },
};
/** Where one stands at first, as a share of the way. */
const START = { linear: 0.68, log: 0.75 };
/** Errors of two formats that differ by less are of one size: float32 is no finer. */
const SAME = 1e-7;
/** So many formats are named in a sentence. */
const NAMED = 3;
const AND = new Intl.ListFormat("en-GB");

/** @type {View<NumberGrid>} */
export function grid(data, ctx) {
  const shown = SHOWN[String(ctx.controls.show)];
  const formats = data.formats.filter(({ bits }) => bits >= shown.least && bits < shown.most);
  const place = placeOf(data, ctx);
  const scale = scaleOf(data, ctx.width);
  const move = (/** @type {number} */ at) => ctx.control("at", at);
  const open = formats.find(({ name }) => name === ctx.controls.format) ?? formats[0];
  return html`
    <div class="bar">${["show", "scale", "largest"].map((name) => control(ctx, name))}</div>
    <p class="readout">${said(data, formats, place)}</p>
    ${handle(data, scale, { place, move })}
    <div class="lines">
      ${formats.map((format) => line(data, format, { place, scale, move, open: format === open, ctx }))}
    </div>
    ${bitLegend([...new Set(formats.flatMap(({ fields }) => fields.map(({ kind }) => kind)))])}
    ${open ? workedExample(data, open, place) : nothing}
    <p class="hint">${method(data)}</p>`;
}

/**
 * Each format at the number that is chosen.
 * @param {NumberGrid} data
 * @param {ViewContext} ctx
 * @returns {Row[]}
 */
export function rows(data, ctx) {
  const place = placeOf(data, ctx);
  return data.formats.map(({ name, bits, group, step, low, count, codes, values }) => ({
    format: name,
    bits,
    group,
    largest: data.largest,
    step,
    low,
    numbers: count,
    number: data.numbers.a[place],
    code: codes.a[place],
    value: values.a[place],
    error: values.a[place] - data.numbers.a[place],
  }));
}

/** @param {NumberGrid} data */
export function checks(data) {
  const places = data.numbers.a.length * data.formats.filter(isFloating).length;
  return [
    {
      statement: `${whole(places)} codes: the drawn bits, read by the formula = the stack’s values`,
      error: misread(data),
      tolerance: 1e-6,
      word: "relative error",
    },
  ];
}

/** The place that the link says, or where one begins. @param {NumberGrid} data @param {ViewContext} ctx */
function placeOf(data, ctx) {
  const last = data.numbers.a.length - 1;
  const start = START[data.logarithmic ? "log" : "linear"] * last;
  return Math.round(Math.min(last, Number(ctx.controls.at ?? start)));
}

/** Formats as a subject, with the verb. @param {FormatGrid[]} some */
function named(some) {
  const names = some.slice(0, NAMED).map(({ title }) => title);
  const left = some.length - names.length;
  const who = AND.format(left ? [...names, counted(left, "other format")] : names);
  return `${who} ${some.length > 1 ? "round" : "rounds"}`;
}

/**
 * @param {NumberGrid} data
 * @param {FormatGrid[]} formats
 * @param {number} place
 */
export function said(data, formats, place) {
  const number = data.numbers.a[place];
  const off = (/** @type {FormatGrid} */ { values }) => Math.abs(values.a[place] - number);
  if (formats.length < 2) return html`<b>${written(number)}</b>: the page has no format of so many bits.`;
  const errors = formats.map(off);
  const [least, most] = [Math.min(...errors), Math.max(...errors)];
  const off_by = (/** @type {number} */ error) => formats.filter((format) => Math.abs(off(format) - error) < SAME);
  const [best, worst] = [off_by(least), off_by(most)];
  const to = (/** @type {FormatGrid[]} */ some) =>
    html`<b>${[...new Set(some.map(({ values }) => written(values.a[place])))].join(" or ")}</b>`;
  const past =
    Math.abs(number) > data.largest + 1e-9 ? " The number is larger than the largest weight of the group." : "";
  if (best.length === formats.length)
    return html`All ${formats.length} formats round <b>${written(number)}</b> to ${to(best)}.${past}`;
  return html`${named(best)} <b>${written(number)}</b> best, to ${to(best)}. ${named(worst)} it worst, to
    ${to(worst)}.${past}`;
}

/**
 * @param {NumberGrid} data
 * @param {FormatGrid} format
 * @param {{ place: number, scale: import("./scale.js").Scale, move: (at: number) => void, open: boolean,
 *   ctx: ViewContext }} options
 */
function line(data, format, { place, scale, move, open, ctx }) {
  const number = data.numbers.a[place];
  const value = format.values.a[place];
  const error = value - number;
  const relative = number ? ` (${percent(Math.abs(error / number))})` : "";
  return html`
    <section class="format ${open ? "open" : ""}" data-format=${format.name}>
      <header>
        <button class="pick" type="button" aria-pressed=${open} title="Show how this code is made"
          @click=${() => ctx.control("format", format.name)}>${format.title}</button>
        <span class="code">${bitBoxes(format.fields, format.codes.a[place])}</span>
        <span class="value"><b>${written(value)}</b> <small>off by ${written(Math.abs(error))}${relative}</small></span>
      </header>
      ${formatLine(data, format, scale, { place, move })}
    </section>`;
}

/** @param {NumberGrid} data @param {FormatGrid} format @param {number} place */
function workedExample(data, format, place) {
  return html`
    <h3 class="sub3">${format.title}, worked out <small>${format.source}</small></h3>
    ${derivation(workedOut(format, data.numbers.a[place], place))}`;
}

/** @param {NumberGrid} data */
function method({ largest, vectors, smallest }) {
  const none = vectors.length
    ? ` ${vectors.map((title) => `“${title}”`).join(", ")} ${vectors.length === 1 ? "has" : "have"} no ` +
      "line, because eight weights share one code there."
    : "";
  return (
    `Each format fits its scales to a group of weights in sixteen even steps from −${decimal(largest)} to ` +
    `${decimal(largest)}, and rounds every number with these scales. The logarithmic scale begins at ` +
    `${written(smallest)}. Drag on a line, or use the arrow keys on the handle.${none}`
  );
}
