// @ts-check
/**
 * Passes of many sizes under what memory and arithmetic allow, as both were measured.
 *
 * @import { RoofedPass, RoofPicture } from "../../../types/inference"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 */
import { counted, percent } from "../../../kit/numbers/format.js";
import { machineLimits, machineSource } from "../../../kit/numbers/machine.js";
import { figures, timed } from "../../../kit/numbers/magnitude.js";
import { table } from "../../../kit/numbers/table.js";
import { html, nothing } from "../../../vendor/lit.js";
import { bytesASecond, computed, flopsASecond, half, moved, working } from "./passes.js";
import { named, ordered, timeByTokens, underRoof } from "./roof_charts.js";

/** @type {Record<RoofedPass["decides"], string>} */
const LIMITS = {
  memory: "memory sets its time",
  arithmetic: "arithmetic sets its time",
  neither: "neither limit explains half of its time",
};
/** Below so many pixels the table has only the columns that are needed most. */
const ROOM = 460;

/** @type {View<RoofPicture>} */
export function roof(data, ctx) {
  const pass = chosenPass(data, ctx);
  const choose = (/** @type {RoofedPass | undefined} */ each) => each && ctx.control("pass", nameOf(each));
  return html`
    <div class="bar"><p class="readout">${said(data)}</p></div>
    <div class="side-by-side">
      <div>
        <h3 class="sub3">Speed by intensity <small>GFLOP/s by FLOPs a byte, log scales</small></h3>
        ${underRoof(data, { pass, choose, narrow: ctx.width < ROOM })}
      </div>
      <div>
        <h3 class="sub3">Time a token by tokens a pass <small>ms, log scales; pale: the least that the roof
            allows</small></h3>
        ${timeByTokens(data, { pass, choose })}
      </div>
    </div>
    <div class="below">
      ${sizes(data, { pass, choose, narrow: ctx.width < ROOM })}
      <div>
        <h3 class="sub3">${capital(named(pass))}: ${LIMITS[pass.decides]}</h3>
        ${working(data, pass)}
        <p class="hint">${told(data, pass)}</p>
        <p class="hint">${inThePhases(data, ctx)}</p>
      </div>
    </div>`;
}

/**
 * Each size that was measured.
 * @param {RoofPicture} data
 * @returns {Row[]}
 */
export function rows(data) {
  return ordered(data).map((pass) => {
    const { phase, tokens, past, batch, flops, bytes, intensity, ms, low, high, least, bound, decides } = pass;
    const speed = { flops_a_second: flopsASecond(pass), bytes_a_second: bytesASecond(pass) };
    const times = { ms, low_ms: low, high_ms: high, least_ms: least };
    return {
      pass: named(pass),
      phase,
      tokens,
      past,
      batch,
      flops,
      bytes,
      flops_a_byte: intensity,
      ...times,
      ...speed,
      lower_roof: bound,
      decides,
    };
  });
}

/** How the link calls a pass. @param {RoofedPass} pass */
const nameOf = ({ phase, tokens }) => `${phase}-${tokens}`;

/**
 * @param {RoofPicture} data
 * @param {ViewContext} ctx
 */
function chosenPass(data, ctx) {
  const wanted = String(ctx.controls.pass ?? `prefill-${data.n_prompt}`);
  const all = ordered(data);
  return (
    all.find((pass) => nameOf(pass) === wanted) ?? all.find(({ phase }) => phase === "decode") ?? all[all.length - 1]
  );
}

/** @param {string} text */
const capital = (text) => text[0].toUpperCase() + text.slice(1);

/** @param {RoofPicture} data */
function said(data) {
  const { machine, passes, n_prompt, rounds, of_rounds } = data;
  const step = passes.find(({ phase }) => phase === "decode");
  const prompt = passes.find((pass) => pass.phase === "prefill" && pass.new === n_prompt);
  const both =
    step && prompt
      ? html` One decode step computes <b>${figures(step.intensity)} FLOPs a byte</b>, this prompt’s prefill
          <b>${figures(prompt.intensity)}</b>.`
      : nothing;
  const so_far =
    rounds < of_rounds ? ` ${counted(passes.length, "size")} and ${rounds} of ${of_rounds} rounds so far.` : "";
  return html`${machineLimits(machine)}${both}${so_far} ${machineSource(machine)}${above(data)}`;
}

/** Passes that are faster than the roof say that it is too low. @param {RoofPicture} data */
function above({ passes }) {
  const faster = passes.filter(({ least, ms }) => ms < least).length;
  return faster
    ? html` <span data-above=${faster}>${counted(faster, "pass", "passes")} ran faster than this roof: other
        work slowed the machine while the roof was measured, or a cache held the weights.</span>`
    : nothing;
}

/**
 * @param {RoofPicture} data
 * @param {{ pass: RoofedPass, choose: (pass: RoofedPass) => void, narrow: boolean }} options
 */
function sizes(data, { pass, choose, narrow }) {
  const here = (/** @type {RoofedPass} */ each) => each.phase === "prefill" && each.new === data.n_prompt;
  const number = true;
  const columns = [
    {
      name: "Pass",
      cell: (/** @type {RoofedPass} */ each) =>
        html`${named(each)}${here(each) ? html`<small>this prompt</small>` : nothing}`,
    },
    { name: "intensity", cell: (/** @type {RoofedPass} */ each) => figures(each.intensity), number, wide: true },
    {
      name: "time",
      title: "median of the rounds; below it their middle half",
      cell: (/** @type {RoofedPass} */ each) => html`${timed(each.ms)}<small>${half(each)}</small>`,
      number,
    },
    { name: "a token", cell: (/** @type {RoofedPass} */ each) => timed(each.ms / each.tokens), number, wide: true },
    {
      name: "of the roof",
      title: "the least time that the roof allows, as a share of the median",
      cell: (/** @type {RoofedPass} */ { least, ms }) => percent(least / ms, 0),
      number,
    },
    {
      name: "limit",
      title: "the limit that explains at least half of the time",
      cell: (/** @type {RoofedPass} */ { decides }) => decides,
      wide: true,
    },
  ];
  return table({
    label: "Passes of many sizes",
    columns: columns.filter(({ wide }) => !(wide && narrow)),
    rows: ordered(data),
    selected: (each) => each === pass,
    select: choose,
    className: "sizes",
  });
}

/**
 * @param {RoofPicture} data
 * @param {RoofedPass} pass
 */
function told({ of_rounds }, pass) {
  const speed = `${computed(flopsASecond(pass))} and ${moved(bytesASecond(pass))}`;
  return (
    `The roof allows ${timed(pass.least)}. The pass took ${timed(pass.ms)} (middle half ${half(pass)}): ${speed}, ` +
    `${percent(pass.least / pass.ms, 0)} of the roof. Times are medians of ${of_rounds} rounds in which the sizes ` +
    "took turns. A step of several reads one token for each of several copies of this prompt."
  );
}

/**
 * The same pass in the first view: another moment of the same machine.
 * @param {RoofPicture} data
 * @param {ViewContext} ctx
 */
function inThePhases({ passes, n_prompt }, ctx) {
  const other = /** @type {import("../../../types/inference").PhasesPicture | undefined} */ (ctx.payload("phases"))
    ?.passes[0];
  const own = passes.find((pass) => pass.phase === "prefill" && pass.new === n_prompt);
  if (!other || !own || other.tokens !== n_prompt) return nothing;
  const there = html`This prompt’s prefill took <b>${timed(own.ms)}</b> (${half(own)}) here and
    <b>${timed(other.ms)}</b> (${half(other)}) in the first view`;
  const agree = own.low <= other.high && other.low <= own.high;
  return html`<span data-agree=${String(agree)}>${there}. Both run the same pass with the same kernel at two
    moments: ${agree ? "the middle halves overlap" : "other work slowed the machine in one of them"}.</span>`;
}
