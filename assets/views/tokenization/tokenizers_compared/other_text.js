// @ts-check
/**
 * The text of the run beside this one in the same tokenizers: how many tokens each makes of it.
 *
 * @import { ComparedLane, TokenizersLanes } from "../../../types/tokenization"
 * @import { Row, ViewContext } from "../../../kit/view"
 *
 * @typedef {object} There
 * @property {number} n tokens of that text
 * @property {string} each bytes a token, written
 */
import { counted, decimal, whole } from "../../../kit/numbers/format.js";
import { greatest, least } from "../../../vendor/d3.js";
import { html, nothing } from "../../../vendor/lit.js";

/** One tokenizer on that text. @param {TokenizersLanes} data @param {ComparedLane} lane @returns {There | null} */
export function thereOf({ base, lanes }, lane) {
  const n = base?.tokens[lanes.indexOf(lane)] ?? -1;
  return !base || base.same_text || n < 0 ? null : { n, each: n ? decimal(base.nbytes / n) : "–" };
}

/** Tokens of that text, behind each of a lane's. @param {TokenizersLanes} data @param {ComparedLane} lane
 * @param {ViewContext} ctx @returns {Row} */
export function tokensThere(data, lane, { beside }) {
  const there = thereOf(data, lane);
  return there ? { [`tokens_of_${beside.column}`]: there.n } : {};
}

/** Both texts in that run's own tokenizer. @param {TokenizersLanes} data @param {ViewContext} ctx @returns {Row[]} */
export function ownRows({ base }, { beside }) {
  if (!base?.own) return [];
  const { title, here, there } = base.own;
  return [{ tokenizer: title, tokens: here, [`tokens_of_${beside.column}`]: there }];
}

/** Both texts in words. @param {TokenizersLanes} data @param {ViewContext} ctx */
export function compared(data, { beside }) {
  const { base, nbytes } = data;
  if (!base) return nothing;
  return html`<p class="readout basenote">${base.same_text ? nothing : texts(data, beside.start)}
    ${
      base.own
        ? html`${beside.The}’s own tokenizer, ${base.own.title}, with ${whole(base.own.size)} ids, cuts this text into
          <b
              data-own=${base.own.here}>${counted(base.own.here, "token")}</b>${each(nbytes, base.own.here)}${
                base.same_text
                  ? ""
                  : html` and its own text into ${counted(base.own.there, "token")}${each(base.nbytes, base.own.there)}`
              }.`
        : nothing
    }</p>`;
}

/** @param {number} nbytes @param {number} n */
const each = (nbytes, n) => (n ? ` (${decimal(nbytes / n)} bytes each)` : "");

/** @param {TokenizersLanes} data @param {string} start */
function texts(data, start) {
  const { base, lanes, nbytes } = data;
  const found = lanes.flatMap((lane) => {
    const there = thereOf(data, lane);
    const n = lane.ids.a.length;
    return there && n && there.n ? [{ title: lane.title, n, there: there.n }] : [];
  });
  const size = html`${start} the text has ${counted(base?.nbytes ?? 0, "byte")}, here ${whole(nbytes)}.`;
  const few = least(found, ({ there }) => there);
  const most = greatest(found, ({ n, there }) => Math.abs(Math.log((base?.nbytes ?? 1) / there / (nbytes / n))));
  if (!few || !most) return size;
  const [here, its] = [nbytes / most.n, (base?.nbytes ?? 0) / most.there];
  return html`${size} ${few.title} makes the fewest tokens of that text,
    <b data-fewest=${few.there}>${whole(few.there)}</b>, against ${whole(few.n)} of this one. ${
      found.length > 1
        ? html`Bytes per token differ most for ${most.title}: ${decimal(its)} there, ${decimal(here)} here.`
        : nothing
    }`;
}
