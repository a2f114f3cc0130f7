// @ts-check
/**
 * An answer with passages and without, and for each of its tokens what each passage did: cited, attended, caused.
 *
 * @import { AnswerCauses } from "../../../types/context"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 */
import { control } from "../../../kit/controls/declared.js";
import { typed, typedText } from "../../../kit/controls/typed.js";
import { counted, decimal, percent, signed, whole } from "../../../kit/numbers/format.js";
import { tokenText } from "../../../kit/text/tokens.js";
import { html, nothing } from "../../../vendor/lit.js";
import { columns } from "./columns.js";
import { passages } from "./passages.js";
import { answers } from "./said.js";
import { amounts, chosenToken, textOf } from "./values.js";

/** @type {View<AnswerCauses>} */
export function causes(data, ctx) {
  const own = ctx.controls.example === "own";
  const token = chosenToken(data, ctx);
  const field = { plain: true, named: true };
  return html`
    <div class="settings-row">${control(ctx, "example")}</div>
    ${
      ctx.controls.example === "retrieved"
        ? html`<div class="settings-row ruled">${control(ctx, "retriever")}
            ${control(ctx, "k", { as: "number" })}</div>`
        : nothing
    }
    <div class="settings-row ruled">${control(ctx, "change")} ${control(ctx, "target", { as: "number" })}</div>
    <div class="asked">
      ${typed({ ...field, name: "question", value: typedText("question", data.question, ctx), single: true }, ctx)}
      ${own ? typed({ ...field, name: "own", value: typedText("own", "", ctx), lines: [4, 12] }, ctx) : nothing}
    </div>
    <p class="readout lead">${lead(data)}</p>
    ${answers(data, ctx, token)}
    ${data.passages.length ? columns(data, token) : data.found ? nothing : html`<p class="hint">${empty(own)}</p>`}
    ${found(data)}
    <p class="hint">${method(data)}</p>
    ${passages(data)}`;
}

/** @param {boolean} own */
const empty = (own) =>
  own
    ? "Nothing is given to the model: write passages above, with an empty line between two."
    : "No passage is given to the model, so nothing can be cited: an answer from memory is all that there is.";

/** What happened, in a few sentences. @param {AnswerCauses} data */
function lead(data) {
  const { passages: given, bare, first } = data;
  const without = html`Without any passage it says ${quoted(bare.ids)}`;
  if (!given.length)
    return html`No passage was found${data.found ? " that is near enough" : ""}, so the page abstains. The model alone
    says ${quoted(bare.ids)}`;
  const said = html`With ${counted(given.length, "passage")} the model says ${quoted(data.ids)}
    ${first ? changed(data) : without}`;
  return html`${said} ${causal(data)} ${abstention(data)}`;
}

/** At the end of a sentence: an answer that ends by itself needs no stop. @param {readonly number[]} ids */
function quoted(ids) {
  const text = textOf(ids);
  return html`“<b>${text}</b>”${/[.!?]$/.test(text) ? "" : "."}`;
}

/** What the retriever found, and what its threshold is worth. @param {AnswerCauses} data */
function found({ found: of }) {
  if (!of) return nothing;
  const share = (/** @type {readonly number[]} */ [mean, low, high]) =>
    `${percent(mean, 0)} (${percent(low, 0)} to ${percent(high, 0)})`;
  const named = of.titles.map((title, at) => `${title} (cosine ${decimal(of.cosines[at])})`);
  return html`<p class="hint">Found: ${named.length ? named.join(", ") : "nothing"}.
    The page takes passages for an answer where the nearest has a cosine of ${decimal(of.threshold)} or more. The
    threshold was chosen on half of the questions with known articles. Of the other ${whole(of.questions)} it answers
    ${share(of.answered)}; with all articles on the subject taken out it abstains in ${share(of.refused)}, with the
    known one alone in ${share(of.refused_near)}.</p>`;
}

/** What the change did to the answer. @param {AnswerCauses} data */
function changed({ first, first_now: now, ids, what }) {
  if (!first) return nothing;
  const before = textOf(first.ids);
  const put = what ? html` (${what})` : nothing;
  const cost = now
    ? ` The first answer’s log-probability moves by ${signed(sum(now.a) - sum(first.logp.a))} nats.`
    : "";
  return before === textOf(ids)
    ? html`The change${put} leaves the answer as it was.${cost}`
    : html`Before the change${put} it said ${quoted(first.ids)}${cost}`;
}

/** Which passage is named, and which one did it. @param {AnswerCauses} data */
function causal(data) {
  if (!data.cited || !data.shapley) return `${data.done} of ${data.totals.a.length} prompts are read.`;
  const { cited, caused, attended } = amounts(data, -1);
  const [named, did, seen] = [cited, caused, attended].map((values) => top(values));
  const far = Math.max(...caused) < 0.5;
  if (far)
    return html`No passage raised the answer by more than half a nat. Asked for a source, the model cites
    <b>[${named + 1}]</b> (${percent(cited[named])}).`;
  const verdict = named === did ? "the passage that it cites" : html`not the one that it cites, <b>[${named + 1}]</b>`;
  return html`Passage <b>[${did + 1}]</b> caused it most (${signed(caused[did])} nats): ${verdict}.
    ${seen === did ? nothing : html`Most attention for its length went to <b>[${seen + 1}]</b>.`}`;
}

/** @param {AnswerCauses} data */
function abstention({ unknown, logp, ids }) {
  if (!unknown) return nothing;
  const own = sum(logp.a) / ids.length;
  return html`A token of “I do not know.” has ${decimal(unknown[0])} nats on average, one of the answer
    ${decimal(own)}${own < unknown[0] ? ": here abstaining is the likelier text." : "."}`;
}

/** @param {number[]} values */
const top = (values) => values.indexOf(Math.max(...values));

/** @param {ArrayLike<number>} values */
const sum = (values) => Array.from(values).reduce((total, each) => total + each, 0);

/** @param {AnswerCauses} data */
function method({ read, alone, totals, passages: given, samples, misfit, faithful, grounded, sentences }) {
  if (!given.length) return nothing;
  const tokens = read ? ` ${whole(read)} tokens were read; without shared beginnings it is ${whole(alone)}.` : "";
  const estimate =
    misfit === null
      ? ""
      : ` ContextCite is fitted to the logit of the whole answer’s probability on ${samples} random subsets; it ` +
        `misses them by ${decimal(misfit)} (root mean square).`;
  const share =
    faithful === null
      ? ""
      : ` The passages raised ${grounded} of ${counted(sentences, "sentence")} by a nat or more: ${percent(faithful)}.`;
  return html`Cited: the model’s probability of each number behind the answer and a bracket. Attended: attention from
    the answer, without the first four tokens and divided by the passage’s length; 1 is even attention. Caused:
    Shapley’s value over all ${totals.a.length} subsets, in nats of the answer; the line is what leaving the passage out
    takes away.${estimate}${share}${tokens}`;
}

/** @param {AnswerCauses} data @param {ViewContext} ctx @returns {Row[]} */
export function rows(data, ctx) {
  const token = chosenToken(data, ctx);
  const { cited, attended, caused, out } = amounts(data, token);
  return data.passages.map(({ number, place, title, tokens }, at) => ({
    passage: number,
    before_the_change: place,
    title,
    tokens,
    explained: token < 0 ? "answer" : tokenText(data.ids[token]),
    cited: cited[at],
    attended: attended[at],
    caused: caused[at],
    leave_one_out: out[at],
    contextcite: data.contextcite ? data.contextcite.a[at] : null,
  }));
}
