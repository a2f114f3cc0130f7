// @ts-check
/**
 * A list's first passages in four orders, and one of them taken apart: SPLADE's words, and the question's tokens.
 *
 * @import { RetrieveAgain } from "../../../types/context"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 */
import { shaded } from "../../../kit/colour/legible.js";
import { diverging } from "../../../kit/colour/ramp.js";
import { legend } from "../../../kit/drawing/legend.js";
import { decimal, signed } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { token } from "../../../kit/text/tokens.js";
import { html, nothing, styleMap } from "../../../vendor/lit.js";

/** Nats from which on the colour is full. */
const MOST = 4;
const DEEPEST = 0.85;

/** @type {View<RetrieveAgain>} */
export function again(data, ctx) {
  const { passages } = data;
  if (!passages.length) return html`<p class="hint">No passage was found, so none is ranked again.</p>`;
  const said = Number(ctx.controls.candidate) - 1;
  const at = said >= 0 && said < passages.length ? said : first(data, "by_likelihood");
  return html`
    <p class="readout lead">${lead(data)}</p>
    ${table({
      label: "The passages in four orders",
      className: "keeps-names",
      rows: [...passages.keys()],
      columns: [
        { name: "RRF", number: true, cell: (row) => row + 1 },
        { name: "passage", cell: (row) => titled(data, ctx, row, at) },
        { name: "by SPLADE", number: true, cell: (row) => passages[row].by_splade },
        { name: "score", number: true, cell: (row) => decimal(passages[row].splade) },
        { name: "by cross-encoder", number: true, cell: (row) => passages[row].by_cross },
        { name: "logit", number: true, cell: (row) => signed(passages[row].cross) },
        { name: "by likelihood", number: true, cell: (row) => passages[row].by_likelihood },
        { name: "nats", number: true, cell: (row) => decimal(passages[row].likelihood, 1) },
        {
          name: "gain",
          number: true,
          title: "Over the question’s log-probability without a passage.",
          cell: (row) => signed(passages[row].likelihood - sum(data.bare.a)),
        },
      ],
    })}
    <h3 class="sub3" dir="auto">${passages[at].title}</h3>
    ${tokens(data, at)} ${words(data, at)}`;
}

/** @param {RetrieveAgain} data @param {ViewContext} ctx @param {number} row @param {number} at */
const titled = ({ passages, known }, ctx, row, at) =>
  html`<button type="button" class="link ${row === known ? "known" : ""}" aria-pressed=${row === at} dir="auto"
    @click=${() => ctx.control("candidate", row + 1)}>${passages[row].title}</button>`;

/** What the passage does to each token of the question. @param {RetrieveAgain} data @param {number} at */
function tokens({ ids, logp, bare }, at) {
  const gain = (/** @type {number} */ token) => logp.a[at * ids.length + token] - bare.a[token];
  return html`
    <p class="question-tokens">${ids.map(
      (id, place) =>
        html`<span style=${ground(gain(place))} title="${signed(gain(place))} nats by this passage">${token(id, {
          className: "mono",
        })}</span>`,
    )}</p>
    ${legend([
      [{ color: "pos" }, "made likelier by the passage"],
      [{ color: "neg" }, "made less likely"],
    ])}`;
}

/** @param {number} gain */
const ground = (gain) => styleMap(shaded(diverging()(DEEPEST * Math.max(-1, Math.min(1, gain / MOST)))));

/** @param {RetrieveAgain} data @param {number} at */
function words({ passages, asked }, at) {
  const own = new Set(asked.map(({ word }) => word));
  return html`
    ${table({
      label: "What each word adds to SPLADE’s score",
      className: "keeps-names",
      rows: [...passages[at].words],
      columns: [
        { name: "word", cell: ({ word }) => word },
        { name: "adds", number: true, cell: ({ value }) => decimal(value) },
        {
          name: "among the question’s heaviest",
          cell: ({ word }) => (own.has(word) ? "yes" : nothing),
        },
      ],
    })}
    <p class="hint">SPLADE gives the question most for ${asked
      .map(({ word, value }) => `${word} ${decimal(value)}`)
      .join(", ")}. The question’s tokens are read behind “Passage: … A question that this passage answers:”; a gain is
      a log-probability minus that without a passage.</p>`;
}

/** @param {RetrieveAgain} data @param {"by_splade" | "by_cross" | "by_likelihood"} which */
const first = ({ passages }, which) => passages.findIndex((each) => each[which] === 1);

/** @param {RetrieveAgain} data */
function lead(data) {
  const { passages, known } = data;
  const [sparse, likely] = [passages[first(data, "by_splade")], passages[first(data, "by_likelihood")]];
  const right = passages[known];
  return html`RRF has <b>${passages[0].title}</b> first, SPLADE <b>${sparse.title}</b>, the cross-encoder
    <b>${passages[first(data, "by_cross")].title}</b>. The model finds the question
    likeliest behind <b>${likely.title}</b>, by ${signed(likely.likelihood - sum(data.bare.a))} nats over no passage.
    ${
      right
        ? html`The article that is known to answer, <b>${right.title}</b>: RRF ${known + 1}, SPLADE ${right.by_splade},
          cross-encoder ${right.by_cross}, likelihood ${right.by_likelihood}.`
        : nothing
    }`;
}

/** @param {ArrayLike<number>} values */
const sum = (values) => Array.from(values).reduce((total, each) => total + each, 0);

/** @param {RetrieveAgain} data @returns {Row[]} */
export const rows = ({ passages, known, bare }) =>
  passages.map(({ title, splade, by_splade, cross, by_cross, likelihood, by_likelihood }, at) => ({
    rrf: at + 1,
    passage: title,
    splade,
    by_splade,
    cross,
    by_cross,
    likelihood,
    by_likelihood,
    gain: likelihood - sum(bare.a),
    known: at === known,
  }));
