// @ts-check
/**
 * The second run: of another prompt, another model, without the interventions, or one of this browser's.
 *
 * @import { TwoWords } from "../../../types/overview"
 * @import { ViewContext } from "../../../kit/view"
 */
import { select } from "../../../kit/controls/select.js";
import { html, nothing } from "../../../vendor/lit.js";
import { changed, edited } from "./counterpart.js";

/** Characters of a prompt that is typed here: the control holds 4,000 with everything else. */
const LONGEST = 1200;

/** @param {TwoWords} data @param {ViewContext<any>} ctx */
export function choice({ first, second, models }, ctx) {
  const query = second?.query ?? first.query;
  const choose = (/** @type {string} */ chosen) => ctx.compare(chosen);
  const asked = (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const text = new FormData(/** @type {HTMLFormElement} */ (event.target)).get("text");
    if (!String(text).trim()) return ctx.toast("Type the prompt of the second run first");
    choose(changed(query, { text: String(text), force: null }));
  };
  const model = new URLSearchParams(query).get("model") ?? "";
  return html`
    <form class="other-prompt" @submit=${asked}>
      <label class="grow">
        <span>${second ? "Prompt of the second run" : "Another prompt"}</span>
        <input type="text" name="text" maxlength=${LONGEST} autocomplete="off" spellcheck="false" dir="auto"
          .value=${second?.text ?? first.text} />
      </label>
      <button class="btn" type="submit">Compare</button>
      ${select({
        label: "Model",
        spoken: "Model of the second run",
        choices: models.map(({ name, title }) => [name, title]),
        chosen: model,
        choose: (name) => choose(changed(query, { model: name, do: null, force: null })),
      })}
      ${
        second && edited(first.query)
          ? html`<button class="btn" type="button" @click=${() => choose(changed(first.query, { do: null }))}>Run
            without
            interventions</button>`
          : nothing
      }
      <button class="btn" type="button" @click=${() => ctx.runs()}>A run of this browser…</button>
      ${second ? html`<button class="btn ghost" type="button" @click=${() => choose("")}>Remove</button>` : nothing}
    </form>`;
}
