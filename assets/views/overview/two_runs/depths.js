// @ts-check
/**
 * Both answers at every depth of both runs: where the runs part.
 *
 * @import { DepthSide, TwoDepths } from "../../../types/overview"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 */
import { bottomAxis, leftAxis } from "../../../kit/drawing/axis.js";
import { legend } from "../../../kit/drawing/legend.js";
import { reading } from "../../../kit/drawing/reading.js";
import { percent, whole } from "../../../kit/numbers/format.js";
import { line, range, scaleLinear, scaleLog } from "../../../vendor/d3.js";
import { html, svg } from "../../../vendor/lit.js";
import { offer } from "./counterpart.js";

const HEIGHT = 270;
const [LEFT, TOP, BOTTOM] = [70, 26, HEIGHT - 42];
/** Below it, one cannot tell a token from any other. */
const LEAST = 1e-6;
const SHARES = [1, 0.1, 0.01, 1e-3, 1e-4, 1e-5, LEAST];

/** What stands here with a second run. */
const SHOWS = "With a second run, this view shows the depth at which the two runs part.";

/** @type {View<TwoDepths | null, {}>} */
export function depths(data, ctx) {
  if (!data) return offer(ctx.payload("words"), ctx, SHOWS);
  const [first, second] = data.sides;
  return html`
    <div class="bar">
      ${legend([
        ["one", `${data.targets[0]}, ${first.name}`],
        ["one second", `${data.targets[0]}, ${second.name}`],
        data.targets.length > 1 && ["two", `${data.targets[1]}, ${first.name}`],
        data.targets.length > 1 && ["two second", `${data.targets[1]}, ${second.name}`],
      ])}
    </div>
    <p class="readout">${[first, second].map(said)}</p>
    <div class="figure">${chart(data, ctx)}</div>`;
}

/**
 * @param {TwoDepths | null} data
 * @returns {Row[]}
 */
export function rows(data) {
  if (!data) return [];
  return data.sides.flatMap(({ name, probs, ranks, best }) =>
    data.targets.flatMap((token, at) =>
      best.map((likeliest, depth) => ({
        run: name,
        token,
        depth: depthName(depth),
        probability: probs.a[at * best.length + depth],
        rank: ranks.a[at * best.length + depth],
        likeliest,
      })),
    ),
  );
}

/** @param {number} depth */
const depthName = (depth) => (depth === 0 ? "embedding" : `after block ${depth - 1}`);

/** From which depth on a run's answer is the likeliest token. @param {DepthSide} side */
function said({ name, best }) {
  const answer = best[best.length - 1];
  let from = best.length - 1;
  while (from > 0 && best[from - 1] === answer) from -= 1;
  return html`<span class="lead">In the <b>${name}</b>, <span class="mono tokword">${answer}</span> is the likeliest
    token
    ${from === 0 ? "at every depth" : `${depthName(from)}${from < best.length - 1 ? " and at all later depths" : ""}`}.
    </span>`;
}

/** @param {TwoDepths} data @param {ViewContext<any>} ctx */
function chart({ targets, sides }, ctx) {
  const { width } = ctx;
  const counts = sides.map(({ best }) => best.length);
  const longest = Math.max(...counts);
  const alike = counts[0] === counts[1];
  // depths of models of other sizes stand at their share of the whole
  const x = scaleLinear([0, longest - 1], [LEFT, width - 14]);
  const at = (/** @type {DepthSide} */ { best }, /** @type {number} */ depth) =>
    x(best.length > 1 ? (depth * (longest - 1)) / (best.length - 1) : 0);
  const y = scaleLog([LEAST, 1], [BOTTOM, TOP]).clamp(true);
  const path = (/** @type {DepthSide} */ side, /** @type {number} */ target) => {
    const count = side.best.length;
    return line(
      (/** @type {number} */ depth) => at(side, depth),
      (depth) => y(side.probs.a[target * count + depth]),
    )(range(count));
  };
  return svg`
    <svg class="fig" viewBox="0 0 ${width} ${HEIGHT}" width=${width} height=${HEIGHT} role="group"
      aria-label="Probability of ${targets.join(" and ")} by depth in both runs">
      ${leftAxis({
        scale: y,
        x: LEFT,
        grid: width - 14 - LEFT,
        values: SHARES,
        format: (p) => `${p === LEAST ? "≤ " : ""}${Number((100 * p).toPrecision(1))} %`,
        title: "probability",
      })}
      ${
        alike
          ? bottomAxis({
              scale: x,
              y: BOTTOM,
              count: Math.min(10, longest - 1),
              format: (d) => (d === 0 ? "emb" : String(d - 1)),
              title: "after block",
            })
          : bottomAxis({
              scale: scaleLinear([0, 1], [LEFT, width - 14]),
              y: BOTTOM,
              count: 5,
              format: (share) => `${Math.round(100 * share)} %`,
              title: "of the depth",
            })
      }
      ${sides.map((side, run) =>
        targets.map(
          (_, target) => svg`<path class="${target ? "two" : "one"} ${run ? "second" : ""}" d=${path(side, target)} />`,
        ),
      )}
      ${reading({
        count: longest,
        x,
        y: [TOP, BOTTOM],
        label: "Probabilities by depth; the arrow keys move through the depths",
        told: (depth) => ({
          title: alike ? depthName(depth) : `${Math.round((100 * depth) / (longest - 1))} % of the depth`,
          details: told({ targets, sides }, depth / (longest - 1)),
        }),
        select: (depth) => alike && depth > 0 && ctx.select({ layer: depth - 1 }),
      })}
    </svg>`;
}

/**
 * @param {TwoDepths} data
 * @param {number} share of the depth
 * @returns {import("../../../kit/tooltip.js").Line[]}
 */
function told({ targets, sides }, share) {
  return sides.flatMap(({ name, probs, ranks, best }) => {
    const depth = Math.round(share * (best.length - 1));
    return targets.map((token, at) => {
      const index = at * best.length + depth;
      return /** @type {import("../../../kit/tooltip.js").Line} */ ([
        `${token}, ${name}`,
        `${percent(probs.a[index])}, rank ${whole(ranks.a[index])}`,
        true,
      ]);
    });
  });
}
