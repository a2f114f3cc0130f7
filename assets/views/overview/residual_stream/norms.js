// @ts-check
/**
 * How long the stream and what is written into it are at each depth, at one position among all.
 *
 * @import { ResidualNorms } from "../../../types/overview"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 *
 * @typedef {ViewContext<object, ResidualNorms>} Context
 */

import { legend } from "../../../kit/drawing/legend.js";
import { figures } from "../../../kit/numbers/magnitude.js";
import { baseNote } from "../../../kit/runs/beside.js";
import { feedForward, writersOf } from "../../../kit/runs/writers.js";
import { tokenText } from "../../../kit/text/tokens.js";
import { range } from "../../../vendor/d3.js";
import { html, nothing } from "../../../vendor/lit.js";
import { depthName } from "./depths.js";
import { normsChart } from "./norms_chart.js";
import { lengthsAt } from "./norms_lengths.js";

/** @type {View<ResidualNorms>} */
export function norms(data, ctx) {
  const position = positionOf(data, ctx);
  const { first, second } = writersOf(ctx);
  return html`
    <div class="bar">
      <p class="hint">Length of the vector, on a log scale. A log scale has no zero, so lines are drawn, not bars.</p>
      ${legend([
        ["line ink", "stream here"],
        ["line faint", "every other position"],
        [second === null ? "dot full" : "dot hollow", `${first}’s write`],
        second !== null && ["dot full", `${feedForward(ctx, "MLP’s", "experts’")} write`],
        ctx.there && ["line other-run", ctx.beside.name],
      ])}
    </div>
    ${baseNote(ctx, ctx.there, compared(data, position, ctx))}
    <div class="figure">
      ${normsChart({
        data,
        before: before(position, ctx),
        beside: ctx.beside.short,
        position,
        width: ctx.width,
        writers: { first, second },
        tokens: ctx.run.ids.map(tokenText),
        select: (block) => ctx.select({ layer: block }),
      })}
    </div>`;
}

/**
 * Of the selected position.
 * @param {ResidualNorms} data
 * @param {Context} ctx
 * @returns {Row[]}
 */
export function rows(data, ctx) {
  const [depths, count] = data.stream.shape;
  const position = positionOf(data, ctx);
  const was = before(position, ctx);
  const { first, second } = writersOf(ctx);
  return range(depths).map((depth) => ({
    position,
    token: tokenText(ctx.run.ids[position]),
    depth: depthName(depth),
    stream: data.stream.a[depth * count + position],
    [first]: depth ? data.attn.a[(depth - 1) * count + position] : null,
    ...(second === null ? {} : { mlp: depth ? data.mlp.a[(depth - 1) * count + position] : null }),
    ...(was
      ? {
          [`${ctx.beside.column}_stream`]: was.stream(depth),
          [`${ctx.beside.column}_${first}`]: depth ? was.first(depth) : null,
          ...(second === null ? {} : { [`${ctx.beside.column}_mlp`]: depth ? was.second(depth) : null }),
        }
      : {}),
  }));
}

/**
 * @param {ResidualNorms} data
 * @param {Context} ctx
 */
const positionOf = (data, ctx) => Math.min(ctx.focus.position ?? 0, data.stream.shape[1] - 1);

/**
 * The other run's lengths where it belongs to this position.
 * @param {number} position
 * @param {Context} ctx
 */
function before(position, { there, align }) {
  const at = align(position);
  return there && at !== null ? lengthsAt(there, at) : null;
}

/**
 * @param {ResidualNorms} data
 * @param {number} position
 * @param {Context} ctx
 */
function compared({ stream }, position, ctx) {
  const was = before(position, ctx);
  if (!was) return nothing;
  const [depths, count] = stream.shape;
  const now = stream.a[(depths - 1) * count + position];
  return html`${ctx.beside.start}, the stream here ends at <b>${figures(was.stream(depths - 1))}</b>; ${ctx.beside.now}
    at <b>${figures(now)}</b>.`;
}
