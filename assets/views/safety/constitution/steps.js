// @ts-check
/**
 * Draft, critique and revision, step by step, with what the model was asked.
 *
 * @import { ConstitutionSteps, RevisionStep } from "../../../types/safety"
 * @import { Row, View, ViewContext } from "../../../kit/view"
 */
import { typed, typedText } from "../../../kit/controls/typed.js";
import { counted, percent } from "../../../kit/numbers/format.js";
import { spokenBy } from "../../../kit/text/spoken_by.js";
import { html, nothing } from "../../../vendor/lit.js";
import { toPreferences } from "./door.js";
import { marked } from "./pieces.js";

/** @type {View<ConstitutionSteps>} */
export function steps(data, ctx) {
  const text = (/** @type {string} */ name) => typedText(name, String(ctx.controls[name] ?? ""), ctx);
  const field = { plain: true, named: true };
  return html`
    <div class="asked">
      ${typed({ ...field, name: "request", value: text("request"), single: true }, ctx)}
      ${typed({ ...field, name: "principles", value: text("principles"), lines: [2, 5] }, ctx)}
    </div>
    ${spokenBy(data.own)}
    <p class="readout lead">${lead(data)}</p>
    <ol class="steps">
      <li><b>Draft</b><p>${data.draft || "nothing"}</p></li>
      ${data.steps.map((step) => shown(step, data))}
    </ol>
    ${last(data, ctx)}
    <p class="hint">Struck words were taken out, underlined ones put in. A model of 0.1 B has seen few critiques: it
    often
      praises, repeats the principle, or writes a new text that has little to do with the draft.</p>`;
}

/** @param {RevisionStep} step @param {ConstitutionSteps} data */
const shown = ({ principle, asked, critique, wanted, revision, pieces, changed }, data) => html`
  <li>
    <b>Critique</b> by “${principle}”<p>${critique || "nothing"}</p>
    <details><summary>What the model was asked</summary><pre>${asked}</pre></details>
  </li>
  ${
    revision === null
      ? nothing
      : html`<li>
        <b>Revision</b>, ${percent(changed, 0)} of the words are others
        <p>${pieces.length ? marked(pieces) : data.draft ? "nothing" : "nothing is left"}</p>
        <details><summary>What the model was asked</summary><pre>${wanted}</pre></details>
      </li>`
  }`;

/** @param {ConstitutionSteps} data @param {ViewContext} ctx */
function last({ steps: made, draft, request, total }, ctx) {
  const revision = made.at(-1)?.revision;
  if (made.length < total || !revision || !draft || revision === draft) return nothing;
  return toPreferences({ request, chosen: revision, rejected: draft }, ctx);
}

/** @param {ConstitutionSteps} data */
function lead({ steps: made, total, draft }) {
  const done = made.filter(({ revision }) => revision !== null);
  if (done.length < total) return `The draft is written; ${done.length} of ${counted(total, "revision")} are done.`;
  const same = done.filter(({ changed }) => changed === 0).length;
  const far = done.filter(({ changed }) => changed > 0.8).length;
  return html`${counted(done.length, "revision")} under ${counted(total, "principle")}: <b>${same}</b> left the text
  as it was,
    <b>${far}</b> kept less than a fifth of its words.
    ${
      draft === done.at(-1)?.revision
        ? "At the end stands the draft."
        : "Whether the last text is better, the next view asks."
    }`;
}

/** @param {ConstitutionSteps} data @returns {Row[]} */
export const rows = ({ request, draft, steps: made }) =>
  made.map(({ principle, critique, revision, changed }) => ({
    request,
    draft,
    principle,
    critique,
    revision,
    changed,
  }));
