// @ts-check
/**
 * A training round by round: what a character costs, how many pieces are left, and what each pruning took away.
 *
 * @import { TrainingPruning, UnigramLatticeTraining } from "../../../types"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 *
 * @typedef {{ pruning: number }} Kept
 */
import { counted, decimal, signed, whole } from "../../../kit/format.js";
import { plot } from "../../../kit/plot.js";
import { signs } from "../../../kit/spelled.js";
import { table } from "../../../kit/table.js";
import { html, nothing } from "../../../vendor/lit.js";
import { training as chooser } from "./settings.js";

export const follows = true;

const HEIGHT = 220;
const HUNDRED = 100;

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
    <p class="readout">${counted(data.words, "word")}, ${counted(data.characters, "character")}. It begins with
      <b>${whole(data.seeds)}</b> pieces, of which ${whole(data.singles)} are single characters and stay to the end.
      ${
        data.bits !== null
          ? html`Done: <b>${decimal(data.bits, 3)}</b> bits a character${compared(data)}.`
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
        { name: "taken away", number: true, cell: ({ gone }) => whole(gone) },
        { name: "in no best cut", number: true, cell: ({ n_useless }) => whole(n_useless) },
        { name: "left", number: true, cell: ({ pieces }) => whole(pieces) },
      ],
    })}
    ${prunings[at] ? gone(prunings[at]) : nothing}
    ${
      data.done
        ? html`<h3 class="sub3">What is learned <span class="muted">the likeliest tokens of two characters and
                more</span></h3>
          <p class="chips-of">${data.learned.map((text) => html`<span class="tok new">${signs(text)}</span>`)}</p>`
        : nothing
    }`;
}

/** @param {UnigramLatticeTraining} data */
function compared({ bits, library_bits }) {
  if (library_bits === null || bits === null) return "";
  return html`, sentencepiece’s trainer ${decimal(library_bits, 3)}
    (${signed((HUNDRED * (library_bits - bits)) / bits, 1)} %)`;
}

/** @param {UnigramLatticeTraining} data */
function curve({ rounds, prunings, bits }) {
  const end = rounds.length + 1;
  const x = [...rounds.map(({ number }) => number), ...(bits === null ? [] : [end])];
  return plot({
    label: "Bits a character by round",
    height: HEIGHT,
    traces: [
      {
        x,
        y: [...rounds.map((round) => round.bits), ...(bits === null ? [] : [bits])],
        mode: "lines+markers",
        color: "prob",
        size: 7,
        customdata: [...rounds.map(({ pieces }) => `${whole(pieces)} pieces`), ...(bits === null ? [] : ["the end"])],
        hover: "round %{x}, %{customdata}: %{y:.3f} bits a character<extra></extra>",
      },
    ],
    marks: prunings.map(({ after, pieces }) => ({ x: after + 0.5, label: `${whole(pieces)} left`, dash: "dot" })),
    x: { title: "round; at the end, the final vocabulary", dtick: 1 },
    y: { title: "bits a character" },
  });
}

/** @param {TrainingPruning} pruning */
function gone({ after, nearly, useless, n_useless }) {
  return html`
    <h3 class="sub3">Taken away after round ${after}</h3>
    ${
      nearly.length
        ? html`<p class="chips-of"><span class="muted">nearly stayed:</span>
          ${nearly.map(
            ({ text, loss }) =>
              html`<span class="tok" title="loss ${loss.toExponential(1)} nats a token">${signs(text)}</span>`,
          )}</p>`
        : nothing
    }
    ${
      useless.length
        ? html`<p class="chips-of"><span class="muted">in no best cut, ${whole(n_useless)} such:</span>
      ${useless.map((text) => html`<span class="tok">${signs(text)}</span>`)}</p>`
        : nothing
    }`;
}
