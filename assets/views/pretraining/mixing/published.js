// @ts-check
/**
 * The reference's shares and sizes beside those that papers print.
 *
 * @import { PublishedMix, PublishedMixes } from "../../../types/pretraining"
 * @import { Row, View } from "../../../kit/view"
 *
 * @typedef {{ mix: string }} Kept
 */
import { decimal, whole } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { html, nothing } from "../../../vendor/lit.js";

const LARGEST = 3;

/** @type {View<PublishedMixes, Kept>} */
export function published(data, ctx) {
  const chosen = data.mixes.find(({ name }) => name === ctx.kept.mix) ?? data.mixes[0];
  const low = data.reference.reduce((sum, each) => sum + each.low, 0);
  const high = data.reference.reduce((sum, each) => sum + each.high, 0);
  return html`
    <p class="readout lead">The reference is the text “LLM Architecture & Internals”;
      the <button class="linkbtn" type="button" @click=${() => ctx.go("errata")}>ledger</button> checks its claims. Its
      shares add up to ${low} to ${high} %: they are ranges over many models, and no mix. Each paper sorts its data
      into kinds of its own, so that rows of two mixes are seldom the same thing.</p>
    <div class="two">
      <div>
        <h3 class="sub3">The reference’s shares</h3>
        ${table({
          label: "The reference’s shares",
          columns: [
            { name: "kind", cell: ({ name }) => name },
            { name: "share", number: true, cell: (each) => `${each.low} to ${each.high} %` },
          ],
          rows: [...data.reference],
        })}
      </div>
      <div>
        <h3 class="sub3">Mixes that are printed</h3>
        ${table({
          label: "Published mixes; choose one",
          columns: [
            { name: "mix", cell: ({ name }) => name },
            { name: "largest shares", cell: largest },
            { name: "tokens", number: true, cell: ({ tokens }) => (tokens ? billions(tokens) : "a data set") },
            { name: "source", className: "from", cell: ({ source }) => source },
          ],
          rows: [...data.mixes],
          selected: ({ name }) => name === chosen.name,
          select: ({ name }) => ctx.keep({ mix: name }),
        })}
      </div>
    </div>
    <h3 class="sub3">${chosen.name}
      <small>${chosen.source}; the printed shares add up to ${decimal(chosen.total, 1)} %</small></h3>
    ${shares(chosen)}
    ${chosen.shares.some(({ calculated }) => calculated !== null) ? apart(chosen) : nothing}
    <h3 class="sub3">How much a model read</h3>
    ${table({
      label: "Sizes in the reference beside those in papers",
      columns: [
        { name: "model", cell: ({ model }) => model },
        { name: "parameters", number: true, cell: ({ parameters }) => `${parameters} B` },
        { name: "the reference", number: true, cell: ({ reference }) => reference },
        { name: "printed", number: true, cell: ({ tokens }) => (tokens ? billions(tokens) : "nothing") },
        {
          name: "tokens a parameter",
          number: true,
          cell: ({ tokens, parameters }) => (tokens ? decimal(tokens / parameters, 1) : ""),
        },
        { name: "source", className: "from", cell: ({ source }) => source },
      ],
      rows: [...data.sizes],
    })}`;
}

/** @param {PublishedMixes} data @returns {Row[]} */
export const rows = ({ mixes, reference, sizes }) => [
  ...reference.map(({ name, low, high }) => ({ what: "reference", mix: "", name, low, high })),
  ...mixes.flatMap(({ name: mix, source, shares: own }) => own.map((each) => ({ what: "mix", mix, source, ...each }))),
  ...sizes.map((each) => ({ what: "size", ...each })),
];

/** @param {PublishedMix} mix */
function shares({ name, shares: own }) {
  return table({
    label: `The shares of ${name}`,
    columns: [
      { name: "source of text", cell: (each) => each.name },
      { name: "share", number: true, cell: ({ share }) => `${share} %` },
      { name: "as a bar", cell: ({ share }) => html`<span class="share" style="--part: ${share / 100}"></span>` },
      { name: "epochs, printed", number: true, cell: ({ epochs }) => (epochs === null ? "" : decimal(epochs, 2)) },
      {
        name: "epochs, calculated",
        number: true,
        title: "tokens × share / size, where the paper prints all three",
        cell: ({ calculated }) => (calculated === null ? "" : decimal(calculated, 2)),
      },
    ],
    rows: [...own],
  });
}

/** Why the two columns of epochs differ. @param {PublishedMix} mix */
function apart({ shares: own, tokens }) {
  const beyond = own.filter(({ asked }) => asked !== null);
  return html`<p class="hint">Calculated epochs are the share of ${billions(Number(tokens))} tokens over the size of the
    source. The paper rounds its shares, which moves them a little.
    ${beyond.map(
      ({ name, share, epochs, asked }) => html`Rounding does not explain ${name}: ${decimal(Number(epochs), 2)} epochs
      ask for a share of ${decimal(Number(asked), 1)} %, and the paper prints ${share} %.`,
    )}</p>`;
}

/** @param {PublishedMix} mix */
const largest = ({ shares: own }) =>
  [...own]
    .sort((a, b) => b.share - a.share)
    .slice(0, LARGEST)
    .map(({ name, share }) => `${name} ${share}\u00a0%`)
    .join(", ");

/** @param {number} tokens in billions */
const billions = (tokens) => (tokens < 1000 ? `${whole(tokens)} B` : `${tokens / 1000} T`);
