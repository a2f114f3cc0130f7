// @ts-check
/**
 * One passage read twice, the second time from ever further away, under each scheme: how much it surprises the model.
 *
 * @import { PositionsReach } from "../../../types"
 * @import { Row, ViewContext } from "../../../kit/view"
 * @import { Point } from "./words.js"
 */
import { control } from "../../../kit/declared.js";
import { rove } from "../../../kit/roving.js";
import { tokenText } from "../../../kit/tokens.js";
import { html } from "../../../vendor/lit.js";
import { perplexities } from "./perplexities.js";
import { lines } from "./reach_lines.js";
import { TWO } from "./scaling.js";
import { limitName, openScheme, SCHEMES } from "./schemes.js";
import { perplexity, secondReading } from "./words.js";

/**
 * @param {PositionsReach} data
 * @param {ViewContext} ctx
 */
export function reach(data, ctx) {
  const point = pointOf(data, ctx);
  const select = (/** @type {Point} */ { scheme, far }) => {
    ctx.control("scheme", data.names[scheme]);
    ctx.control("far", data.distances[far]);
  };
  return html`
    <div class="bar">${control(ctx, "factor")} ${control(ctx, "text")} ${control(ctx, "tokens")}</div>
    <div class="columns ${ctx.width >= TWO.from ? "two" : ""}">
      <div>
        <h3 class="sub3">Perplexity of the second reading <small>by distance from the first, log scale</small></h3>
        ${lines(data, point, select)}
      </div>
      <div>
        <h3 class="sub3">The second reading, token by token <small>bar: probability of the token; line: at the
            first reading</small></h3>
        ${secondReading(data, point)}
      </div>
    </div>
    <div data-rove=${data.distances.length} @keydown=${rove}>${perplexities(data, point, select)}</div>
    <p class="hint">${method(data, ctx)}</p>`;
}

/**
 * The loss of each token of the second reading, under each scheme and at each distance.
 * @param {PositionsReach} data
 * @returns {Row[]}
 */
export function rows(data) {
  const tokens = Array.from(data.ids.a).slice(1);
  return data.names.flatMap((name, scheme) =>
    data.distances.flatMap((distance, far) =>
      tokens.map((id, at) => ({
        scheme: SCHEMES[name].name,
        distance,
        perplexity: perplexity(data, { scheme, far }),
        token: tokenText(id),
        nats: data.second.a[(scheme * data.distances.length + far) * tokens.length + at],
        nats_first: data.first.a[at],
      })),
    ),
  );
}

/**
 * What the words at the side are of: the link's scheme and distance, else the first distance past the limit.
 * @param {PositionsReach} data
 * @param {ViewContext} ctx
 * @returns {Point}
 */
function pointOf(data, ctx) {
  const asked = data.distances.indexOf(Number(ctx.controls.far));
  const past = data.distances.findIndex((distance) => distance > data.n_ctx);
  return { scheme: data.names.indexOf(openScheme(ctx, data.names)), far: asked >= 0 ? asked : past };
}

/**
 * @param {PositionsReach} data
 * @param {ViewContext} ctx
 */
function method(data, ctx) {
  const title = ctx.declared("text").choices?.find(([name]) => name === data.text)?.[1];
  return (
    `The model reads the first ${data.ids.a.length} tokens of “${title}” (not this prompt) from ` +
    "position 0 on, and again at each distance with the first reading in view. The positions between are empty, so " +
    "only attention over that distance can copy a token. In a real text thousands of tokens between would also take " +
    "attention. The model is not trained further with any scheme, as interpolation and YaRN intend. A crossed-out " +
    `perplexity is worse than that of the first reading. Columns after the rule lie past ${limitName(data)}.` +
    (ctx.interventions.some(({ on }) => on) ? " This view ignores the interventions of this run." : "")
  );
}
