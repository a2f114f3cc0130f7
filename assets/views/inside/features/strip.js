// @ts-check
/**
 * Features by tokens: ink where one fires, and a bar for the greatest change that its removal makes.
 *
 * @import { FeatureRow, FeaturesFound } from "../../../types/inside"
 *
 * @typedef {object} Strip
 * @property {"trained" | "placebo"} role
 * @property {number} width in pixels
 * @property {number | null} chosen the feature that is opened
 * @property {(feature: number) => void} open
 */
import { bar, rule, text } from "../../../kit/drawing/marks.js";
import { items, picture } from "../../../kit/drawing/picture.js";
import { decimal, percent } from "../../../kit/numbers/format.js";
import { cut, tokenText } from "../../../kit/text/tokens.js";
import { spoken } from "../../../kit/tooltip.js";
import { greatestIndex, max } from "../../../vendor/d3.js";
import { svg } from "../../../vendor/lit.js";

const ROW = 20;
const HEAD = 64;
const NARROW = 620;
/** Pixels of the names and of the bars. */
const SIDES = { wide: { left: 168, bars: 120, right: 186 }, narrow: { left: 44, bars: 46, right: 54 } };

/** @param {FeaturesFound} data @param {FeatureRow[]} rows @param {Strip} options */
export function strip(data, rows, { role, width, chosen, open }) {
  const narrow = width < NARROW;
  const { left, bars, right } = narrow ? SIDES.narrow : SIDES.wide;
  const tokens = Array.from(data.ids.a, (id) => tokenText(id));
  const cell = (width - left - right) / tokens.length;
  const most = Math.max(max(rows, ({ divergence }) => max(divergence.a)) ?? 0, 1e-6);
  const from = width - right + 8;
  const long = (/** @type {number} */ value) => from + (bars * Math.min(value, most)) / most;
  return picture({
    label: `${role === "trained" ? "Trained" : "Placebo"} features by tokens; up and down walk the features`,
    width,
    height: HEAD + rows.length * ROW + 2,
    marks: [
      heads(tokens, left, cell),
      items({
        data: rows,
        told: (row) => {
          const said = lines(row, tokens);
          const written = [
            String(row.feature),
            !narrow && named(row),
            !narrow && decimal(Math.max(...row.divergence.a), 3),
          ];
          return { title: `Feature ${row.feature}`, lines: said, name: spoken({ written, lines: said }) };
        },
        ...(role === "trained" ? { press: ({ feature }) => open(feature) } : {}),
        chosen: ({ feature }) => feature === chosen,
        hit: (_, at) => ({ y: [HEAD + at * ROW, HEAD + (at + 1) * ROW] }),
        marks: (row, at) => {
          const top = HEAD + at * ROW;
          const peak = greatestIndex(row.divergence.a) ?? 0;
          const value = row.divergence.a[peak];
          return [
            text({ x: 0, y: top + 14, text: String(row.feature), className: "m ink" }),
            narrow ? null : text({ x: 40, y: top + 14, text: named(row), className: "m dim" }),
            cells(row, { left, cell, top, role }),
            bar({ x: [from, Math.max(from + 0.8, long(value))], y: [top + 5, top + ROW - 5], color: "prob" }),
            rule({ x: long(row.random.a[peak]), y: [top + 3, top + ROW - 3], color: "ink", stroke: 1.6 }),
            narrow
              ? null
              : text({ x: width, y: top + 14, text: decimal(value, 3), anchor: "end", className: "num ink" }),
          ];
        },
      }),
    ],
  });
}

/** The tokens above their columns. @param {string[]} tokens @param {number} left @param {number} cell */
function heads(tokens, left, cell) {
  const every = Math.max(1, Math.ceil(11 / cell));
  return svg`${tokens.map((word, at) =>
    at % every
      ? null
      : svg`<text class="m ink" aria-hidden="true"
          transform="translate(${left + (at + 0.5) * cell - 2} ${HEAD - 6}) rotate(-42)">${cut(word, 9)}</text>`,
  )}`;
}

/** @param {FeatureRow} row */
const named = ({ raises }) => Array.from(raises.a, (id) => cut(tokenText(id), 6)).join(" ");

/**
 * @param {FeatureRow} row
 * @param {{ left: number, cell: number, top: number, role: string }} place
 */
const cells = ({ acts, most }, { left, cell, top, role }) =>
  svg`${Array.from(acts.a, (value, at) => {
    const x = left + at * cell + 0.5;
    const share = Math.min(1, value / most);
    return svg`<rect class="quiet" x=${x} y=${top + 1.5} width=${Math.max(1, cell - 1)} height=${ROW - 3} rx="1.5" />
      ${
        value > 0
          ? svg`<rect class="fires ${role}" x=${x} y=${top + 1.5} width=${Math.max(1, cell - 1)} height=${ROW - 3}
            rx="1.5" fill-opacity=${0.12 + 0.88 * share} />`
          : null
      }`;
  })}`;

/** @param {FeatureRow} row @param {string[]} tokens @returns {[string, string][]} */
function lines({ acts, most, density, divergence, random, raises }, tokens) {
  const [strongest, changed] = [greatestIndex(acts.a) ?? 0, greatestIndex(divergence.a) ?? 0];
  return [
    ["strongest at", acts.a[strongest] > 0 ? `${tokens[strongest]}, ${percent(acts.a[strongest] / most)}` : "nowhere"],
    ["fires on", `${percent(density)} of the corpus`],
    ["raises", Array.from(raises.a, (id) => tokenText(id)).join(" ")],
    ["KL without it", `${decimal(divergence.a[changed], 3)} at ${tokens[changed]}`],
    ["random direction", decimal(random.a[changed], 3)],
  ];
}
