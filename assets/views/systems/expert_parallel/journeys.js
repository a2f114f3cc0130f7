// @ts-check
/**
 * Tokens at the left and experts at the right, each on its rank; a line is a visit, and as thick as its weight.
 *
 * @import { ExpertTravel } from "../../../types/systems"
 */
import { legend } from "../../../kit/drawing/legend.js";
import { bar, dot, line, text } from "../../../kit/drawing/marks.js";
import { items, picture } from "../../../kit/drawing/picture.js";
import { decimal } from "../../../kit/numbers/format.js";
import { svgToken, tokenText } from "../../../kit/text/tokens.js";
import { html } from "../../../vendor/lit.js";

/** By rank. */
const COLORS = ["river-deep", "prob", "pos", "neg"];
const ROW = 20;
const TOP = 30;
const LEFT = 150;
const RIGHT = 190;

/**
 * @param {ExpertTravel} data @param {number} chosen @param {(position: number) => void} choose @param {number} width
 */
export function journeys(data, chosen, choose, width) {
  const { experts, weights, kept, n_experts, ranks } = data;
  const count = data.token_ids.a.length;
  const height = TOP + count * ROW + 10;
  const room = (count * ROW) / n_experts;
  const homeY = (/** @type {number} */ position) => TOP + (position + 0.5) * ROW;
  const expertY = (/** @type {number} */ expert) => TOP + (expert + 0.5) * room;
  const rankAt = (/** @type {number} */ position) => ranks.findLastIndex(({ first }) => first <= position);
  const colorOf = (/** @type {number} */ expert) => COLORS[Math.floor((expert * ranks.length) / n_experts)];
  const [from, to] = [Math.min(LEFT, width * 0.32), width - Math.min(RIGHT, width * 0.36)];
  const visits = Array.from(experts.a, (expert, at) => ({
    position: Math.floor(at / experts.shape[1]),
    ...{ expert, weight: weights.a[at], kept: Boolean(kept.a[at]) },
  }));
  const order = [...visits].sort((one, other) => Number(one.position === chosen) - Number(other.position === chosen));
  const got = Array.from({ length: n_experts }, (_, expert) =>
    visits.reduce((sum, each) => sum + Number(each.kept && each.expert === expert), 0),
  );
  return html`
    ${picture({
      label: `${count} tokens and the experts that they visit; up and down change the token`,
      width,
      height,
      marks: [
        text({ x: 0, y: 14, text: "tokens", className: "h" }),
        text({ x: to + 12, y: 14, text: "experts", className: "h" }),
        order.map(({ position, expert, weight, kept: there }) =>
          line({
            data: [0, 1],
            x: (end) => (end ? to : from),
            y: (end) => (end ? expertY(expert) : homeY(position)),
            color: position === chosen ? "ink" : there ? colorOf(expert) : "line2",
            stroke: position === chosen ? 1 + 3 * weight : 0.5 + 2 * weight,
            dash: there ? undefined : "3 3",
          }),
        ),
        ranks.map(({ first, tokens }, rank) =>
          bar({
            x: [from - 6, from - 2],
            y: [TOP + first * ROW + 1, TOP + (first + tokens) * ROW - 1],
            color: COLORS[rank],
          }),
        ),
        items({
          data: Array.from(data.token_ids.a, (id, position) => ({ id, position })),
          told: ({ id, position }) => ({
            title: tokenText(id),
            lines: visits
              .filter((each) => each.position === position)
              .map((each) => [`expert ${each.expert}`, each.kept ? decimal(each.weight) : "dropped"]),
          }),
          press: ({ position }) => choose(position),
          chosen: ({ position }) => position === chosen,
          hit: ({ position }) => ({ x: [0, from], y: [homeY(position) - ROW / 2, homeY(position) + ROW / 2] }),
          marks: ({ id, position }) => [
            svgToken(id, { x: from - 14, y: homeY(position) + 4, anchor: "end", most: 12 }),
            dot({ x: from, y: homeY(position), r: position === chosen ? 5 : 3, color: COLORS[rankAt(position)] }),
          ],
        }),
        items({
          data: got.map((rows, expert) => ({ rows, expert })),
          told: ({ rows, expert }) => ({
            title: `Expert ${expert}`,
            lines: [
              ["rank", String(Math.floor((expert * ranks.length) / n_experts))],
              ["rows", String(rows)],
            ],
          }),
          marks: ({ rows, expert }) => [
            bar({
              x: [to, to + 4],
              y: [expertY(expert) - room / 2 + 2, expertY(expert) + room / 2 - 2],
              color: colorOf(expert),
            }),
            text({ x: to + 12, y: expertY(expert) + 4, text: `expert ${expert}`, className: "m" }),
            bar({
              x: [to + 82, to + 82 + (Math.max(0, width - to - 110) * rows) / Math.max(...got, 1)],
              y: [expertY(expert) - 5, expertY(expert) + 5],
              color: colorOf(expert),
              rx: 1,
            }),
            text({
              x: to + 86 + (Math.max(0, width - to - 110) * rows) / Math.max(...got, 1),
              y: expertY(expert) + 4,
              text: rows,
              className: "dim",
            }),
          ],
        }),
      ],
    })}
    ${legend(
      ranks.map((_, rank) => /** @type {[{ color: string }, string]} */ ([{ color: COLORS[rank] }, `rank ${rank}`])),
    )}`;
}
