// @ts-check
/**
 * The walk's articles on a plane, by the two directions in which their vectors differ most. What is told of each is its
 * true distance.
 *
 * @import { HnswWalk } from "../../../types/context"
 */
import { legend } from "../../../kit/drawing/legend.js";
import { dot, labels, rule } from "../../../kit/drawing/marks.js";
import { items, picture } from "../../../kit/drawing/picture.js";
import { decimal, percent, whole } from "../../../kit/numbers/format.js";
import { range } from "../../../vendor/d3.js";
import { html } from "../../../vendor/lit.js";

/** Articles that are drawn at most: the nearest to the question. */
const MOST = 300;
const HEIGHT = 420;
const PAD = 26;

/** @param {HnswWalk} data @param {number} at @param {number} width */
export function map(data, at, width) {
  const { titles, far, place, begin, end, true: right, found, explained, agree } = data;
  const asked = titles.length;
  const [x, y] = [0, 1].map((axis) => (/** @type {number} */ node) => place.a[2 * node + axis]);
  const seen = new Set(range(at + 1).flatMap((step) => [begin.a[step], end.a[step]]));
  const nodes = [...new Set([...seen, ...right])].toSorted((a, b) => far.a[a] - far.a[b]).slice(0, MOST);
  const shown = new Set(nodes);
  const steps = range(at + 1).filter((step) => shown.has(begin.a[step]) && shown.has(end.a[step]));
  const apart = (/** @type {number} */ node) => Math.hypot(x(node) - x(asked), y(node) - y(asked));
  const missed = (/** @type {number} */ node) => right.includes(node) && !found.includes(node);
  const colour = (/** @type {number} */ node) => (missed(node) ? "neg" : right.includes(node) ? "river-deep" : "ink3");
  return html`<h3 class="sub3">The walk on a map <small>point at an article: its true distance</small></h3>
    ${picture({
      label: `The articles of the walk on a plane: ${nodes.length}, with their true distances to the question`,
      width,
      height: HEIGHT,
      margin: { left: PAD, right: PAD, top: PAD, bottom: PAD },
      ...square([...nodes, asked], x, y, width),
      marks: [
        rule({
          data: steps,
          x: (step) => [x(begin.a[step]), x(end.a[step])],
          y: (step) => [y(begin.a[step]), y(end.a[step])],
          color: "line2",
        }),
        items({
          data: nodes,
          told: (node) => ({
            title: titles[node],
            lines: [
              ["true distance to the question, 1 − cosine", decimal(far.a[node], 3)],
              ["distance on this map", decimal(apart(node), 3)],
              ["", standing(node)],
            ],
          }),
          hit: (node) => ({ x: x(node), y: y(node), thick: 12 }),
          marks: (node) =>
            dot({
              x: x(node),
              y: y(node),
              r: right.includes(node) ? 5 : 3,
              color: colour(node),
              hollow: missed(node),
            }),
        }),
        dot({ x: x(asked), y: y(asked), r: 7, color: "prob" }),
        labels({
          data: [asked, ...right],
          x,
          y,
          r: 7,
          text: (node) => (node === asked ? "the question" : titles[node]),
        }),
      ],
    })}
    ${legend([
      [{ color: "prob", shape: "dot" }, "the question"],
      [{ color: "river-deep", shape: "dot" }, `of the true nearest ${right.length}, found`],
      [{ color: "neg", shape: "dot", hollow: true }, "missed"],
      [{ color: "ink3", shape: "dot" }, "another that the walk saw"],
    ])}
    <p class="hint">Lines are the links that the walk followed. The plane has ${percent(explained, 0)} of what tells
      these vectors apart, so that it misleads: of two articles the one that is nearer to the question is also nearer on
      the map in ${percent(agree, 0)} of all pairs (chance: 50 %).
      ${nodes.length === MOST ? `The ${whole(MOST)} nearest are drawn.` : ""}</p>`;

  /** @param {number} node */
  function standing(node) {
    if (missed(node)) return seen.has(node) ? "missed, though the walk saw it" : "missed: the walk did not see it";
    return right.includes(node) ? "one of the true nearest, found" : "not among the true nearest";
  }
}

/**
 * Scales on which a length is as many pixels across as down.
 * @param {number[]} nodes
 * @param {(node: number) => number} x
 * @param {(node: number) => number} y
 * @param {number} width
 * @returns {{ x: [number, number], y: [number, number] }}
 */
function square(nodes, x, y, width) {
  const middle = (/** @type {number[]} */ values) => (Math.min(...values) + Math.max(...values)) / 2;
  const reach = (/** @type {number[]} */ values) => Math.max(...values) - Math.min(...values);
  const [across, down] = [nodes.map(x), nodes.map(y)];
  const unit = Math.max(reach(across) / (width - 2 * PAD), reach(down) / (HEIGHT - 2 * PAD)) || 1;
  const span = (/** @type {number[]} */ values, /** @type {number} */ pixels) => {
    const half = (unit * pixels) / 2;
    return /** @type {[number, number]} */ ([middle(values) - half, middle(values) + half]);
  };
  return { x: span(across, width - 2 * PAD), y: span(down, HEIGHT - 2 * PAD) };
}
