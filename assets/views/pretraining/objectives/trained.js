// @ts-check
/**
 * The text by what each token costs the model that was trained under an objective, one strip for each.
 *
 * @import { TwinLosses, TwinsShown } from "../../../types/pretraining"
 * @import { Drafts } from "../../../kit/controls/typed.js"
 * @import { Row, View } from "../../../kit/view"
 */
import { plot } from "../../../kit/chart/plot.js";
import { shaded } from "../../../kit/colour/legible.js";
import { ramp } from "../../../kit/colour/ramp.js";
import { control } from "../../../kit/controls/declared.js";
import { rove } from "../../../kit/controls/roving.js";
import { legend } from "../../../kit/drawing/legend.js";
import { decimal, percent, whole } from "../../../kit/numbers/format.js";
import { table } from "../../../kit/numbers/table.js";
import { piece } from "../../../kit/text/tokens.js";
import { tooltip } from "../../../kit/tooltip.js";
import { html, styleMap } from "../../../vendor/lit.js";
import { NAMED, textField } from "./names.js";

/** Nats from which on the colour is full. */
const MOST = 12;
const DEEPEST = 0.85;
const HEIGHT = 300;
/** @type {Record<string, string>} */
const COLOURS = { clm: "prob", mlm: "pos", spans: "neg", prefix: "river-deep", fim: "ink3", mtp: "ok" };

/** @type {View<TwinsShown, Drafts>} */
export function trained(data, ctx) {
  return html`
    ${textField(data, ctx)}
    <div class="settings-row">${control(ctx, "seed")}</div>
    <p class="readout lead">${said(data)}</p>
    ${legend([
      ["surprising", `loss, 0 to ${MOST} nats or more`],
      ["unscored", "not predicted"],
      ["middle", "not in the inputs at its place"],
    ])}
    ${data.twins.map((each) => strip(each, data))}
    <h3 class="sub3">The signal of this text</h3>
    ${table({
      label: "What each objective learns from on this text",
      columns: [
        { name: "objective", cell: ({ name }) => NAMED[name].name },
        { name: "positions read", number: true, cell: ({ positions }) => whole(positions) },
        {
          name: "targets",
          number: true,
          title: "Marks, and all heads, counted",
          cell: ({ targets }) => whole(targets),
        },
        { name: "tokens predicted", number: true, cell: (each) => percent(predicted(each) / data.ids.length, 0) },
        { name: "nats a token", number: true, cell: (each) => shown(mean(each)) },
        { name: "nats a mark", number: true, cell: ({ marks }) => shown(marks) },
      ],
      rows: data.twins,
    })}
    ${ahead(data)}
    <h3 class="sub3">The six trainings <small>seed ${data.seed}, one each</small></h3>
    ${table({
      label: "How each model was trained",
      columns: [
        { name: "objective", cell: ({ name }) => NAMED[name].name },
        { name: "TFLOP", number: true, cell: ({ run }) => decimal(run.flops / 1e12, 2) },
        { name: "steps", number: true, cell: ({ run }) => whole(run.steps) },
        { name: "tokens read", number: true, cell: ({ run }) => whole(run.tokens) },
        { name: "targets", number: true, cell: ({ run }) => whole(run.targets) },
        { name: "targets a token", number: true, cell: ({ run }) => decimal(run.targets / run.tokens) },
        { name: "held out, nats", number: true, cell: ({ run }) => decimal(run.held_out) },
        {
          name: "weights",
          cell: ({ run }) => html`<span class="mono" title=${run.sha256}>${run.sha256.slice(0, 8)}</span>`,
        },
      ],
      rows: data.twins,
    })}
    ${plot({
      label: "Held-out loss of each objective’s own targets over the compute",
      height: HEIGHT,
      traces: data.twins.map(({ name, run }) => ({
        x: run.curve.map(([flops]) => flops / 1e12),
        y: run.curve.map(([, loss]) => loss),
        name: NAMED[name].name,
        color: COLOURS[name],
      })),
      x: { title: "TFLOP spent" },
      y: { title: "nats a target" },
    })}
    <p class="hint">All six have ${whole(data.twins[0].run.parameters)} parameters (multi-token prediction has a matrix
      more for each further head), start from the same weights and read the same windows in the same order until the
      compute is spent. Unembedding is counted where a target is, so that an objective of few targets reads more
      tokens. The losses are of different targets, under different sight: they do not say which objective is better,
      and there is one seed of each. The recipe and the weights lie in models/objective-twins.</p>`;
}

/** @param {TwinsShown} data @returns {Row[]} */
export const rows = (data) =>
  data.twins.flatMap((each) =>
    data.tokens.map((token, at) => ({
      objective: each.name,
      position: at,
      token,
      loss: n(each.nats.a[at]) ? each.nats.a[at] : null,
      hidden: Number(each.hidden.a[at]),
    })),
  );

/** @param {TwinLosses} each @param {TwinsShown} data */
function strip(each, data) {
  const colour = ramp("neg");
  const loss = n(mean(each)) ? `${decimal(Number(mean(each)))} nats a token` : "no loss";
  const title = `${NAMED[each.name].name}: ${loss}`;
  return html`
    <h3 class="sub3">${title}</h3>
    <div class="surprised" role="group" aria-label=${title} data-rove @keydown=${rove}>
      ${data.tokens.map((token, at) => {
        const lost = each.nats.a[at];
        const word = written(token);
        const told = tooltip(word, () => [
          ["token of the text", String(at)],
          ["loss", n(lost) ? `${decimal(lost, 3)} nats` : "none"],
        ]);
        const ground = n(lost) ? shaded(colour((DEEPEST * Math.min(lost, MOST)) / MOST)) : {};
        const look = `${n(lost) ? "" : "unscored"} ${each.hidden.a[at] ? "middle" : ""}`;
        return html`<span class="at ${look}" tabindex=${at ? -1 : 0} role="img" style=${styleMap(ground)}
          aria-label="${word}, ${n(lost) ? `${decimal(lost)} nats` : "no loss"}"
          @pointermove=${told.show} @focus=${told.beside} @pointerleave=${told.hide}
          @blur=${told.hide}><bdi>${piece(word, "mono")}</bdi></span>`;
      })}
    </div>`;
}

/** The further heads of multi-token prediction. @param {TwinsShown} data */
function ahead({ twins }) {
  const many = twins.find(({ heads }) => heads.length > 1);
  if (!many) return "";
  return html`<p class="hint">${NAMED[many.name].name} draws its first head above. Its heads lose
    ${many.heads.map((nats, at) => `${at ? ", " : ""}${shown(nats)}`)} nats a token, the first to the last.</p>`;
}

/** @param {TwinsShown} data */
function said({ twins, ids }) {
  const [causal, masked] = ["clm", "mlm"].map((name) => twins.find((each) => each.name === name));
  if (!causal || !masked) return "";
  return html`Of this text’s ${whole(ids.length)} tokens, causal modelling predicts
    <b>${percent(predicted(causal) / ids.length, 0)}</b> and masked modelling
    <b>${percent(predicted(masked) / ids.length, 0)}</b>. Over the whole training the first had
    <b>${decimal(causal.run.targets / 1e6)}</b> million targets, the second
    <b>${decimal(masked.run.targets / 1e6)}</b> million, for the same compute.`;
}

/** Tokens of the text that give a loss. @param {TwinLosses} each */
const predicted = ({ nats }) => Array.from(nats.a).filter(n).length;

/** @param {TwinLosses} each */
function mean({ nats }) {
  const numbers = Array.from(nats.a).filter(n);
  return numbers.length ? numbers.reduce((sum, each) => sum + each, 0) / numbers.length : null;
}

/** Spaces and line ends as signs. @param {string} token */
const written = (token) => token.replaceAll(" ", "·").replaceAll("\n", "↵").replaceAll("\t", "⇥");

/** @param {number | null} value */
const shown = (value) => (n(value) ? decimal(Number(value)) : "–");

/** NaN arrives in a list as such, alone as null. @param {number | null} value */
const n = (value) => value !== null && Number.isFinite(value);
