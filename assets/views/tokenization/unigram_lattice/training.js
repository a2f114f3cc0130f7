// @ts-check
/**
 * A training round by round: what a character costs, how many pieces are left, and what each pruning took away.
 *
 * @import { TrainingPruning, UnigramLatticeTraining } from "../../../types/tokenization"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 *
 * @typedef {{ pruning: number }} Kept
 */

import { plot } from "../../../kit/chart/plot.js";
import { counted, decimal, signed, whole } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { signs } from "../../../kit/text/spelled.js";
import { extent } from "../../../vendor/d3.js";
import { html, nothing } from "../../../vendor/lit.js";
import { training as chooser } from "./settings.js";

export const follows = true;

const HEIGHT = 220;
const HUNDRED = 100;
/** Parts of an axis' reach: beside the first and last point, and behind them for the names of the prunings. */
const [EDGE, ROOM] = [0.06, 0.12];

/** @type {View<UnigramLatticeTraining, Kept>} */
export function training(data, ctx) {
  return html`
    <div class="bar unigram-bar">${chooser(data.settings, ctx)}</div>
    ${data.reason ? html`<p class="readout">${data.reason}</p>` : told(data, ctx)}`;
}

/**
 * @param {UnigramLatticeTraining} data
 * @returns {Row[]}
 */
export const rows = ({ rounds, prunings }) =>
  rounds.map(({ number, pieces, dropped, bits, tokens }) => ({
    round: number,
    pieces,
    dropped,
    "bits a character": bits,
    tokens,
    "left after pruning": prunings.find(({ after }) => after === number)?.pieces,
  }));

/** @param {UnigramLatticeTraining} data @param {ViewContext<Kept>} ctx */
function told(data, ctx) {
  const { rounds, prunings } = data;
  const at = Math.min(ctx.kept.pruning ?? prunings.length - 1, prunings.length - 1);
  return html`
    <p class="readout">${counted(data.words, "word")}, ${counted(data.characters, "character")}. The training begins
      with
      <b>${whole(data.seeds)}</b> pieces; ${whole(data.singles)} of them are single characters and stay to the end.
      ${
        data.bits !== null
          ? html`The result needs <b>${decimal(data.bits, 3)}</b> bits per character${compared(data)}.`
          : "Training…"
      }</p>
    ${rounds.length ? curve(data) : nothing}
    ${table({
      label: "Prunings",
      rows: prunings,
      selected: (_, i) => i === at,
      select: (_, i) => ctx.keep({ pruning: i }),
      columns: [
        { name: "After round", number: true, cell: ({ after }) => after },
        { name: "pieces before", number: true, cell: ({ pieces, gone }) => whole(pieces + gone) },
        { name: "removed", number: true, cell: ({ gone }) => whole(gone) },
        { name: "in no best cut", number: true, cell: ({ n_useless }) => whole(n_useless) },
        { name: "left", number: true, cell: ({ pieces }) => whole(pieces) },
      ],
    })}
    ${prunings[at] ? gone(prunings[at]) : nothing}
    ${
      data.done
        ? html`<h3 class="sub3">What it learned <span class="muted">the likeliest tokens of two or more
                characters</span></h3>
          <p class="chips-of">${data.learned.map((text) => html`<span class="tok new">${signs(text)}</span>`)}</p>`
        : nothing
    }`;
}

/** @param {UnigramLatticeTraining} data */
function compared({ bits, library_bits }) {
  if (library_bits === null || bits === null) return "";
  return html`; sentencepiece’s trainer needs ${decimal(library_bits, 3)}
    (${signed((HUNDRED * (library_bits - bits)) / bits, 1)} %)`;
}

/** @param {UnigramLatticeTraining} data */
function curve({ rounds, prunings, bits }) {
  const end = rounds.length + 1;
  const x = [...rounds.map(({ number }) => number), ...(bits === null ? [] : [end])];
  const y = [...rounds.map((round) => round.bits), ...(bits === null ? [] : [bits])];
  return plot({
    label: "Bits per character by round",
    height: HEIGHT,
    traces: [
      {
        x,
        y,
        mode: "lines+markers",
        color: "prob",
        size: 7,
        customdata: [...rounds.map(({ pieces }) => `${whole(pieces)} pieces`), ...(bits === null ? [] : ["the end"])],
        hover: "round %{x}, %{customdata}: %{y:.3f} bits per character<extra></extra>",
      },
    ],
    marks: prunings.map(({ after, pieces }) => ({ x: after + 0.5, label: `${whole(pieces)} left`, dash: "dot" })),
    x: { title: "round; the last point is the final vocabulary", dtick: 1, range: around(x, ROOM) },
    y: { title: "bits per character", range: around(y, ROOM) },
  });
}

/**
 * Which values an axis reaches: on a narrow screen the chart's own choice leaves half of the last point outside.
 * @param {number[]} values
 * @param {number} more room at the end of the axis, for words that stand there
 */
function around(values, more) {
  const [least, most] = /** @type {[number, number]} */ (extent(values));
  const room = EDGE * (most - least || 1);
  return [least - room, most + room + more * (most - least)];
}

/** @param {TrainingPruning} pruning */
function gone({ after, nearly, useless, n_useless }) {
  return html`
    <h3 class="sub3">Removed after round ${after}</h3>
    ${
      nearly.length
        ? html`<p class="chips-of"><span class="muted">the last ones removed:</span>
          ${nearly.map(
            ({ text, loss }) =>
              html`<span class="tok"
                title="the loss without it: ${loss.toExponential(1)} nats per token">${signs(text)}</span>`,
          )}</p>`
        : nothing
    }
    ${
      useless.length
        ? html`<p class="chips-of"><span class="muted">in no best cut (${whole(n_useless)}):</span>
      ${useless.map((text) => html`<span class="tok">${signs(text)}</span>`)}</p>`
        : nothing
    }`;
}
