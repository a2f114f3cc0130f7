// @ts-check
/**
 * Tokens of one expert: those that go to it more than elsewhere, or those that are most of its work.
 *
 * @import { OneExpert, Top } from "../../../types/architectures"
 * @import { Chosen } from "./selection.js"
 * @import { Column } from "../../../kit/numbers/table.js"
 * @typedef {ReturnType<typeof tokensOf>[number]} Sent
 */
import { percent, whole } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { token } from "../../../kit/text/tokens.js";
import { range, scaleLinear } from "../../../vendor/d3.js";
import { html, svg } from "../../../vendor/lit.js";
import { interval } from "./interval.js";
import { load, times } from "./selection.js";

const BAR = { width: 92, height: 14 };

/**
 * The shares are of a token's choices, as all shares of the card are: of k choices at most one is this expert.
 * @param {OneExpert} data
 * @param {Chosen} chosen
 * @param {"lift" | "often"} list
 */
export function tokensOf(data, chosen, list) {
  /** @type {Top} */
  const top = data[list];
  const ranks = top.ids.shape[2];
  const first = (chosen.block * data.n_experts + chosen.expert) * ranks;
  return range(first, first + ranks)
    .filter((at) => top.ids.a[at] >= 0 && top.share.a[at] > 0)
    .map((at) => ({
      id: top.ids.a[at],
      lift: top.lift.a[at],
      value: top.share.a[at],
      low: top.low.a[at],
      high: top.high.a[at],
      count: top.count.a[at],
      work: (top.share.a[at] * top.count.a[at]) / (load(data, chosen) * data.tokens),
    }));
}

/** @param {{ data: OneExpert, chosen: Chosen, list: "lift" | "often" }} options */
export function tokensTable({ data, chosen, list }) {
  const rows = tokensOf(data, chosen, list);
  const [title, note] =
    list === "lift"
      ? ["Come here more than other tokens", `by lift; tokens seen at least ${data.least} times`]
      : ["Most of its work", "by their share of all that this expert takes"];
  return html`
    <div class="tokens">
      <h3 class="sub3">${title} <small>${note}</small></h3>
      ${
        rows.length
          ? table({ label: title, columns: columns(data, list), rows, className: "expert-tokens" })
          : html`<p class="hint">No token of these passages chooses this expert.</p>`
      }
    </div>`;
}

/**
 * @param {OneExpert} data
 * @param {"lift" | "often"} list
 * @returns {Column<Sent>[]}
 */
function columns({ count, k }, list) {
  const most = count === "pairs" ? 1 / k : 1;
  return [
    { name: "Token", cell: ({ id }) => token(id), className: "token" },
    {
      name: count === "weight" ? "weight here" : "choices here",
      title: `share of the token’s ${count === "weight" ? "weight" : "choices"}; the bar ends at ${percent(most)}`,
      cell: (sent) => bar(sent, most),
    },
    {
      name: html`<span class="unseen">share</span>`,
      cell: ({ value }) => `${(100 * value).toFixed(0)} %`,
      number: true,
    },
    list === "lift"
      ? {
          name: "lift",
          title: "p(expert | token) / p(expert)",
          cell: ({ lift }) => html`<b>${times(lift)}</b>`,
          number: true,
        }
      : {
          name: "of its work",
          title: "share of all that this expert takes",
          cell: ({ work }) => html`<b>${percent(work)}</b>`,
          number: true,
        },
    {
      name: "seen",
      title: "occurrences in the passages",
      cell: (/** @type {Sent} */ sent) => whole(Math.round(sent.count)),
      number: true,
    },
  ];
}

/** @param {Sent} sent @param {number} most that a token can give one expert */
function bar(sent, most) {
  const { width, height } = BAR;
  const x = scaleLinear([0, most], [1, width - 2]);
  const explained = `${percent(sent.low)} to ${percent(sent.high)}`;
  const said = `${percent(sent.value)} go here; its passages alone explain ${explained}`;
  return svg`
    <svg width=${width} height=${height} viewBox="0 0 ${width} ${height}" role="img" aria-label=${said}>
      <title>${said}</title>
      <line class="zero" x1="0.5" x2="0.5" y1="0" y2=${height} />
      ${interval(sent, x, height / 2, sent.value > sent.high)}
    </svg>`;
}
