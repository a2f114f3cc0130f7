// @ts-check
/**
 * A row a passage, three columns of bars: what the model cites, what it attends to, what caused the answer.
 *
 * @import { AnswerCauses, AnswerPassage } from "../../../types/context"
 */
import { decimal, percent, signed } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { tokenText } from "../../../kit/text/tokens.js";
import { html, nothing, styleMap } from "../../../vendor/lit.js";
import { amounts } from "./values.js";

/** @param {AnswerCauses} data @param {number} token */
export function columns(data, token) {
  const { cited, attended, caused, out } = amounts(data, token);
  const widest = Math.max(0.5, ...[...caused, ...out].filter(Number.isFinite).map(Math.abs));
  const looked = Math.max(1, ...attended.filter(Number.isFinite));
  const of = token < 0 ? "the whole answer" : html`the token <b class="mono">${tokenText(data.ids[token])}</b>`;
  const moved = data.passages.some(({ number, place }) => number !== place);
  return html`
    <h3 class="sub3">What each passage did <small>for ${of}</small></h3>
    ${table({
      label: "What each passage did",
      className: "keeps-names three",
      rows: [...data.passages],
      columns: [
        {
          name: "Passage",
          cell: (/** @type {AnswerPassage} */ { number, place, title }) =>
            html`<b>[${number}]</b> ${title} ${moved ? html`<small>was [${place}]</small>` : nothing}`,
        },
        { name: "cited", cell: (_, at) => meter(cited[at], 1, percent(cited[at]), "prob") },
        {
          name: "attended",
          cell: (_, at) => meter(attended[at], looked, `${decimal(attended[at])}×`, "river-deep", 1),
        },
        { name: "caused, nats", cell: (_, at) => sided(caused[at], out[at], widest) },
        { name: "left out", number: true, cell: (_, at) => (Number.isFinite(out[at]) ? signed(out[at]) : "…") },
        {
          name: "ContextCite",
          number: true,
          title: "Of the whole answer, in units of its logit.",
          cell: (_, at) => (data.contextcite && token < 0 ? signed(data.contextcite.a[at]) : token < 0 ? "…" : ""),
        },
      ],
    })}`;
}

/**
 * A bar from nought.
 * @param {number} value
 * @param {number} most
 * @param {string} said
 * @param {string} color
 * @param {number} [line]
 */
function meter(value, most, said, color, line) {
  if (!Number.isFinite(value)) return html`<span class="muted">…</span>`;
  const look = { "--size": `${(100 * value) / most}%`, "--color": `var(--${color})` };
  return html`<span class="meter"><i style=${styleMap(look)}></i>${
    line === undefined ? nothing : html`<u style=${styleMap({ left: `${(100 * line) / most}%` })}></u>`
  }</span> <span class="num">${said}</span>`;
}

/**
 * A bar to the left or the right of the middle, and a line.
 * @param {number} value
 * @param {number} line
 * @param {number} most
 */
function sided(value, line, most) {
  const place = (/** @type {number} */ each) => 50 + (50 * each) / most;
  const bar = Number.isFinite(value)
    ? html`<i class=${value < 0 ? "n" : "p"} style=${styleMap({
        left: `${Math.min(50, place(value))}%`,
        width: `${Math.abs(place(value) - 50)}%`,
      })}></i>`
    : nothing;
  const tick = Number.isFinite(line) ? html`<u style=${styleMap({ left: `${place(line)}%` })}></u>` : nothing;
  return html`<span class="meter sided">${bar}${tick}</span>
    <span class="num">${Number.isFinite(value) ? signed(value) : "…"}</span>`;
}
