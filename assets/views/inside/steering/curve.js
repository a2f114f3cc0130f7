// @ts-check
/**
 * A direction at several strengths: what it does to one word and how fluent the text stays, beside placebos.
 *
 * @import { Steering } from "../../../types/inside"
 * @import { Drafts } from "../../../kit/controls/typed.js"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 */
import { plot } from "../../../kit/chart/plot.js";
import { control } from "../../../kit/controls/declared.js";
import { typed, typedText } from "../../../kit/controls/typed.js";
import { legend } from "../../../kit/drawing/legend.js";
import { decimal, percent } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { readText, token, tokenText } from "../../../kit/text/tokens.js";
import { html, nothing } from "../../../vendor/lit.js";

const HEIGHT = 250;

/** @type {Record<string, { name: string, short?: string, color: string, dash?: string, symbol?: string }>} */
const LOOKS = {
  direction: { name: "the direction", color: "prob" },
  "random-1": { name: "placebo: random", short: "a random one", color: "ink3", dash: "6px,3px", symbol: "square" },
  "random-2": {
    name: "placebo: random, another",
    short: "another random one",
    color: "ink3",
    dash: "2px,3px",
    symbol: "diamond",
  },
  mixture: { name: "placebo: mixture of the streams", color: "river-deep", dash: "8px,3px,2px,3px", symbol: "cross" },
};

/** @typedef {Steering["rows"][number]} SteeringRow */

/** @type {View<Steering, Drafts>} */
export function curve(data, ctx) {
  const share = Number(ctx.controls.strength);
  const shown = data.rows.filter((row) => row.share === share || row.name === "unchanged");
  return html`<div class="steering">
    ${data.on_stack ? nothing : texts(ctx)}
    <div class="settings-row ruled">
      ${typed({ name: "watch", value: typedText("watch", undefined, ctx), single: true, named: true }, ctx)}
      ${control(ctx, "strength", { format: (value) => `${value} ×` })}</div>
    <p class="readout lead">${lead(data, share)}</p>
    ${legend(
      Object.values(LOOKS).map(({ name, color, dash }) => [{ color, shape: "line", dash: Boolean(dash) }, name]),
    )}
    <div class="side-by-side">
      ${lines(data, "watched", "What it does", "log-probability, nats", "Log-probability of the watched word")}
      ${lines(data, "surprise", "What it costs", "surprise, nats a token", "Surprise of the text that is written")}
    </div>
    ${table({
      label: `The prompt goes on with ${share} times the stream’s length added behind block ${data.layer}`,
      rows: shown,
      columns: [
        { name: "Added", cell: ({ name }) => LOOKS[name]?.name ?? "nothing" },
        { name: "The text goes on", className: "continued", cell: words },
        { name: "watched word", number: true, cell: ({ watched }) => percent(Math.exp(watched)) },
        { name: "surprise, nats", number: true, cell: ({ surprise }) => decimal(surprise) },
        { name: "KL of the first, nats", number: true, cell: ({ divergence }) => decimal(divergence) },
      ],
    })}
    <div class="rowbtns">${shown.map((row) => stack(row, ctx))}</div>
    <p class="hint">A strength is a part of the stream’s mean length behind block ${data.layer},
      ${decimal(data.length, 1)}. What is added is as long for every placebo. The surprise is what the unchanged model
      thinks of the new tokens: a high one is a text that it would not write. The mixture is a random one of this
      prompt’s own streams, at a right angle to the direction. Any direction among the interventions is measured here:
      that of a feature, a lens, a token, or one that was found and kept.</p></div>`;
}

/** @param {ViewContext<any>} ctx */
const texts = (ctx) => html`<div class="two-texts">
  ${["more", "less"].map((name) =>
    typed({ name, value: typedText(name, undefined, ctx), single: true, named: true, plain: true }, ctx),
  )}</div>`;

/** @param {string} text */
const start = (text) => text[0].toUpperCase() + text.slice(1);

/** @param {Steering} data @param {number} share */
function lead({ rows, watched, source, layer }, share) {
  const plain = rows[0];
  const of = (/** @type {string} */ name) => rows.find((row) => row.name === name && row.share === share);
  const found = of("direction");
  if (!found) return html`${start(source)}, behind block ${layer}. The strengths are being tried.`;
  const others = rows.filter((row) => row.share === share && row.name !== "direction").map((row) => row.watched);
  const p = (/** @type {number} */ logp) => percent(Math.exp(logp));
  return html`${start(source)}, behind block ${layer}: at ${share} times the stream’s length ${token(watched)} goes from
    ${p(plain.watched)} to <b>${p(found.watched)}</b> as the next token. Placebos of that length give it
    ${p(Math.min(...others))} to ${p(Math.max(...others))}. The surprise goes from ${decimal(plain.surprise)} to
    <b>${decimal(found.surprise)}</b> nats a token.`;
}

/**
 * @param {Steering} data
 * @param {"watched" | "surprise"} of
 * @param {string} title
 * @param {string} unit
 * @param {string} label
 */
const lines = ({ rows }, of, title, unit, label) => html`<div><h3 class="sub3">${title} <small>${unit}</small></h3>
  ${plot({
    label: `${label}, by strength, of the direction and of placebos`,
    height: HEIGHT,
    traces: Object.entries(LOOKS).map(([name, look]) => {
      const some = rows
        .filter((row) => row.name === name || row.name === "unchanged")
        .toSorted((a, b) => a.share - b.share);
      return {
        ...look,
        legend: false,
        ...{ mode: "lines+markers", size: 7, width: name === "direction" ? 2.5 : 1.5 },
        x: some.map(({ share }) => share),
        y: some.map((row) => row[of]),
        hover: `${look.name}, × %{x}: %{y:.2f} nats<extra></extra>`,
      };
    }),
    x: { title: "strength, of the stream’s length" },
    y: { title: unit },
  })}</div>`;

/** On and off the intervention stack. @param {SteeringRow} row @param {ViewContext<any>} ctx */
function stack({ name, change }, ctx) {
  if (!change) return nothing;
  const on = ctx.interventions.some((each) => each.on && each.text === change);
  return html`<button class="btn ${on ? "on" : ""}" type="button"
    @click=${() => (on ? ctx.restore(change) : ctx.intervene(change))}>
    ${on ? "Take off" : "Add"} ${LOOKS[name].short ?? LOOKS[name].name} ${on ? "" : "to the whole run"}</button>`;
}

/** @param {SteeringRow} row */
const words = ({ ids }) => html`${Array.from(ids.a, (id) => html`<span class="tokword">${readText(id)}</span>`)}`;

/** @param {Steering} data @returns {Row[]} */
export const rows = ({ rows: made, watched }) =>
  made.map(({ name, share, ids, surprise, divergence, watched: logp }) => ({
    added: name,
    strength: share,
    text: Array.from(ids.a, (id) => tokenText(id)).join(""),
    watched: tokenText(watched),
    log_probability: logp,
    surprise,
    kl_first: divergence,
  }));
