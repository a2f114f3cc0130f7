// @ts-check
/**
 * Passes of many sizes under what memory and arithmetic allow, as both were measured.
 *
 * @import { RoofedPass, RoofPicture } from "../../../types"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 */
import { counted } from "../../../kit/format.js";
import { figures, timed } from "../../../kit/magnitude.js";
import { table } from "../../../kit/table.js";
import { html, nothing } from "../../../vendor/lit.js";
import { bytesASecond, computed, flopsASecond, half, moved, working } from "./passes.js";
import { named, ordered, timeByTokens, underRoof } from "./roof_charts.js";

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
        <h3 class="sub3">${capital(named(pass))}: ${pass.bound} decides</h3>
        ${working(data, pass)}
        <p class="hint">${told(data, pass)}</p>
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
    const { phase, tokens, past, batch, flops, bytes, intensity, ms, low, high, least, bound } = pass;
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
      bound,
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
  const { flops, bandwidth, ridge, passes, n_prompt, rounds, of_rounds, threads } = data;
  const step = passes.find(({ phase }) => phase === "decode");
  const prompt = passes.find((pass) => pass.phase === "prefill" && pass.new === n_prompt);
  const both =
    step && prompt
      ? html`One step has <b>${figures(step.intensity)}</b>, this prompt <b>${figures(prompt.intensity)}</b>. `
      : nothing;
  const so_far = rounds < of_rounds ? `So far ${passes.length} sizes, ${rounds} of ${of_rounds} rounds. ` : "";
  return html`This machine: <b>${computed(flops)}</b> in a float32 matrix product, <b>${moved(bandwidth)}</b> from
    memory; from <b>${figures(ridge)} FLOPs a byte</b> on, arithmetic decides.
    ${both}${so_far}${counted(threads, "thread")}.`;
}

/**
 * @param {RoofPicture} data
 * @param {{ pass: RoofedPass, choose: (pass: RoofedPass) => void, narrow: boolean }} options
 */
function sizes(data, { pass, choose, narrow }) {
  const here = (/** @type {RoofedPass} */ each) => each.phase === "prefill" && each.new === data.n_prompt;
  const number = true;
  const columns = [
    { name: "Pass", cell: (/** @type {RoofedPass} */ each) => `${named(each)}${here(each) ? ", this prompt" : ""}` },
    { name: "intensity", cell: (/** @type {RoofedPass} */ each) => figures(each.intensity), number, wide: true },
    { name: "took", cell: (/** @type {RoofedPass} */ each) => timed(each.ms), number },
    { name: "half of the rounds", cell: (/** @type {RoofedPass} */ each) => half(each), number, wide: true },
    { name: "a token", cell: (/** @type {RoofedPass} */ each) => timed(each.ms / each.tokens), number },
    {
      name: "of the roof",
      cell: (/** @type {RoofedPass} */ { least, ms }) => `${Math.round((100 * least) / ms)} %`,
      number,
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
  const took = `took ${timed(pass.ms)} (half of the rounds ${half(pass)}): ${speed}`;
  const method =
    `Medians of ${of_rounds} rounds in which the sizes took turns; the roof is the most that was seen, in ` +
    "probes between the rounds or in a pass.";
  return (
    `At least ${timed(pass.least)} under the roof, ${took}. ${method} A step of several reads one token of ` +
    "each of as many copies of this prompt."
  );
}
