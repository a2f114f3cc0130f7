// @ts-check
/**
 * The vocabulary counted: what tokens are made of, their scripts, their lengths.
 *
 * @import { Share, VocabularyStatistics } from "../../../types/embeddings"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 */
import { bottomAxis, leftAxis } from "../../../kit/drawing/axis.js";
import { decimal, percent, whole } from "../../../kit/numbers/format.js";
import { token } from "../../../kit/text/tokens.js";
import { max, range, scaleLinear } from "../../../vendor/d3.js";
import { html, svg } from "../../../vendor/lit.js";
import { pick } from "./chosen.js";

const [HEIGHT, TOP, BASE, LEFT] = [220, 24, 184, 52];

/** Quick: it is counted by itself. */
export const follows = true;

/** @type {View<VocabularyStatistics>} */
export function statistics(data, ctx) {
  const abreast = ctx.width > 860;
  return html`
    <p class="readout">${said(data)}</p>
    <div class="counted ${abreast ? "abreast" : ""}">
      ${counts("Made of", data.kinds, data.d_vocab, ctx)}
      ${counts("Script of its letters", data.scripts, data.d_vocab, ctx)}
    </div>
    <h3 class="sub3">Length in bytes</h3>
    ${histogram(data, Math.min(ctx.width, 900))}
    <p class="hint">Special tokens are not counted. The longest tokens:
      ${data.longest.map((id) => html`${token(id, { most: 24 })} `)}</p>`;
}

/** @param {VocabularyStatistics} data @returns {Row[]} */
export function rows({ kinds, scripts, lengths }) {
  return [
    ...kinds.map(({ name, count }) => ({ of: "made of", name, count })),
    ...scripts.map(({ name, count }) => ({ of: "script", name, count })),
    ...[...lengths.a].map((count, bytes) => ({
      of: "bytes",
      name: bytes === lengths.a.length - 1 ? `${bytes} or more` : String(bytes),
      count,
    })),
  ];
}

/** @param {VocabularyStatistics} data */
function said({ d_vocab, leading_space, copies, mean_length }) {
  return html`<b>${whole(d_vocab)}</b> tokens of ${decimal(mean_length, 1)} bytes on average.
    <b>${percent(leading_space / d_vocab)}</b> begin with a space, so they begin a word; ${whole(copies)} of these
    also exist without the space.`;
}

/**
 * @param {string} title
 * @param {Share[]} shares
 * @param {number} total
 * @param {ViewContext} ctx
 */
function counts(title, shares, total, ctx) {
  const most = max(shares, ({ count }) => count) ?? 1;
  return html`
    <section>
      <h3 class="sub3">${title}</h3>
      <ul class="shares">
        ${shares.map(
          ({ name, count, examples }) => html`
            <li><span class="name">${name}</span><i
                class="track"><i style="width:${((100 * count) / most).toFixed(2)}%"></i></i>
              <span class="no">${whole(count)}</span><span class="no dim">${percent(count / total)}</span>
              <span class="examples">${examples.map((id) => pick(id, ctx))}</span></li>`,
        )}
      </ul>
    </section>`;
}

/** @param {VocabularyStatistics} data @param {number} width */
function histogram({ lengths }, width) {
  const n = lengths.a.length;
  const x = scaleLinear([0, n], [LEFT, width - 8]);
  const y = scaleLinear([0, max(lengths.a) ?? 1], [BASE, TOP]).nice(4);
  const said = [...lengths.a].map((count, at) => `${at}: ${count}`).join(", ");
  return svg`
    <svg class="fig lengths" viewBox="0 0 ${width} ${HEIGHT}" width=${width} height=${HEIGHT} role="img"
      aria-label="Tokens by length in bytes. ${said}">
      ${leftAxis({ scale: y, x: LEFT, grid: width - LEFT - 8, count: 4, format: whole, title: "tokens" })}
      ${range(n).map(
        (at) =>
          svg`<rect class="bin" x=${x(at) + 1} y=${y(lengths.a[at])} width=${x(1) - x(0) - 2}
            height=${BASE - y(lengths.a[at])}><title>${at} bytes: ${whole(lengths.a[at])}</title></rect>`,
      )}
      ${bottomAxis({
        scale: scaleLinear([-0.5, n - 0.5], x.range()),
        y: BASE,
        values: range(0, n, 5),
        format: (at) => (at === n - 1 ? `${at} or more` : String(at)),
        title: "bytes",
      })}
    </svg>`;
}
