// @ts-check
/**
 * The scores with the running maximum, in the order in which they come; beneath, what each was raised to when it came
 * and what it is worth under the maximum now.
 *
 * @import { Round, Shown } from "./rounds.js"
 */
import { leftAxis } from "../../../kit/drawing/axis.js";
import { reading } from "../../../kit/drawing/reading.js";
import { decimal } from "../../../kit/numbers/format.js";
import { cut } from "../../../kit/text/tokens.js";
import { extent, scaleLinear } from "../../../vendor/d3.js";
import { nothing, svg } from "../../../vendor/lit.js";

const LEFT = 44;
const RIGHT = { wide: 70, narrow: 8, from: 600 };
const SCORES = { top: 26, bottom: 168 };
const BARS = { top: 212, bottom: 322 };
/** Pixels a key from which its token has room beneath, and how many for it. */
const NAMED = 11.5;
const WORDS = 74;
/** Pixels that a factor takes beside the line. */
const FACTOR = 48;

/** @param {Shown} shown */
export function picture(shown) {
  const { data, rounds, done, now, there, ctx } = shown;
  const { width } = ctx;
  const keys = rounds.flatMap((round) => round.keys);
  const right = width - (width > RIGHT.from ? RIGHT.wide : RIGHT.narrow);
  const x = scaleLinear([0, keys.length], [LEFT, right]);
  const wide = x(1) - x(0);
  const [low = 0, high = 1] = extent([...data.scores.a, ...(there?.scores.a ?? [])]);
  const y = scaleLinear([low, high === low ? low + 1 : high], [SCORES.bottom, SCORES.top]).nice(4);
  const bar = scaleLinear([0, 1], [BARS.bottom, BARS.top]);
  const height = BARS.bottom + (wide >= NAMED ? WORDS : 14);
  const starts = rounds.map((_, at) => rounds.slice(0, at).reduce((sum, round) => sum + round.keys.length, 0));
  const frame = { x, y, bar, wide, starts, shown };
  const end = starts[done - 1] + now.keys.length;
  return svg`
    <svg class="fig online" viewBox="0 0 ${width} ${height}" height=${height} role="group"
      aria-label="Scores with the running maximum, and exp of score minus maximum, block by block">
      <text class="h" x="0" y="11">Scores <tspan class="sub">${scaled(shown)}, and the running maximum m</tspan></text>
      ${leftAxis({ scale: y, x: LEFT, grid: right - LEFT, count: 4 })}
      <text class="h" x="0" y=${BARS.top - 14}>exp(s − m) <tspan
          class="sub">outline: under its first m; solid: under m now</tspan></text>
      ${leftAxis({ scale: bar, x: LEFT, grid: right - LEFT, values: [0, 0.5, 1] })}
      ${starts
        .slice(1)
        .map(
          (start) =>
            svg`<line class="blockline" x1=${x(start)} x2=${x(start)} y1=${SCORES.top - 6} y2=${BARS.bottom} />`,
        )}
      ${keys.map((key, place) => mark(frame, key, place))}
      ${running(frame)}
      ${
        width > RIGHT.from
          ? svg`<text class="b ink" x=${x(end) + 6} y=${y(now.m) + 4}>m ${decimal(now.m)}</text>`
          : nothing
      }
      ${reading({
        count: keys.length,
        x: (place) => x(place + 0.5),
        y: [SCORES.top, BARS.bottom],
        label: "Keys in the order of the blocks; arrow keys read them",
        told: (place) => told(shown, keys[place], rounds[roundAt(starts, place)]),
      })}
    </svg>`;
}

/**
 * @typedef {{ x: (at: number) => number, y: (score: number) => number, bar: (share: number) => number, wide: number,
 *   starts: number[], shown: Shown }} Frame
 */

/** @param {Shown} shown */
function scaled({ data: { softcap, sliding } }) {
  const capped = softcap ? ` and softly capped at ±${softcap}` : "";
  return `q·k, scaled${capped}${sliding === null ? "" : `, ${sliding} keys back at most`}`;
}

/** @param {number[]} starts @param {number} place */
const roundAt = (starts, place) => starts.findLastIndex((start) => start <= place);

/** @param {Frame} frame @param {number} key @param {number} place */
function mark({ x, y, bar, wide, starts, shown }, key, place) {
  const { data, done, now, word, there } = shown;
  const score = data.scores.a[key];
  const seen = roundAt(starts, place) < done;
  const corrected = Math.exp(score - now.m);
  const left = x(place) + wide * 0.1;
  return svg`
    <circle class=${seen ? "dot" : "dot coming"} cx=${x(place + 0.5)} cy=${y(score)} r=${wide > 9 ? 3 : 2} />
    ${
      there
        ? svg`<circle class="theirs" cx=${x(place + 0.5)} cy=${y(there.scores.a[key])} r=${wide > 9 ? 4 : 2.5} />`
        : nothing
    }
    ${
      seen
        ? svg`<rect class="came" x=${left + 0.5} width=${Math.max(0.4, wide * 0.8 - 1)} y=${bar(data.came.a[key])}
          height=${bar(0) - bar(data.came.a[key])} />
          <rect class="corrected" x=${left} width=${Math.max(0.6, wide * 0.8)} y=${bar(corrected)}
            height=${bar(0) - bar(corrected)} />`
        : nothing
    }
    ${
      wide >= NAMED
        ? svg`<text class="m ${seen ? "ink" : "dim"}" text-anchor="end"
          transform="translate(${x(place + 0.5) + 4} ${BARS.bottom + 8}) rotate(-90)">${cut(word(key), 9)}</text>`
        : nothing
    }`;
}

/** The running maximum of the blocks seen, with the factor where it rises. @param {Frame} frame */
function running({ x, y, wide, starts, shown }) {
  let free = 0;
  return shown.rounds.slice(0, shown.done).map((round, at) => {
    const [from, to] = [x(starts[at]), x(starts[at] + round.keys.length)];
    const rose = at > 0 && round.m > round.before;
    const said = rose && from >= free && round.keys.length * wide > 10;
    if (said) free = from + FACTOR;
    return svg`
      <path class="running" d="M${from} ${at ? y(round.before) : y(round.m)}V${y(round.m)}H${to}" />
      ${
        said
          ? svg`<text class="risen" x=${from + 4}
            y=${Math.max(SCORES.top - 4, y(round.m) - 6)}>× ${decimal(round.factor, 3)}</text>`
          : nothing
      }`;
  });
}

/** @param {Shown} shown @param {number} key @param {Round} round */
function told({ data, rounds, done, now, quoted, there, ctx }, key, round) {
  const score = data.scores.a[key];
  const seen = rounds.indexOf(round) < done;
  /** @type {[string, string][]} */
  const raised = seen
    ? [
        ["exp(s − m) when its block came", decimal(data.came.a[key], 4)],
        ["exp(s − m) now", decimal(Math.exp(score - now.m), 4)],
      ]
    : [["", "its block is still to come"]];
  return {
    title: `Key ${quoted(key)}, block ${round.block}`,
    details: /** @type {[string, string][]} */ ([
      ["score s", decimal(score, 3)],
      ...raised,
      ["weight at the end", decimal(data.softmax.a[key], 4)],
      ...(there
        ? [
            [`score, ${ctx.beside.short}`, decimal(there.scores.a[key], 3)],
            [`weight, ${ctx.beside.short}`, decimal(there.softmax.a[key], 4)],
          ]
        : []),
    ]),
  };
}
