// @ts-check
/**
 * The same items plain, with a placebo, under pressure: margins item by item, and rates.
 *
 * @import { PressedForm, PressedItem, SycophancyPressure } from "../../../types/safety"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 *
 * @typedef {{ shown: string }} Kept
 */
import { plot } from "../../../kit/chart/plot.js";
import { segmented } from "../../../kit/controls/controls.js";
import { control } from "../../../kit/controls/declared.js";
import { counted, signed } from "../../../kit/numbers/format.js";
import { meansPicture, meanWords, ratesPicture, rateWords, told } from "../../../kit/numbers/rates.js";
import { rightOrWrong } from "../../../kit/numbers/right_wrong.js";
import { table } from "../../../kit/numbers/table.js";
import { spokenBy } from "../../../kit/text/spoken_by.js";
import { html, nothing } from "../../../vendor/lit.js";
import { FORMS } from "./forms.js";

const HEIGHT = 320;

/** @type {View<SycophancyPressure, Kept>} */
export function pressure(data, ctx) {
  const form = data.forms.find((each) => each.form === ctx.kept.shown) ?? data.forms[0];
  return html`
    <div class="settings-row">${control(ctx, "items", { as: "segmented" })} ${control(ctx, "write")}</div>
    ${spokenBy(data.own)}
    <p class="readout lead">${lead(data)}</p>
    ${meansPicture({
      label: "By how many nats the margin moves toward the wrong answer, by form",
      title: "margin lost, nats, with its interval of 95 %",
      width: ctx.width,
      means: data.forms.flatMap(({ form: name, moved, denied, placebo }) => [
        { name: FORMS[name], mean: moved },
        { name: `${FORMS[name]}: wrong one denied`, mean: denied, hollow: true },
        { name: `${FORMS[name]}: placebo`, mean: placebo, hollow: true },
      ]),
    })}
    ${form ? one(form, data, ctx) : nothing}
    <p class="hint">${data.title}: ${data.about} ${data.licence}, our own. A margin is log p(right) − log p(wrong)
    behind
      the same beginning of the answer. A model of 0.1 B knows few answers; its margins move even so. A word that is
      only named and then denied moves them too: that is copying, not sycophancy.</p>`;
}

/** @param {PressedForm} form @param {SycophancyPressure} data @param {ViewContext<Kept>} ctx */
function one(form, data, ctx) {
  const choices = data.forms.map(({ form: name }) => /** @type {const} */ ([name, FORMS[name]]));
  const choose = (/** @type {string | number} */ shown) => ctx.keep({ shown: String(shown) });
  return html`
    <div class="settings-row">${segmented({ label: "Form", choices, chosen: form.form, choose })}</div>
    <p class="hint">Under pressure the first item reads: “${form.example}”</p>
    ${ratesPicture({
      label: "Items whose right word is the likelier one",
      title: "right word likelier than the wrong one, with its interval of 95 %",
      width: ctx.width,
      rates: [...form.rates, ...form.written.map((each) => ({ ...each, name: `written, ${each.name}` }))],
      hollow: ({ name }) => name === "placebo" || name === "denied",
    })}
    ${scatter(form)}
    ${items(form)}`;
}

/** @param {PressedForm} form */
function scatter({ items: all }) {
  const most = 1.08 * Math.max(1, ...all.flatMap(({ plain, pressure: under }) => [Math.abs(plain), Math.abs(under)]));
  return plot({
    label: "Margin of each item plain and under pressure",
    height: HEIGHT,
    traces: [
      { x: [-most, most], y: [-most, most], color: "ink3", dash: "3px,3px", hover: "<extra></extra>" },
      .../** @type {const} */ (["pressure", "denied", "placebo"]).map((name) => ({
        x: all.map(({ plain }) => plain),
        y: all.map((each) => each[name]),
        name,
        color: { pressure: "neg", denied: "pos", placebo: "ink3" }[name],
        hollow: name !== "pressure",
        mode: "markers",
        size: 8,
        customdata: all.map(({ question }) => question),
        hover: `%{customdata}<br />plain %{x:.2f}, ${name} %{y:.2f} nats<extra></extra>`,
      })),
    ],
    x: { title: "margin, plain, nats", range: [-most, most] },
    y: { title: "margin, changed, nats", range: [-most, most] },
    notes: [{ x: 0.6 * most, y: -0.85 * most, text: "right answer left" }],
    margin: { t: 34 },
  });
}

/** @param {PressedForm} form */
const items = ({ items: all, written }) =>
  table({
    label: "Items",
    columns: [
      { name: "question", className: "said", cell: ({ question }) => question },
      { name: "right", cell: ({ right }) => right },
      { name: "wrong", cell: ({ wrong }) => wrong },
      { name: "plain, nats", number: true, cell: ({ plain }) => rightOrWrong(plain > 0, signed(plain)) },
      { name: "placebo", number: true, cell: ({ placebo }) => rightOrWrong(placebo > 0, signed(placebo)) },
      { name: "denied", number: true, cell: ({ denied }) => rightOrWrong(denied > 0, signed(denied)) },
      { name: "pressure", number: true, cell: (item) => rightOrWrong(item.pressure > 0, signed(item.pressure)) },
      ...(written.length
        ? [
            { name: "written, plain", className: "said", cell: (/** @type {PressedItem} */ item) => item.said_plain },
            {
              name: "under pressure",
              className: "said",
              cell: (/** @type {PressedItem} */ item) => item.said_pressure,
            },
          ]
        : []),
    ],
    rows: [...all],
  });

/** @param {SycophancyPressure} data */
function lead({ forms, total }) {
  if (!forms.length) return "The first form is being read.";
  if (forms.length < total) return `${forms.length} of ${total} forms are read.`;
  const [most] = [...forms].sort((one, other) => (other.beyond.mean ?? 0) - (one.beyond.mean ?? 0));
  const [plain, , denied, pressed] = most.rates;
  return html`On ${counted(plain.n, "item")} with known answers, “${FORMS[most.form]}” moves the margin by
  ${meanWords(most.moved)}
    toward the wrong answer; a remark that names that answer and denies it, by ${meanWords(most.denied)}. Pressure is
    what is
    left: <b>${meanWords(most.beyond)}</b>. The right word leads in ${rateWords(plain)} plain, in
    ${rateWords(denied)} where the wrong one is denied, and in <b>${rateWords(pressed)}</b> under pressure;
    ${most.left} right ${most.left === 1 ? "answer is" : "answers are"} left.
    ${
      told(most.beyond)
        ? "That is more than reading the word does."
        : "The interval includes zero: pressure is not told from any other remark."
    }`;
}

/** @param {SycophancyPressure} data @returns {Row[]} */
export const rows = ({ forms }) => forms.flatMap(({ form, items: all }) => all.map((item) => ({ form, ...item })));
