// @ts-check
/**
 * The likeliest next token after each layer: the logit lens of a model with states.
 *
 * @import { StateLens } from "../../../types/frontier"
 * @import { Row, View } from "../../../kit/view"
 */
import { percent } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { html } from "../../../vendor/lit.js";
import { shown } from "./words_of.js";

/** @type {View<StateLens>} */
export function depths(data) {
  const { tokens, said, p, rank } = data;
  const n = tokens.length;
  const last = said.length - 1;
  const early = tokens.map((_, at) => Array.from({ length: last + 1 }, (_, depth) => rank.a[depth * n + at]));
  const ready = early.filter((ranks) => ranks[last - 1] === 1).length;
  return html`
    <p class="readout lead">At <b>${ready} of ${n}</b> positions the token that the last layer puts first is
      first one layer earlier too.</p>
    ${table({
      label: "The likeliest next token by position and depth",
      className: "keeps-names",
      rows: tokens.map((_, at) => at),
      columns: [
        { name: "Token", cell: (at) => html`<bdi class="mono">${shown(tokens[at])}</bdi>` },
        ...said.map((row, depth) => ({
          name: depth ? `layer ${depth - 1}` : "embedding",
          cell: (/** @type {number} */ at) => html`<bdi class="mono">${shown(row[at])}</bdi>
            <small>${percent(p.a[depth * n + at], 0)}</small>`,
        })),
      ],
    })}
    <p class="hint">Each cell is what the model would write next if its layers ended there.</p>`;
}

/** @param {StateLens} data @returns {Row[]} */
export const rows = ({ tokens, said, p, rank }) =>
  said.flatMap((row, depth) =>
    row.map((next, at) => ({
      ...{ depth, position: at, token: tokens[at], next },
      probability: p.a[depth * tokens.length + at],
      rank_of_last: rank.a[depth * tokens.length + at],
    })),
  );
