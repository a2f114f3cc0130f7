// @ts-check
/**
 * Texts of growing length, written with a cache and without: seconds, tokens fed, and attention within them.
 *
 * @import { CacheScaling, WayGrowth } from "../../../types/inference"
 * @import { Milliseconds } from "../../../types/shared"
 * @import { Row, View } from "../../../kit/view"
 */

import { plot } from "../../../kit/chart/plot.js";
import { control } from "../../../kit/controls/declared.js";
import { logAxis } from "../../../kit/drawing/log_axis.js";
import { counted, decimal, percent, whole } from "../../../kit/numbers/format.js";
import { range } from "../../../vendor/d3.js";
import { html } from "../../../vendor/lit.js";
import { half } from "./findings.js";
import { HEIGHT } from "./steps.js";

/** Ticks from here on are written as powers. */
const MANY = 1e6;
/** Fewer powers of ten than these tell no scale. */
const FEW = 3;
/** What is left free at both ends: a factor. */
const ROOM = 1.4;
const WAYS = /** @type {const} */ (["cached", "uncached"]);
const NAMES = { cached: "cached", uncached: "no cache" };
const LOOKS = {
  cached: { color: "ink", symbol: "circle" },
  uncached: { color: "river-deep", symbol: "square" },
};

/** @type {View<CacheScaling>} */
export function scaling(data, ctx) {
  return html`
    <div class="bar">
      ${control(ctx, "longest", { note: "tokens. Longer texts take longer to measure." })}
    </div>
    <div class="side-by-side">
      <div>
        <h3 class="sub3">Seconds <small>${rounds(data)}</small></h3>
        ${drawn(data, { label: "Seconds by length, with a cache and without", of: (way) => way.times, y: "seconds" })}
        <p class="hint">${clock(data)}</p>
      </div>
      <div>
        <h3 class="sub3">Seconds in attention <small>softmax(q kᵀ) v of all blocks</small></h3>
        ${drawn(data, {
          label: "Seconds of attention by length, with a cache and without",
          of: (way) => way.attention_times,
          y: "seconds",
        })}
        <p class="hint">${within(data)}</p>
      </div>
      <div>
        <h3 class="sub3">Token passes <small>by formula, counted in the ${data.counted} shortest texts</small></h3>
        ${drawn(data, { label: "Token passes by length, with a cache and without", of: (way) => way.token_passes })}
        <p class="hint">
          Token passes grow with the length to the power <b>${decimal(data.cached.passes_power)}</b> with a cache and
          <b>${decimal(data.uncached.passes_power)}</b> without. For long texts the powers are 1 and 2.
        </p>
      </div>
      <div>
        <h3 class="sub3">Attention’s operations <small>by formula, counted in the ${data.counted} shortest
            texts</small></h3>
        ${drawn(data, {
          label: "Attention’s operations by length, with a cache and without",
          of: (way) => way.attention_flops,
          y: "operations",
        })}
        <p class="hint">
          Operations grow with the length to the power <b>${decimal(data.cached.attention_power)}</b> with a cache and
          <b>${decimal(data.uncached.attention_power)}</b> without. For long texts the powers are 2 and 3.
        </p>
      </div>
    </div>
    <p class="hint cube">${cube(data)}</p>`;
}

/** @param {CacheScaling} data */
function cube({ overtakes, lengths }) {
  const short = overtakes > lengths[lengths.length - 1];
  const ends = short ? " These texts are shorter, so their times cannot grow with the cube." : "";
  const least = counted(overtakes, "token");
  return `In a pass over ${least} or more, attention computes more than this model’s matrices.${ends}`;
}

/** @param {CacheScaling} data @returns {Row[]} */
export function rows(data) {
  return WAYS.flatMap((way) =>
    data.lengths.map((length, at) => ({
      way: NAMES[way],
      length,
      ms: data[way].times[at].ms,
      ms_low: data[way].times[at].low,
      ms_high: data[way].times[at].high,
      token_passes: data[way].token_passes[at],
      attention_ms: data[way].attention_times[at].ms,
      attention_flops: data[way].attention_flops[at],
    })),
  );
}

/** @param {CacheScaling} data */
function rounds({ threads, rounds, of_rounds }) {
  const on = `${counted(threads, "thread")}`;
  return `${on}, medians of ${rounds}${rounds < of_rounds ? ` of ${of_rounds}` : ""} rounds; whiskers: middle half`;
}

/** @param {CacheScaling} data */
function clock({ cached, uncached, rounds, places }) {
  return html`Seconds grow with the length to the power ${powerOf(cached.power)} with a cache and
    ${powerOf(uncached.power)} without. Brackets show the least and the most of ${counted(rounds, "round")}, not a
    confidence interval. The seconds of a text are the sum of its passes: passes of ${counted(places.length, "length")}
    were timed, and the lengths between them are interpolated on straight lines. A short pass without a cache waits for
    the weights, so its time can grow more slowly than its token passes.`;
}

/** @param {CacheScaling} data */
function within({ cached, uncached, lengths }) {
  const at = lengths.length - 1;
  const share = uncached.attention_times[at].ms / uncached.times[at].ms;
  return html`Seconds grow with the length to the power ${powerOf(cached.attention_times_power)} with a cache and
    ${powerOf(uncached.attention_times_power)} without. At ${counted(lengths[at], "token")} attention takes
    ${percent(share)} of the time without a cache. Each call has a fixed cost, so only long texts show the cube.`;
}

/** @param {WayGrowth["power"]} power */
const powerOf = ({ median, least, most }) => html`<b>${decimal(median)}</b> (${decimal(least)} to ${decimal(most)})`;

/**
 * @param {CacheScaling} data
 * @param {{ label: string, of: (way: WayGrowth) => number[] | Milliseconds[], y?: string }} what milliseconds are drawn
 *   as seconds, with whiskers
 */
function drawn({ cached, uncached, lengths }, { label, of, y = "token passes" }) {
  const ways = { cached: drawable(of(cached)), uncached: drawable(of(uncached)) };
  return plot({
    label,
    height: HEIGHT,
    traces: WAYS.map((way) => ({
      x: lengths,
      ...ways[way],
      name: NAMES[way],
      labelled: true,
      mode: "lines+markers",
      ...LOOKS[way],
      hover: `%{x} tokens: %{y:${y === "seconds" ? ".3~r" : ",.3~s"}} ${y}%{customdata}<extra></extra>`,
    })),
    x: {
      type: "log",
      title: "tokens of the text",
      tickvals: lengths,
      ticktext: lengths.map(String),
      range: [Math.log10(lengths[0] / 1.2), Math.log10(lengths[lengths.length - 1] * 1.2)],
    },
    y: ticksOf(WAYS.flatMap((way) => ways[way].y)),
  });
}

/** @param {number[] | Milliseconds[]} values */
function drawable(values) {
  const times = /** @type {Milliseconds[]} */ ([...values].filter((each) => typeof each !== "number"));
  if (!times.length) return { y: /** @type {number[]} */ ([...values]), customdata: [...values].map(() => "") };
  return {
    y: times.map(({ ms }) => ms / 1000),
    whiskers: { low: times.map(({ low }) => low / 1000), high: times.map(({ high }) => high / 1000) },
    customdata: times.map((time) => ` (${half(time)})`),
  };
}

/**
 * Ticks at whole powers of ten where there are several or the numbers are large, else at what lies between.
 * @param {number[]} values
 */
export function ticksOf(values) {
  const [low, high] = [Math.min(...values) / ROOM, Math.max(...values) * ROOM];
  const each = range(Math.ceil(Math.log10(low)), Math.floor(Math.log10(high)) + 1).map((power) => 10 ** power);
  if (each.length < FEW && high < MANY) return logAxis(values);
  return { type: "log", range: [Math.log10(low), Math.log10(high)], tickvals: each, ticktext: each.map(tickOf) };
}

/** @param {number} tick a power of ten */
function tickOf(tick) {
  if (tick >= MANY) return `10<sup>${Math.round(Math.log10(tick))}</sup>`;
  return tick < 1 ? String(Number(tick.toPrecision(1))) : whole(tick);
}
