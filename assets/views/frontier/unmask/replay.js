// @ts-check
/**
 * A text whose holes are filled step by step: what was said for each, how surely, and what was kept.
 *
 * @import { UnmaskReplay } from "../../../types/frontier"
 * @import { Drafts } from "../../../kit/controls/typed.js"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 * @typedef {Drafts & { playing?: boolean }} Kept
 */
import { matrix } from "../../../kit/cells/matrix.js";
import { shaded } from "../../../kit/colour/legible.js";
import { ramp } from "../../../kit/colour/ramp.js";
import { css } from "../../../kit/colour/theme.js";
import { player } from "../../../kit/controls/controls.js";
import { control } from "../../../kit/controls/declared.js";
import { rove } from "../../../kit/controls/roving.js";
import { typed, typedText } from "../../../kit/controls/typed.js";
import { legend } from "../../../kit/drawing/legend.js";
import { counted, decimal, percent } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { piece } from "../../../kit/text/tokens.js";
import { tooltip } from "../../../kit/tooltip.js";
import { html, styleMap } from "../../../vendor/lit.js";

const PACE = 700;
/** The deepest colour of a ground, so that the ink stays legible. */
const DEEPEST = 0.7;
const ROW = { least: 14, most: 24 };
const MARGIN = { top: 4, right: 0, bottom: 4, left: 34 };
const WIDEST = 900;

/** @type {View<UnmaskReplay, Kept>} */
export function replay(data, ctx) {
  const steps = data.said.length;
  const said = ctx.controls.at;
  const at = said === undefined || said === null || said === "" ? steps - 1 : Math.min(steps - 1, Number(said));
  const go = (/** @type {number} */ to) => ctx.control("at", to);
  return html`
    ${typed({ name: "text", value: typedText("text", data.text, ctx), lines: [1, 4], plain: true, named: true }, ctx)}
    <p class="hint">The holes stand at ___ (three underscores), or behind the text.${
      data.left_out ? ` ${counted(data.left_out, "token")} too far from the holes are left out.` : ""
    }</p>
    <div class="settings-row ruled">
      ${control(ctx, "holes", { as: "select" })} ${control(ctx, "steps", { as: "slider" })} ${control(ctx, "order")}
      ${control(ctx, "blocks")} ${control(ctx, "temperature")} ${control(ctx, "seed")}
    </div>
    <div class="walk-bar">
      ${player({ ctx, at, count: steps, choose: go, label: "Through the steps", pace: PACE })}
      ${control(ctx, "at", {
        as: "slider",
        live: true,
        value: at,
        most: steps - 1,
        format: (value) => `${value + 1} of ${steps}`,
        move: go,
      })}
    </div>
    <p class="readout lead" aria-live=${ctx.kept.playing ? "off" : "polite"}>${told(data, at)}</p>
    ${legend([
      ["kept-now", "kept at this step"],
      ["filled", "kept before; the stronger, the surer"],
      ["remasked", "said, and a hole again"],
    ])}
    ${line(data, at)}
    <div class="side-by-side">
      <div>${map(data, at, ctx)}</div>
      <div>${list(data)}</div>
    </div>`;
}

/** @param {UnmaskReplay} data @param {number} at */
function told(data, at) {
  const cells = places(data);
  const holes = cells.filter((pos) => value(data.holes, at, pos));
  const kept = holes.filter((pos) => value(data.kept, at, pos));
  const least = Math.min(...kept.map((pos) => value(data.confidence, at, pos)));
  const left = holes.length - kept.length;
  const words = kept.map((pos) => written(data.said[at][pos]));
  return html`Step ${at + 1} says a token for ${counted(holes.length, "hole")} and keeps
    <b>${words.length > 4 ? counted(words.length, "token") : words.map((each) => `“${each}”`).join(", ")}</b>
    (${percent(least, 0)}${kept.length > 1 ? " or more" : ""}). ${
      left ? `${counted(left, "hole is", "holes are")} open again.` : "The text is finished."
    }`;
}

/** The text at that step. @param {UnmaskReplay} data @param {number} at */
function line(data, at) {
  const colour = ramp("prob");
  return html`<div class="unmasked" role="group" aria-label="The text after step ${at + 1}" data-rove
    @keydown=${rove}>
    ${data.given.map((word, pos) => {
      const step = data.filled.a[pos];
      const given = step < 0;
      const state = given ? "given" : step < at ? "filled" : step === at ? "filled kept-now" : "remasked";
      const read = given ? word : data.said[Math.min(step, at)][pos];
      const sure = given ? 1 : value(data.confidence, Math.min(step, at), pos);
      const ground = state.startsWith("filled") ? shaded(colour(DEEPEST * sure)) : {};
      const shown = tooltip(written(read), () =>
        given
          ? [["given", "not a hole"]]
          : [
              ["confidence", percent(sure, 1)],
              ["kept at step", String(step + 1)],
            ],
      );
      const name = given ? `${written(read)}, given` : `${written(read)}, ${percent(sure, 0)}, ${spoken(state)}`;
      return html`<span class="at ${state}" tabindex=${pos ? -1 : 0} role="img" aria-label=${name}
        style=${styleMap(ground)} @pointermove=${shown.show} @focus=${shown.beside} @pointerleave=${shown.hide}
        @blur=${shown.hide}><bdi>${piece(written(read), "mono")}</bdi></span>`;
    })}
  </div>`;
}

/** @param {string} state */
const spoken = (state) => (state === "remasked" ? "a hole again" : state === "filled" ? "kept before" : "kept now");

/** Steps down, holes across. @param {UnmaskReplay} data @param {number} at @param {ViewContext<Kept>} ctx */
function map(data, at, ctx) {
  const cells = places(data);
  const steps = data.said.length;
  const room = Math.min(WIDEST, ctx.width < 860 ? ctx.width : (ctx.width - 32) / 2) - MARGIN.left;
  const row = Math.max(ROW.least, Math.min(ROW.most, 420 / steps));
  const [kept, open] = [ramp("prob"), ramp("ink3")];
  return html`<h3 class="sub3">Confidence <small>steps down, holes across</small></h3>
    ${matrix({
      rows: steps,
      columns: cells.length,
      width: room,
      height: row * steps,
      margin: MARGIN,
      label: `Confidence of what was said for ${cells.length} holes at ${steps} steps; arrow keys move`,
      of: [data, at, room],
      colour: (step, column) => {
        const pos = cells[column];
        if (!value(data.holes, step, pos)) return null;
        const sure = value(data.confidence, step, pos);
        return value(data.kept, step, pos) ? kept(0.25 + 0.75 * sure) : open(0.12 + 0.5 * sure);
      },
      told: ({ row: step, column }) => {
        const pos = cells[column];
        if (!value(data.holes, step, pos)) return { title: `hole ${column + 1}: filled before`, details: [] };
        return {
          title: `step ${step + 1}, hole ${column + 1}: “${written(data.said[step][pos])}”`,
          details: [
            ["confidence", percent(value(data.confidence, step, pos), 1)],
            ["entropy", `${decimal(value(data.entropy, step, pos), 2)} nats`],
            ["", value(data.kept, step, pos) ? "kept" : "a hole again"],
          ],
        };
      },
      select: ({ row: step }) => ctx.control("at", step),
      selected: null,
      start: { row: at, column: 0 },
      over: (context, cell) => {
        context.fillStyle = css("ink2");
        context.font = "11px sans-serif";
        context.textAlign = "right";
        context.textBaseline = "middle";
        const every = Math.ceil(14 / cell.height);
        for (let step = 0; step < steps; step += every)
          context.fillText(String(step + 1), -8, (step + 0.5) * cell.height);
      },
    })}
    ${legend([
      [{ color: "prob" }, "kept"],
      [{ color: "ink3" }, "a hole again"],
    ])}
    <p class="hint">The stronger the colour, the surer. Empty: filled before. Confidence is the probability of the token
      that was said.</p>`;
}

/** The holes in the order in which they were filled. @param {UnmaskReplay} data */
function list(data) {
  const order = places(data).sort((one, other) => data.filled.a[one] - data.filled.a[other] || one - other);
  return html`<h3 class="sub3">In the order of filling</h3>
    ${table({
      label: "The holes in the order in which they were filled",
      className: "unmask-list",
      rows: order,
      columns: [
        { name: "step", number: true, cell: (pos) => String(data.filled.a[pos] + 1) },
        { name: "position", number: true, cell: (pos) => String(pos) },
        { name: "token", cell: (pos) => piece(written(final(data, pos))) },
        {
          name: "confidence",
          number: true,
          cell: (pos) => percent(value(data.confidence, data.filled.a[pos], pos), 0),
        },
        {
          name: "said otherwise",
          number: true,
          title: "How often another token was said than at the step before, while it was a hole",
          cell: (pos) => String(data.changed.a[pos]),
        },
        {
          name: "twin, nats",
          number: true,
          title: "What the causal twin says of this token behind the finished text before it",
          cell: (pos) => decimal(data.nats.a[pos], 1),
        },
      ],
    })}
    <p class="hint">The causal twin, read left to right, finds the written tokens to cost
      ${decimal(mean(order.map((pos) => data.nats.a[pos])), 2)} nats each. It does not see what stands behind
      them.</p>`;
}

/** @param {UnmaskReplay} data @returns {Row[]} */
export const rows = (data) =>
  data.said.flatMap((words, step) =>
    places(data)
      .filter((pos) => value(data.holes, step, pos))
      .map((pos) => ({
        step: step + 1,
        position: pos,
        token: words[pos],
        confidence: value(data.confidence, step, pos),
        entropy: value(data.entropy, step, pos),
        kept: value(data.kept, step, pos),
      })),
  );

/** Positions of holes. @param {UnmaskReplay} data */
const places = ({ filled }) => Array.from(filled.a, (step, pos) => (step < 0 ? -1 : pos)).filter((pos) => pos >= 0);

/** @param {UnmaskReplay} data @param {number} pos */
const final = (data, pos) => data.said[data.filled.a[pos]][pos];

/** @param {{ a: ArrayLike<number>, shape: readonly number[] }} of @param {number} step @param {number} pos */
const value = (of, step, pos) => of.a[step * of.shape[1] + pos];

/** @param {number[]} values */
const mean = (values) => values.reduce((sum, each) => sum + each, 0) / values.length;

/** Spaces and line ends as signs. @param {string} token */
const written = (token) => token.replaceAll(" ", "·").replaceAll("\n", "↵").replaceAll("\t", "⇥");
