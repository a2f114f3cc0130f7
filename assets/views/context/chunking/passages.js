// @ts-check
/**
 * A document with the passages of one way drawn in it: where each begins, what stands in two, what is not read.
 *
 * @import { ChunkedWay, ChunkingWays } from "../../../types/context"
 */
import { legend } from "../../../kit/drawing/legend.js";
import { counted, decimal } from "../../../kit/numbers/format.js";
import { html, nothing } from "../../../vendor/lit.js";

/** @param {ChunkingWays} data @param {ChunkedWay} way */
export function passages(data, { passages: held, best }) {
  return html`
    ${legend([
      [{ color: "prob" }, "the passage that the question finds"],
      [{ color: "river-deep" }, "in two passages"],
      [{ color: "neg" }, "not read by MiniLM"],
    ])}
    <div class="document" dir="auto">
      ${data.text.map((text, at) => stretch(data.places[at], text, held, best))}
    </div>`;
}

/** @param {number} start @param {string} text @param {ChunkedWay["passages"]} held @param {number} best */
function stretch(start, text, held, best) {
  const inside = held.map((each, at) => ({ each, at })).filter(({ each }) => each.start <= start && start < each.end);
  const begins = inside.find(({ each }) => each.start === start);
  const unread = inside.length > 0 && inside.every(({ each }) => start >= each.read);
  const look = [
    inside.some(({ at }) => at === best) ? "best" : "",
    inside.length > 1 ? "twice" : "",
    unread ? "unread" : "",
    inside.length && inside[inside.length - 1].at % 2 ? "odd" : "",
  ];
  return html`${begins ? label(begins.each, begins.at) : nothing}<span class=${look.join(" ")}>${text}</span>`;
}

/** @param {ChunkedWay["passages"][number]} passage @param {number} at */
const label = ({ pieces, headings, cosine }, at) =>
  html`<small class="begins" title="${counted(pieces, "piece")}, cosine ${decimal(cosine, 3)}">${at + 1}<span
    class="muted"> ${headings.length ? `${headings.join(" › ")}: ` : ""}${decimal(cosine)}</span></small>`;
