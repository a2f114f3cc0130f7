// @ts-check
/**
 * Perplexity over held-out texts against the bytes of a cache: every policy, and what the texts can tell apart.
 *
 * @import { AddedLoss, CachePerplexity, PolicyPerplexity } from "../../../types/inference"
 * @import { Row, View } from "../../../kit/view"
 *
 * @typedef {{ chosen?: string, against?: "full" | "half" }} Kept
 */
import { segmented } from "../../../kit/controls/controls.js";
import { control } from "../../../kit/controls/declared.js";
import { counted, decimal, percent, signed, whole } from "../../../kit/numbers/format.js";
import { memory } from "../../../kit/numbers/magnitude.js";
import { table } from "../../../kit/numbers/table.js";
import { html, nothing } from "../../../vendor/lit.js";
import { scatter } from "./corpus_scatter.js";
import { columnWidth } from "./steps.js";

/** Nats from which on the kind that costs most is told. */
const MOST = 0.001;
const BASES = { full: "float32", half: "float16" };
const VERDICTS = {
  more: "more",
  less: "less",
  within: "within the spread",
  same: "the same",
  unknown: "one text has no interval",
};

/** @type {View<CachePerplexity, Kept>} */
export function corpus(data, ctx) {
  const against = ctx.kept.against ?? "half";
  const chosen = ctx.kept.chosen ?? "";
  const choose = (/** @type {string} */ name) => ctx.keep({ chosen: name === chosen ? "" : name });
  return html`
    <div class="bar">
      ${control(ctx, "kept")} ${control(ctx, "texts")}
      <div class="setting">
        <span class="muted">Compared with the full cache in</span>
        ${segmented({
          label: "Compared with the full cache in",
          choices: [
            ["half", BASES.half],
            ["full", BASES.full],
          ],
          chosen: against,
          choose: (base) => ctx.keep({ against: /** @type {"full" | "half"} */ (base) }),
        })}
      </div>
    </div>
    <p class="readout">${lead(data, against)}</p>
    <div class="side-by-side">
      <div>
        <h3 class="sub3">Loss added <small>nats a token, by bytes of a text’s cache</small></h3>
        ${scatter(data.policies, { against, chosen, choose, width: columnWidth(ctx.width) })}
        <p class="hint">The scale of bytes is logarithmic. Whiskers are 95 % intervals of the differences, text by
        text.</p>
      </div>
      <div>
        <h3 class="sub3">In numbers</h3> ${numbers(data, against, chosen, choose)}
      </div>
    </div>
    <h3 class="sub3 kinds">Loss by kind of text <small>loss added against float32</small></h3>
    ${byKind(data, chosen, choose)}
    <p class="hint">${method(data)}</p>`;
}

/** @param {CachePerplexity} data @returns {Row[]} */
export function rows(data) {
  return data.policies.map(({ name, label, bytes, perplexity, full, half, same, kinds }) => ({
    policy: name,
    label,
    bytes,
    perplexity,
    ...ends("float32", full),
    ...ends("float16", half),
    same_top: same,
    ...Object.fromEntries(data.kinds.map((kind, at) => [`added_${kind}`, kinds[at]])),
  }));
}

/** @param {string} base @param {AddedLoss} loss @returns {Row} */
const ends = (base, { over, verdict }) => ({
  [`added_to_${base}`]: over.mean,
  [`added_to_${base}_low`]: over.low,
  [`added_to_${base}_high`]: over.high,
  [`against_${base}`]: verdict,
});

/** @param {CachePerplexity} data @param {"full" | "half"} against */
function lead(data, against) {
  const base = data.policies.find(({ name }) => name === BASES[against]);
  if (!base) return nothing;
  const others = data.policies.filter((each) => each !== base);
  const named = (/** @type {PolicyPerplexity["full"]["verdict"][]} */ verdicts) =>
    others.filter((each) => verdicts.includes(each[against].verdict)).map(({ label }) => label);
  const [told, lost] = [named(["more", "less"]), named(["within", "same"])];
  const so = data.steps < data.of_steps ? `${data.steps} of ${data.of_steps} tokens of each text so far. ` : "";
  const over = `over ${counted(data.texts, "text")}`;
  const apart = told.length
    ? html`The loss differs from the full cache’s ${over}: <b>${told.join(", ")}</b>.`
    : `No policy’s loss differs from the full cache’s ${over}.`;
  return html`${so}The full cache in ${BASES[against]} takes ${memory(base.bytes)} a text and has perplexity
    <b>${decimal(base.perplexity)}</b>.
    ${apart}${lost.length ? ` The difference lies within the spread of the texts: ${lost.join(", ")}.` : ""}`;
}

/**
 * @param {CachePerplexity} data
 * @param {"full" | "half"} against
 * @param {string} chosen
 * @param {(name: string) => void} choose
 */
function numbers(data, against, chosen, choose) {
  const half = data.policies.find(({ name }) => name === BASES.half)?.bytes ?? 1;
  const number = true;
  return table({
    label: "Policies in numbers",
    rows: data.policies,
    selected: ({ name }) => name === chosen,
    select: ({ name }) => choose(name),
    className: "costs",
    columns: [
      { name: "Policy", cell: ({ label }) => label },
      { name: "bytes", title: "of a text’s cache at its end", cell: ({ bytes }) => memory(bytes), number },
      {
        name: "loss added",
        title: `against ${BASES[against]}, nats a token`,
        cell: (each) => {
          const { over, verdict } = each[against];
          return html`${verdict === "same" ? "0" : signed(over.mean, 4)}<small>${VERDICTS[verdict]}</small>`;
        },
        number,
      },
      { name: "perplexity", cell: ({ perplexity }) => decimal(perplexity), number },
      { name: "of float16", cell: ({ bytes }) => percent(bytes / half), number },
      {
        name: "same top",
        title: "steps whose likeliest token is float32’s",
        cell: ({ same }) => percent(same),
        number,
      },
    ],
  });
}

/**
 * @param {CachePerplexity} data
 * @param {string} chosen
 * @param {(name: string) => void} choose
 */
function byKind(data, chosen, choose) {
  return table({
    label: "Loss added by kind of text",
    rows: data.policies.slice(1),
    selected: ({ name }) => name === chosen,
    select: ({ name }) => choose(name),
    className: "costs",
    columns: [
      { name: "Policy", cell: ({ label }) => label },
      ...data.kinds.map((kind, at) => ({
        name: kind,
        number: true,
        cell: (/** @type {PolicyPerplexity} */ { kinds }) =>
          kinds[at] >= MOST && kinds[at] === Math.max(...kinds)
            ? html`<b>${signed(kinds[at], 4)}</b>`
            : signed(kinds[at], 4),
      })),
    ],
  });
}

/** @param {CachePerplexity} data */
function method({ start, length, texts, of_steps, group, residual, absent }) {
  return (
    `${whole(texts * of_steps)} tokens are scored: ${counted(texts, "text")} of ${length} tokens. The first ${start} ` +
    "are read at once in full precision, the others one by one. Bytes include positions and scores. Codes: groups of " +
    `${group} share a 16-bit scale and zero, and the newest ${residual} to ${residual + group - 1} tokens stay in 16 ` +
    `bits, as do window and heavy hitters. Bold: the kind on which a policy loses most. ${absent}`
  );
}
