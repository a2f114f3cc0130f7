// @ts-check
/**
 * What a feature says of tokens and what its removal does to them; how often it fires how strongly.
 *
 * @import { FeatureCard } from "../../../types/inside"
 */
import { bar, rule, text } from "../../../kit/drawing/marks.js";
import { items, picture } from "../../../kit/drawing/picture.js";
import { decimal, signed, whole } from "../../../kit/numbers/format.js";
import { cut, tokenText } from "../../../kit/text/tokens.js";
import { max, range } from "../../../vendor/d3.js";

const ROW = 21;
const SIDES = { left: 96, right: 96 };
/** Tokens of each end. */
const SHOWN = 4;

/** @param {FeatureCard} of @param {number} width */
export function pushes(of, width) {
  const rows = [
    ...range(SHOWN).map((at) => ({ id: of.raises.a[at], said: of.said.a[at], done: of.done.a[at] })),
    ...range(SHOWN).map((at) => ({ id: of.lowers.a[at], said: of.lowers_said.a[at], done: of.lowers_done.a[at] })),
  ];
  const most = Math.max(max(rows, ({ said, done }) => Math.max(Math.abs(said), Math.abs(done))) ?? 0, 1e-6);
  return picture({
    label: "Logits that the feature raises and lowers: what it says, and what its removal takes",
    width,
    height: rows.length * ROW + 2,
    margin: { left: SIDES.left, right: SIDES.right },
    x: [-most, most],
    marks: [
      rule({ x: 0, y: [0, rows.length * ROW] }),
      items({
        data: rows,
        told: ({ id, said, done }) => ({
          title: tokenText(id),
          lines: [
            ["says", signed(said, 3)],
            ["does", signed(done, 3)],
          ],
        }),
        hit: (_, at) => ({ y: [at * ROW, (at + 1) * ROW] }),
        marks: ({ id, said, done }, at) => {
          const top = at * ROW;
          return [
            text({ x: -most, dx: -SIDES.left, y: top + 14, text: cut(tokenText(id), 11), className: "m ink" }),
            bar({ x: [Math.min(0, done), Math.max(0, done)], y: [top + 6, top + 15], color: "river", least: 0.8 }),
            bar({ x: [Math.min(0, said), Math.max(0, said)], y: [top + 3, top + 18], color: "ink", hollow: true }),
            text({
              x: most,
              dx: SIDES.right,
              y: top + 14,
              text: `${signed(said)}, ${signed(done)}`,
              anchor: "end",
              className: "num",
            }),
          ];
        },
      }),
    ],
  });
}

/** The histogram of its activations in the corpus. @param {FeatureCard} of @param {number} width */
export function fired({ histogram, most }, width) {
  const bins = Array.from(histogram.a);
  const step = most / bins.length;
  return picture({
    label: "How often the feature fires how strongly in the corpus",
    width,
    height: 84,
    margin: { left: 34, right: 8, top: 8, bottom: 34 },
    x: [0, most],
    y: [0, Math.max(1, max(bins) ?? 1)],
    left: { format: whole, count: 2 },
    bottom: { title: "activation, in the stream’s length", format: (/** @type {number} */ value) => decimal(value, 1) },
    marks: [
      bar({
        data: bins,
        x: (_, at) => [at * step, (at + 1) * step],
        y: (count) => [0, count],
        color: "river",
        gap: 0.5,
      }),
    ],
  });
}
