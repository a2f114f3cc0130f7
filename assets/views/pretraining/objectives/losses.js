// @ts-check
/**
 * The text by what each token costs the model: in its order, and with the middle last.
 *
 * @import { ObjectiveLosses } from "../../../types/pretraining"
 * @import { Drafts } from "../../../kit/controls/typed.js"
 * @import { Row, View } from "../../../kit/view"
 */
import { shaded } from "../../../kit/colour/legible.js";
import { ramp } from "../../../kit/colour/ramp.js";
import { control } from "../../../kit/controls/declared.js";
import { rove } from "../../../kit/controls/roving.js";
import { legend } from "../../../kit/drawing/legend.js";
import { counted, decimal, signed } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { token, tokenText } from "../../../kit/text/tokens.js";
import { tooltip } from "../../../kit/tooltip.js";
import { html, styleMap } from "../../../vendor/lit.js";
import { textField } from "./names.js";

/** Nats from which on the colour is full. */
const MOST = 12;
const DEEPEST = 0.85;

/** @type {View<ObjectiveLosses, Drafts>} */
export function losses(data, ctx) {
  const order = data.ids.map((_, at) => at);
  return html`
    ${textField(data, ctx)}
    <div class="settings-row">${control(ctx, "seed")}</div>
    <p class="readout lead">${said(data)}</p>
    ${legend([
      ["surprising", `loss, 0 to ${MOST} nats or more`],
      ["unscored", "gives no loss"],
      ["middle", "the middle"],
    ])}
    ${strip("Causal: in its order", data.causal.a, order, () => true, data)}
    ${strip("Prefix LM: the suffix alone", data.causal.a, order, (at) => at >= data.prefix, data)}
    ${strip("Middle last: prefix, suffix, middle", data.middle_last.a, Array.from(data.order.a), () => true, data)}
    ${table({
      label: "Mean loss by objective",
      columns: [
        { name: "loss of", cell: ({ name }) => name },
        { name: "tokens", number: true, cell: ({ n }) => n },
        { name: "mean, nats", number: true, cell: ({ mean }) => (n(mean) ? decimal(mean, 3) : "–") },
      ],
      rows: means(data),
    })}
    <p class="hint">Under prefix LM this model reads the prefix causally, so that each token costs what it costs under
      CLM; only which tokens count differs. It was not trained to write a middle behind its suffix, and no marks are put
      between the parts: its vocabulary was not trained with these. What it loses there says what the new order does to
      it, and not what a model trained to fill in the middle would lose.</p>
    ${trap(data)}`;
}

/** @param {ObjectiveLosses} data @returns {Row[]} */
export const rows = (data) =>
  data.ids.map((id, at) => ({
    position: at,
    token: tokenText(id),
    causal: data.causal.a[at],
    prefix_lm: at >= data.prefix ? data.causal.a[at] : null,
    middle_last: data.middle_last.a[at],
    middle: Number(inMiddle(data, at)),
  }));

/** @param {ObjectiveLosses} data */
function said(data) {
  const { here, moved, both } = middle(data);
  if (data.end === data.ids.length) return "This seed draws no suffix: both orders are the same. Choose another seed.";
  if (!both) return "This seed draws no middle that gives a loss in both orders. Choose another seed.";
  return html`
    The middle has ${counted(data.end - data.begin, "token")}. Read in its place it
    costs <b>${decimal(here, 2)}</b> nats
    a token; read last, behind the suffix, <b>${decimal(moved, 2)}</b>: ${signed(moved - here, 2)} over
    ${counted(both, "token")} that give a loss in both.`;
}

/** @param {ObjectiveLosses} data */
function trap({ causal, shifted_twice }) {
  if (!n(shifted_twice)) return "";
  return html`
    <h3 class="sub3">Labels that are shifted twice</h3>
    <p class="readout lead">transformers shifts labels itself. Labels that are shifted already give
      <b>${decimal(shifted_twice, 2)}</b> nats a token in place of
      <b>${decimal(mean(Array.from(causal.a)), 2)}</b>: each
      position is then asked for the token after the next. No error is raised.</p>`;
}

/**
 * @param {string} title
 * @param {ArrayLike<number | null>} nats by places in the text
 * @param {number[]} order
 * @param {(at: number) => boolean} counts
 * @param {ObjectiveLosses} data
 */
function strip(title, nats, order, counts, data) {
  const colour = ramp("neg");
  return html`
    <h3 class="sub3">${title}</h3>
    <div class="surprised" role="group" aria-label=${title} data-rove @keydown=${rove}>
      ${order.map((at, read) => {
        const lost = counts(at) ? nats[at] : null;
        const told = tooltip(tokenText(data.ids[at]), () => [
          ["token of the text", String(at)],
          ["loss", n(lost) ? `${decimal(Number(lost), 3)} nats` : "none"],
          ["causal", n(data.causal.a[at]) ? `${decimal(data.causal.a[at], 3)} nats` : "none"],
        ]);
        const ground = n(lost) ? shaded(colour((DEEPEST * Math.min(Number(lost), MOST)) / MOST)) : {};
        const look = `${n(lost) ? "" : "unscored"} ${inMiddle(data, at) ? "middle" : ""}`;
        return html`<span class="at ${look}" tabindex=${read ? -1 : 0} role="img" style=${styleMap(ground)}
          aria-label="${tokenText(data.ids[at])}, ${n(lost) ? `${decimal(Number(lost))} nats` : "no loss"}"
          @pointermove=${told.show} @focus=${told.beside} @pointerleave=${told.hide}
          @blur=${told.hide}><bdi>${token(data.ids[at], { className: "mono" })}</bdi></span>`;
      })}
    </div>`;
}

/** @param {ObjectiveLosses} data */
function means(data) {
  const causal = Array.from(data.causal.a);
  const { here, moved, both } = middle(data);
  const of = (/** @type {string} */ name, /** @type {(number | null)[]} */ nats) => ({
    name,
    n: nats.filter(n).length,
    mean: mean(nats),
  });
  return [
    of("causal: all tokens", causal),
    of("prefix LM: the suffix", causal.slice(data.prefix)),
    of("middle last: all tokens", Array.from(data.middle_last.a)),
    { name: "the middle, in its place", n: both, mean: here },
    { name: "the middle, read last", n: both, mean: moved },
  ];
}

/** Over the tokens that give a loss in both orders. @param {ObjectiveLosses} data */
function middle(data) {
  const both = data.ids
    .map((_, at) => at)
    .filter((at) => inMiddle(data, at) && n(data.causal.a[at]) && n(data.middle_last.a[at]));
  return {
    here: mean(both.map((at) => data.causal.a[at])),
    moved: mean(both.map((at) => data.middle_last.a[at])),
    both: both.length,
  };
}

/** @param {ObjectiveLosses} data @param {number} at */
const inMiddle = ({ begin, end }, at) => begin <= at && at < end;

/** Whether it is a number: NaN arrives in a list as such, alone as null. @param {number | null} value */
const n = (value) => value !== null && Number.isFinite(value);

/** Of those that are numbers. @param {(number | null)[]} values */
function mean(values) {
  const numbers = values.filter(n).map(Number);
  return numbers.reduce((sum, each) => sum + each, 0) / numbers.length;
}
